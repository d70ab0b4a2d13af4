#include <gtest/gtest.h>

#include <vector>

#include "base/rfc3339.h"
#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(ArtilleryText, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("artillery-text", "version-2.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1308U);
  EXPECT_EQ(run.errors(total), 25U);
  EXPECT_EQ(run.by_error_type(total).size(), 2U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.0412);
  EXPECT_DOUBLE_EQ(total.minimum().value(), 0);
  EXPECT_DOUBLE_EQ(total.quantile(0.5).value(), 0.016);
  EXPECT_DOUBLE_EQ(total.quantile(0.99).value(), 0.1831);
  EXPECT_EQ(total.bytes_received, 24655U);
}

TEST(ArtilleryText, VersionOneTellsWhenItWas) {
  const auto run = test::run_of_seed("artillery-text", "version-1.txt");
  EXPECT_EQ(run.total().samples(), 620U);
  EXPECT_EQ(run.errors(run.total()), 20U);
  EXPECT_EQ(format_rfc3339(run.ended_ns).substr(0, 19), "2020-07-18T17:21:40");
}

TEST(ArtilleryText, SocketIo) {
  const auto run = test::run_of_seed("artillery-text", "socketio.txt");
  EXPECT_EQ(run.total().samples(), 40U);
  EXPECT_DOUBLE_EQ(run.total().quantile(0.95).value(), 0.0059);
}

TEST(ArtilleryText, ChecksOfThePluginEnsureAreVerdicts) {
  EXPECT_EQ(test::run_of_seed("artillery-text", "ensure.txt").tool_verdicts,
            (std::vector<ToolVerdict>{{"", "http.response_time.p95 < 250", true},
                                      {"", "http.response_time.p99 < 100", false},
                                      {"", "vusers.failed == 0 (optional)", false}}));
  EXPECT_TRUE(test::run_of_seed("artillery-text", "version-2.txt").tool_verdicts.empty());
}

}  // namespace
}  // namespace omniwriter
