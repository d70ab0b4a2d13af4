#include "judge/coordinated_omission.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace omniwriter {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kStart = 1'000'000;

Run run_of(std::map<std::int64_t, Tally> slots) {
  omniwriter::Run run;
  run.started_ns = kStart * kSecondNs;
  run.all_requests = std::move(slots);
  return run;
}

TEST(CoordinatedOmission, AddsTheRequestsThatWereNotStarted) {
  Histogram raw;
  raw.add(kSecondNs, 95);
  for (const std::int64_t seconds : {10, 35, 3, 12, 50}) raw.add(seconds * kSecondNs);
  const Histogram corrected = corrected_for_omission(raw, 5);
  EXPECT_EQ(corrected.count(), raw.count() + 17);
  EXPECT_NEAR(corrected.sum_seconds(), 547, 547 * 0.003);
  EXPECT_NEAR(corrected.quantile(0.95), 30, 30 * 0.006);
  EXPECT_EQ(corrected_for_omission(raw, 0), raw);
}

// Ten users without think time against a system whose speed rises and falls.
TEST(CoordinatedOmission, IsKnownByLoadThatFallsAsTimesRise) {
  std::map<std::int64_t, Tally> closed;
  std::map<std::int64_t, Tally> open;
  for (std::int64_t slot = 0; slot < 600; ++slot) {
    const double seconds = 0.1 * (1 + 0.4 * std::sin(static_cast<double>(slot) / 20));
    closed[kStart + slot].response_time.add(std::llround(seconds * 1e9), static_cast<std::uint64_t>(10 / seconds));
    open[kStart + slot].response_time.add(std::llround(seconds * 1e9),
                                          static_cast<std::uint64_t>(80 + slot * 7919 % 41));
  }
  const CoordinatedOmission found = coordinated_omission(run_of(closed));
  ASSERT_TRUE(found.correlation);
  EXPECT_LT(*found.correlation, -0.9);
  EXPECT_TRUE(found.found());
  EXPECT_NEAR(found.expected_interval, 0.1, 0.02);
  const CoordinatedOmission none = coordinated_omission(run_of(open));
  EXPECT_FALSE(none.found());
  EXPECT_EQ(none.pauses, 0);
}

// A steady rate tells nothing of who waits for whom, nor does a short run.
TEST(CoordinatedOmission, SaysNothingWhereItCannotBeTold) {
  std::map<std::int64_t, Tally> steady;
  for (std::int64_t slot = 0; slot < 600; ++slot) steady[kStart + slot].response_time.add(100'000'000 + slot, 100);
  EXPECT_FALSE(coordinated_omission(run_of(steady)).correlation);
  EXPECT_FALSE(coordinated_omission(omniwriter::Run{}).found());
}

TEST(CoordinatedOmission, IsKnownByPauses) {
  std::map<std::int64_t, Tally> slots;
  for (std::int64_t slot = 0; slot < 60; ++slot) {
    if (slot == 30 || slot == 31) continue;
    slots[kStart + slot].response_time.add(20'000'000, 100);
  }
  EXPECT_EQ(coordinated_omission(run_of(slots)).pauses, 0);  // nothing waited: the schedule has a gap
  slots[kStart + 29].response_time.add(3 * kSecondNs, 10);
  const CoordinatedOmission found = coordinated_omission(run_of(slots));
  EXPECT_EQ(found.pauses, 2);
  EXPECT_TRUE(found.found());

  // In the end, what is under way is waited for.
  std::map<std::int64_t, Tally> ending;
  for (std::int64_t slot = 0; slot < 60; ++slot)
    ending[kStart + slot].response_time.add(20'000'000, slot < 58 ? 100 : 1);
  ending[kStart + 57].response_time.add(10 * kSecondNs, 10);
  EXPECT_EQ(coordinated_omission(run_of(ending)).pauses, 0);
}

// Ten users at 100 requests a second, and five times two seconds of standstill: a user sees one slow request each time.
TEST(CoordinatedOmission, CorrectedFiguresAreNearThoseOfLoadThatDoesNotWait) {
  Histogram truth;
  Histogram raw;
  for (int i = 0; i < 12'000; ++i) {
    const int into = i % 2400;  // in hundredths of a second; the system stands still for the first 200
    const std::int64_t duration = into < 200 ? (200 - into) * 10'000'000 : 10'000'000;
    truth.add(duration);
    if (into >= 200 || into < 10) raw.add(into < 200 ? 2 * kSecondNs : duration);
  }
  const Histogram corrected = corrected_for_omission(raw, 0.1);
  EXPECT_GT(truth.quantile(0.99), 1.5);
  EXPECT_LT(raw.quantile(0.99), 0.1);
  EXPECT_NEAR(corrected.quantile(0.99), truth.quantile(0.99), 0.15);
}

}  // namespace
}  // namespace omniwriter
