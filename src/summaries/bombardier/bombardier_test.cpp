#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(Bombardier, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("bombardier", "small.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 3000U);
  EXPECT_EQ(run.errors(total), 246U);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.027975);
  EXPECT_EQ(total.minimum(), std::nullopt);
  EXPECT_EQ(run.series.front().endpoint, "/flaky");
}

}  // namespace
}  // namespace omniwriter
