#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(TaurusStats, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("taurus-stats", "jmeter-final-stats.csv");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 3947U);
  EXPECT_EQ(run.errors(total), 186U);
  EXPECT_EQ(run.series.size(), 3U);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.037);
}

}  // namespace
}  // namespace omniwriter
