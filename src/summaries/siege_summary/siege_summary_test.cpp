#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(SiegeSummary, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("siege-summary", "summary.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1104U);
  EXPECT_EQ(run.errors(total), 22U);
  EXPECT_EQ(total.quantile(0.95), std::nullopt);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.33);
  EXPECT_EQ(test::run_of_seed("siege-summary", "summary.txt").total().samples(), 200U);
}

}  // namespace
}  // namespace omniwriter
