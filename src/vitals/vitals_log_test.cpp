#include "vitals/vitals_log.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(VitalsLog, ASecondIsTheMeanOfWhatWasMeasuredInIt) {
  VitalsLog log;
  EXPECT_TRUE(log.empty());
  log.add({100 * kSecond + kSecond / 10, 0.4, 0.4, 50.0});  // at its limit for a fifth of two CPUs' second
  log.add({100 * kSecond + kSecond / 2, 0.0, 1.6, 70.0});
  log.add({101 * kSecond + 1, 1.0, 2.0, std::nullopt});
  log.add({101 * kSecond + 2, 9.0, 0.0, 1.0});  // no time, no measurement
  const auto all = log.between(100 * kSecond, 101 * kSecond, 1);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_DOUBLE_EQ(*all.at(100).cpu_percent, 20);
  EXPECT_EQ(all.at(100).memory_mb, 70);
  EXPECT_EQ(all.at(101).cpu_percent, 50);
  EXPECT_EQ(all.at(101).memory_mb, std::nullopt);
  EXPECT_FALSE(all.at(101).active_users);
}

TEST(VitalsLog, OnlyTheTimeOfTheRunCounts) {
  VitalsLog log;
  for (std::int64_t second = 100; second < 110; ++second) {
    log.add({second * kSecond, static_cast<double>(second - 100), 100, std::nullopt});
  }
  const auto some = log.between(103 * kSecond + kSecond / 2, 105 * kSecond, 1);
  ASSERT_EQ(some.size(), 3U);
  EXPECT_EQ(some.begin()->first, 103);
  EXPECT_TRUE(log.between(200 * kSecond, 300 * kSecond, 1).empty());
  const auto wide = log.between(103 * kSecond, 105 * kSecond, 4);
  ASSERT_EQ(wide.size(), 2U);
  EXPECT_DOUBLE_EQ(*wide.at(25).cpu_percent, (0 + 1 + 2 + 3) / 4.0) << "a slot counts as a whole";
}

TEST(VitalsLog, MoreThanFullItIsNeitherSharpThroughoutNorLarge) {
  VitalsLog log;
  const auto seconds = static_cast<std::int64_t>(VitalsLog::kMaxSlots) + 2;
  for (std::int64_t second = 0; second < seconds; ++second)
    log.add({second * kSecond, 1, second % 2 == 0 ? 1.0 : 3.0, 5.0});
  const auto all = log.between(0, seconds * kSecond, 1);
  EXPECT_EQ(all.size(), VitalsLog::kMaxSlots / 2 + 1);
  EXPECT_EQ(all.at(8).cpu_percent, 50) << "of two seconds";
  EXPECT_FALSE(all.contains(9));
  EXPECT_EQ(log.between(9 * kSecond, 9 * kSecond, 2).size(), 1U);
}

TEST(VitalsLog, GoesOnFromWhatARunHas) {
  VitalsLog before;
  before.add({100 * kSecond, 0.5, 1, 64.0});
  VitalsLog log;
  log.add(before.between(100 * kSecond, 100 * kSecond, 2), 2);
  const auto all = log.between(100 * kSecond, 101 * kSecond, 2);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.at(50).cpu_percent, 50);
  EXPECT_EQ(all.at(50).memory_mb, 64);
}

}  // namespace
}  // namespace omniwriter
