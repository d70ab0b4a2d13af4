#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(Artillery, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("artillery", "report.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1308U);
  EXPECT_EQ(run.errors(total), 25U);
  EXPECT_EQ(run.series.size(), 6U);
  EXPECT_DOUBLE_EQ(total.quantile(0.999).value(), 1.2491);
  EXPECT_EQ(run.interval_seconds, 10);
  EXPECT_EQ(run.reported->timeline.size(), 4U);
  ASSERT_EQ(run.error_messages.size(), 1U);  // once, though the whole tells it, too
  EXPECT_EQ(run.error_messages[0].endpoint, "/drop");
  EXPECT_EQ(run.error_messages[0].error_type, "ECONNRESET");
  EXPECT_EQ(run.error_messages[0].message, "ECONNRESET");
  EXPECT_EQ(run.error_messages[0].count, 10U);
}

TEST(Artillery, VersionOne) {
  const auto run = test::run_of_seed("artillery", "version-1.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 288U);
  EXPECT_EQ(run.errors(total), 3U + 3U + 5U);
  EXPECT_EQ(run.by_error_type(total).size(), 3U);
  ASSERT_EQ(run.error_messages.size(), 1U);
  EXPECT_EQ(run.error_messages[0].endpoint, "all");
  EXPECT_EQ(run.error_messages[0].count, 3U);
  EXPECT_DOUBLE_EQ(total.quantile(0.5).value(), 0.002);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.2558);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.298);
  EXPECT_FALSE(total.mean());
  EXPECT_DOUBLE_EQ(run.throughput_rps(288), 23.3);
  EXPECT_NEAR(static_cast<double>(run.ended_ns) / 1e9, 1'795'492'969.927, 0.01);
}

}  // namespace
}  // namespace omniwriter
