#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(HttperfText, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("httperf-text", "summary.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1500U);
  EXPECT_EQ(run.errors(total), 26U + 113U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.0482);
  EXPECT_FALSE(total.maximum());
  EXPECT_DOUBLE_EQ(run.throughput_rps(1500), 290.2);
  EXPECT_DOUBLE_EQ(run.duration_seconds(), 5.17);
  EXPECT_EQ(run.series.front().endpoint, "/flaky");
}

}  // namespace
}  // namespace omniwriter
