#include <gtest/gtest.h>

#include <set>
#include <string>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(GatlingStats, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("gatling-stats", "stats.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1250U);
  EXPECT_EQ(run.errors(total), 40U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.045);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.244);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.295);
  std::set<std::string> requests;
  for (const Series& series : run.series) {
    if (series.kind == SampleKind::request) requests.insert(series.endpoint);
  }
  EXPECT_EQ(requests.size(), 7U);
  EXPECT_TRUE(requests.contains("home group / nested / users"));
  EXPECT_EQ(run.samples_of(SampleKind::request), 1250U);
  EXPECT_GT(run.samples_of(SampleKind::transaction), 0U);
}

TEST(GatlingStats, TheGlobalOnesHaveNoEndpoints) {
  const auto run = test::run_of_seed("gatling-stats", "global_stats.json");
  EXPECT_EQ(run.total().samples(), 1250U);
  EXPECT_EQ(run.series.size(), 1U);
}

}  // namespace
}  // namespace omniwriter
