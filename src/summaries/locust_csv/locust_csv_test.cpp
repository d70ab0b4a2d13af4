#include <gtest/gtest.h>

#include <string>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(LocustCsv, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("locust-csv", "small_stats.csv");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1010U);
  EXPECT_EQ(run.errors(total), 19U);
  EXPECT_EQ(run.series.size(), 6U);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.29);
  EXPECT_NEAR(total.maximum().value(), 0.6999301060000107, 1e-9);
}

TEST(LocustCsv, OldVersions) {
  for (const char* file : {"version-0.14.csv", "version-0.9.csv"}) {
    SCOPED_TRACE(file);
    const auto run = test::run_of_seed("locust-csv", file);
    const Tally total = run.total();
    EXPECT_EQ(total.samples(), 1010U);
    EXPECT_EQ(run.errors(total), 19U);
    EXPECT_DOUBLE_EQ(total.mean().value(), 0.101);
    EXPECT_DOUBLE_EQ(total.quantile(0.5).value(), 0.08);
    EXPECT_EQ(total.quantile(0.95).has_value(), std::string(file) == "version-0.14.csv");
    EXPECT_EQ(run.series.size(), 6U);
  }
}

}  // namespace
}  // namespace omniwriter
