#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(JmeterStatistics, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("jmeter-statistics", "statistics.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 3000U);
  EXPECT_EQ(run.errors(total), 359U);
  EXPECT_EQ(run.samples_of(SampleKind::transaction), 300U);
  EXPECT_EQ(run.series.back().endpoint, "TX browse");
  EXPECT_EQ(run.series.size(), 11U);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.185);
}

}  // namespace
}  // namespace omniwriter
