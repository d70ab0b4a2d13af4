#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(JmeterAggregate, TheToolsOwnNumbers) {
  for (const char* file : {"aggregate.csv", "plugin.csv", "summary.csv"}) {
    SCOPED_TRACE(file);
    const auto run = test::run_of_seed("jmeter-aggregate", file);
    const Tally total = run.total();
    EXPECT_EQ(total.samples(), 300U);
    EXPECT_EQ(run.errors(total), 20U);
    EXPECT_EQ(run.series.size(), 2U);
    EXPECT_DOUBLE_EQ(total.mean().value(), 0.095);
    EXPECT_DOUBLE_EQ(total.maximum().value(), 0.36);
    EXPECT_NEAR(run.duration_seconds(), 300 / 16.96, 0.01);
    EXPECT_EQ(total.quantile(0.95).has_value(), std::string_view(file) != "summary.csv");
  }
  EXPECT_DOUBLE_EQ(test::run_of_seed("jmeter-aggregate", "aggregate.csv").total().quantile(0.95).value(), 0.293);
}

}  // namespace
}  // namespace omniwriter
