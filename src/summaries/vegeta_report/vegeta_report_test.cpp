#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(VegetaReport, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("vegeta-report", "report.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 2249U);
  EXPECT_EQ(run.errors(total), 123U);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.250151778);
  EXPECT_NEAR(run.duration_seconds(), 15.25, 0.005);
}

}  // namespace
}  // namespace omniwriter
