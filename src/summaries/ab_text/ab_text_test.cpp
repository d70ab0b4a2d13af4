#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(AbText, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("ab-text", "summary.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 3000U);
  EXPECT_EQ(run.errors(total), 283U);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.032);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.014);
  EXPECT_EQ(run.series.front().endpoint, "/flaky");
}

}  // namespace
}  // namespace omniwriter
