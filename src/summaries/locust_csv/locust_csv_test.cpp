#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(LocustCsv, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("locust-csv", "small_stats.csv");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1010U);
  EXPECT_EQ(run.errors(total), 19U);
  EXPECT_EQ(run.series.size(), 6U);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.29);
  EXPECT_NEAR(total.maximum().value(), 0.6999301060000107, 1e-9);
}

}  // namespace
}  // namespace omniwriter
