#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(VegetaText, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("vegeta-text", "report.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 2249U);
  EXPECT_EQ(run.errors(total), 123U);
  EXPECT_DOUBLE_EQ(total.minimum().value(), 0.000132207);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.053526);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.250152);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.349334);
  EXPECT_EQ(total.bytes_received, 41526U);
  EXPECT_EQ(total.bytes_sent, 4114U);
  EXPECT_NEAR(run.duration_seconds(), 15.25, 1e-9);
}

}  // namespace
}  // namespace omniwriter
