#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(HeyText, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("hey-text", "drop.summary.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 2000U);
  EXPECT_EQ(run.errors(total), 2U);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.018);
  EXPECT_DOUBLE_EQ(run.throughput_rps(2000), 1610.0933);
  ASSERT_EQ(run.error_messages.size(), 1U);
  EXPECT_EQ(run.error_messages[0].count, 2U);
  EXPECT_EQ(run.error_messages[0].endpoint, run.series[0].endpoint);
  EXPECT_TRUE(run.error_messages[0].example.ends_with("/drop\": EOF")) << run.error_messages[0].example;
}

TEST(HeyText, EveryRequestWasRefused) {
  const auto run = test::run_of_seed("hey-text", "refused.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 20U);
  EXPECT_EQ(run.errors(total), 20U);
  EXPECT_FALSE(total.mean());
  EXPECT_FALSE(total.minimum());
  EXPECT_FALSE(total.maximum());
}

}  // namespace
}  // namespace omniwriter
