#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(FortioReport, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("fortio-report", "drop.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 3000U);
  EXPECT_EQ(run.errors(total), 13U);
  EXPECT_DOUBLE_EQ(total.quantile(0.99).value(), 0.0176);
  EXPECT_NEAR(total.quantile(0.95).value(), 0.013, 0.001);
  EXPECT_TRUE(total.relative_error());
}

}  // namespace
}  // namespace omniwriter
