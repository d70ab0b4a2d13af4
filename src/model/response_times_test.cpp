#include "model/response_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace omniwriter {
namespace {

constexpr int kSamples = 2000;
constexpr std::uint64_t kFailed = 40;
constexpr double kBound = 0.00271;

/// From 500 µs to 4 s, with many quick ones.
std::int64_t duration_us(std::int64_t i) {
  const std::int64_t x = i * 7919 % kSamples;
  return 500 + x * x * x / kSamples;
}

Tally tally_of_all() {
  Tally tally;
  for (int i = 0; i < kSamples; ++i) tally.response_time.add(duration_us(i) * 1000);
  return tally;
}

// Python: statistics.pstdev of the same samples.
TEST(StandardDeviation, IsThatOfTheSamplesWithinItsBound) {
  const Tally tally = tally_of_all();
  constexpr double kTrue = 1.1330113777251591;
  constexpr double kMean = 0.999499775;
  const double bound = kBound * std::sqrt(kTrue * kTrue + kMean * kMean);
  EXPECT_NEAR(standard_deviation(tally).value(), kTrue, bound);
  EXPECT_NEAR(standard_deviation_error(tally).value(), bound / kTrue, 1e-5);
}

TEST(StandardDeviation, OfEqualSamplesIsNone) {
  Tally tally;
  EXPECT_EQ(standard_deviation(tally), std::nullopt);
  tally.response_time.add(123'456'789, 1000);
  EXPECT_EQ(standard_deviation(tally), 0);
  EXPECT_EQ(standard_deviation_error(tally), std::nullopt);
  tally.response_time = {};
  tally.response_time.add(0, 3);
  tally.response_time.add(1'000'000'000);
  EXPECT_NEAR(standard_deviation(tally).value(), std::sqrt(3) / 4, kBound / 2)
      << "the root of the mean square is a half";
}

// Python: what JMeter computes, of the samples one by one.
TEST(Satisfaction, IsExactWhereNothingFailedAndTIsABoundOfBuckets) {
  const auto found = satisfaction_of(tally_of_all(), 0, 0.5).value();
  EXPECT_DOUBLE_EQ(found.apdex, 0.647);
  EXPECT_DOUBLE_EQ(found.most_apdex, 0.647);
  EXPECT_EQ(found.quick, 1000U);
  EXPECT_EQ(found.bearable, 588U);
  EXPECT_EQ(found.slow, 412U);
  const auto all_within = satisfaction_of(tally_of_all(), 0, 4.0).value();
  EXPECT_EQ(all_within.apdex, 1);
  EXPECT_EQ(satisfaction_of(tally_of_all(), 0, 0.0001).value().most_apdex, 0);
  EXPECT_EQ(satisfaction_of(Tally{}, 0, 0.5), std::nullopt);
}

TEST(Satisfaction, HoldsTheTruthBetweenItsBounds) {
  struct Truth {
    double threshold;
    double without_failures;
    double some_failed;
  };
  for (const Truth& truth : {Truth{0.5, 0.647, 0.634}, Truth{0.3, 0.5455, 0.5345}, Truth{1.0, 0.815, 0.79875}}) {
    const auto none = satisfaction_of(tally_of_all(), 0, truth.threshold).value();
    EXPECT_LE(none.apdex, truth.without_failures);
    EXPECT_GE(none.most_apdex, truth.without_failures);
    EXPECT_LE(none.most_apdex - none.apdex, 0.005) << "a bucket, of T and of 4T";
    const auto some = satisfaction_of(tally_of_all(), kFailed, truth.threshold).value();
    EXPECT_LE(some.apdex, truth.some_failed);
    EXPECT_GE(some.most_apdex, truth.some_failed);
    EXPECT_LE(some.most_apdex - some.apdex, 0.005 + static_cast<double>(kFailed) / kSamples);
  }
  const auto all = satisfaction_of(tally_of_all(), kSamples, 0.5).value();
  EXPECT_EQ(all.apdex, 0) << "failed ones are frustrated, however quick";
  EXPECT_EQ(all.most_apdex, 0);
  EXPECT_EQ(all.quick, 1000U) << "times are those of all";
}

TEST(Satisfaction, IsUnknownWhereTheToolToldNoDistribution) {
  Tally tally = tally_of_all();
  tally.reported = std::make_shared<const ReportedTimes>();
  EXPECT_EQ(satisfaction_of(tally, 0, 0.5), std::nullopt);
  EXPECT_EQ(standard_deviation(tally), std::nullopt);
}

std::vector<double> sorted_seconds() {
  std::vector<double> seconds;
  for (int i = 0; i < kSamples; ++i) seconds.push_back(static_cast<double>(duration_us(i)) / 1e6);
  std::ranges::sort(seconds);
  return seconds;
}

TEST(DistributionOfTimes, CountsEverySampleInItsBar) {
  const std::vector<double> seconds = sorted_seconds();
  for (const std::size_t most : {1U, 7U, 48U, 10'000U}) {
    const TimeBars bars = time_bars_of(tally_of_all().response_time, most);
    ASSERT_LE(bars.counts.size(), most);
    for (std::size_t bar = 0; bar < bars.counts.size(); ++bar) {
      const auto inside =
          std::ranges::count_if(seconds, [&](double one) { return one > bars.edge(bar) && one <= bars.edge(bar + 1); });
      EXPECT_EQ(bars.counts[bar], static_cast<std::uint64_t>(inside)) << most << " bars, bar " << bar;
    }
    EXPECT_EQ(std::accumulate(bars.counts.begin(), bars.counts.end(), std::uint64_t{0}), seconds.size());
  }
  Histogram zeros;
  zeros.add(0, 5);
  EXPECT_TRUE(time_bars_of(zeros, 10).counts.empty());
  zeros.add(1000);
  EXPECT_THAT(time_bars_of(zeros, 10).counts, ::testing::ElementsAre(6));
}

}  // namespace
}  // namespace omniwriter
