#include "model/vitals_summary.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

std::map<std::int64_t, Vitals> cpu_of(std::int64_t first, const std::vector<double>& percents) {
  std::map<std::int64_t, Vitals> vitals;
  for (const double percent : percents) vitals[first++].cpu_percent = percent;
  return vitals;
}

TEST(VitalsSummary, MeansAndMaximaOfWhatIsKnown) {
  omniwriter::Run run;
  EXPECT_FALSE(vitals_summary(run).cpu_percent_mean);
  EXPECT_FALSE(vitals_summary(run).memory_mb_max);
  run.vitals = cpu_of(10, {20, 60, 40});
  run.vitals[11].memory_mb = 512;
  run.vitals[12].memory_mb = 300;
  run.vitals[99].active_users = 7;
  const VitalsSummary summary = vitals_summary(run);
  EXPECT_EQ(summary.cpu_percent_mean, 40);
  EXPECT_EQ(summary.cpu_percent_max, 60);
  EXPECT_EQ(summary.memory_mb_max, 512);
}

TEST(VitalsSummary, TheLongestBusyTimeIsFound) {
  EXPECT_FALSE(longest_busy_time({}, 1));
  EXPECT_FALSE(longest_busy_time(cpu_of(0, {90, 90, 90, 90, 10, 90, 90}), 1)) << "four seconds are a moment";
  EXPECT_FALSE(longest_busy_time(cpu_of(0, {79, 79, 79, 79, 79, 79}), 1));
  const auto busy = longest_busy_time(cpu_of(100, {90, 90, 90, 90, 90, 10, 80, 85, 99, 85, 85, 85, 20}), 1);
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->start_seconds, 106);
  EXPECT_EQ(busy->seconds, 6);
  EXPECT_EQ(busy->most_percent, 99);
  EXPECT_EQ(longest_busy_time(cpu_of(100, {10, 90, 10}), 8)->seconds, 8) << "one slot of eight seconds";
}

}  // namespace
}  // namespace omniwriter
