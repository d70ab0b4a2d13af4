#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(Autocannon, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("autocannon", "drop.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1000U);
  EXPECT_EQ(run.errors(total), 50U);
  EXPECT_EQ(total.quantile(0.5), 0.104);
  EXPECT_EQ(total.quantile(0.95), std::nullopt);
  EXPECT_EQ(total.bytes_received, 115900U);
}

TEST(Autocannon, OldVersions) {
  const auto second = test::run_of_seed("autocannon", "version-2.json");
  EXPECT_EQ(second.total().samples(), 325U);
  EXPECT_EQ(second.errors(second.total()), 41U);
  EXPECT_DOUBLE_EQ(second.total().quantile(0.99).value(), 0.059);
  EXPECT_DOUBLE_EQ(second.total().quantile(0.999).value(), 0.060);
  EXPECT_EQ(second.by_status(second.total()).size(), 3U);
  const auto seventh = test::run_of_seed("autocannon", "version-7.0.json");
  EXPECT_EQ(seventh.total().samples(), 334U);
  EXPECT_EQ(seventh.errors(seventh.total()), 33U);
  EXPECT_DOUBLE_EQ(seventh.total().quantile(0.975).value(), 0.049);
}

}  // namespace
}  // namespace omniwriter
