#include <gtest/gtest.h>

#include <string>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(LocustHistory, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("locust-history", "history.csv");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1010U);
  EXPECT_EQ(run.errors(total), 19U);
  EXPECT_NEAR(total.mean().value(), 0.10195435163861467, 1e-12);
  EXPECT_NEAR(total.minimum().value(), 0.001128579000010177, 1e-9);
  EXPECT_NEAR(total.maximum().value(), 0.6999301060000107, 1e-9);
  EXPECT_DOUBLE_EQ(total.quantile(0.5).value(), 0.080);
  EXPECT_FALSE(total.quantile(0.95));  // that of the last ten seconds is not that of the run
  EXPECT_EQ(run.started_ns, 1'795'446'736'000'000'000);
  EXPECT_DOUBLE_EQ(run.duration_seconds(), 17);
  EXPECT_EQ(run.active_users_max(), 10U);
  EXPECT_EQ(run.series.front().endpoint, "GET /api/users?id=[id]");
}

TEST(LocustHistory, OldVersions) {
  const auto run = test::run_of_seed("locust-history", "version-0.14.csv");
  EXPECT_EQ(run.total().samples(), 1010U);
  EXPECT_EQ(run.errors(run.total()), 19U);
  EXPECT_DOUBLE_EQ(run.duration_seconds(), 17);
}

}  // namespace
}  // namespace omniwriter
