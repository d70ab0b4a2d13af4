#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(LocustJson, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("locust-json", "small.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1017U);
  EXPECT_EQ(run.errors(total), 19U);
  EXPECT_EQ(run.series.size(), 6U);
  EXPECT_NEAR(total.quantile(0.95).value(), 0.32, 0.32 * total.relative_error().value());
  EXPECT_LT(total.relative_error().value(), 0.06);
  EXPECT_NEAR(run.duration_seconds(), 17.3, 0.5);
}

}  // namespace
}  // namespace omniwriter
