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

}  // namespace
}  // namespace omniwriter
