#include "omniwriter/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <vector>

namespace omniwriter {
namespace {

constexpr std::int64_t kMicrosecond = 1'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;

// Durations spread evenly over the orders of magnitude, with zeros and repeats.
std::vector<std::int64_t> random_durations(std::mt19937_64& random, std::size_t n) {
  std::uniform_real_distribution<double> exponent(std::log(1e3), std::log(3.6e12));
  std::vector<std::int64_t> durations;
  for (std::size_t i = 0; i < n; ++i) {
    durations.push_back(random() % 50 == 0 ? 0 : static_cast<std::int64_t>(std::exp(exponent(random))));
  }
  return durations;
}

Histogram histogram_of(const std::vector<std::int64_t>& durations) {
  Histogram histogram;
  for (const std::int64_t duration : durations) histogram.add(duration);
  return histogram;
}

TEST(Histogram, QuantilesAreWithinTheStatedErrorFromAMicrosecondToAnHour) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    auto durations = random_durations(random, 1 + random() % 3000);
    const Histogram histogram = histogram_of(durations);
    std::sort(durations.begin(), durations.end());
    for (const double q : {0.0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
      const auto n = static_cast<double>(durations.size());
      const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(q * n - 1e-9)));
      const double truth = static_cast<double>(durations[rank - 1]) / 1e9;
      EXPECT_LE(std::abs(histogram.quantile(q) - truth), truth * histogram.relative_error() * (1 + 1e-12))
          << "q " << q << " of " << n;
    }
  }
}

TEST(Histogram, StatesAnErrorBelowHalfAPercent) {
  EXPECT_LT(Histogram::relative_error(Histogram::kMaxScale), 0.005);
  EXPECT_NEAR(Histogram::relative_error(Histogram::kMaxScale), 0.0027076, 1e-7);
}

TEST(Histogram, EverySingleValueIsWithinTheError) {
  for (double duration = 1e3; duration < 3.6e12; duration *= 1.0007) {
    Histogram histogram;
    const auto value = static_cast<std::int64_t>(duration);
    histogram.add(1);  // keeps minimum and maximum from giving the value away
    histogram.add(value);
    histogram.add(100 * kHour);
    EXPECT_NEAR(histogram.quantile(0.5), static_cast<double>(value) / 1e9,
                static_cast<double>(value) / 1e9 * histogram.relative_error());
  }
}

TEST(Histogram, CountSumMinimumAndMaximumAreExact) {
  std::mt19937_64 random(2);
  const auto durations = random_durations(random, 10'000);
  const Histogram histogram = histogram_of(durations);
  std::uint64_t sum = 0;
  for (const std::int64_t duration : durations) sum += static_cast<std::uint64_t>(duration);
  EXPECT_EQ(histogram.count(), durations.size());
  EXPECT_EQ(histogram.sum_ns(), sum);
  EXPECT_EQ(histogram.min_ns(), *std::min_element(durations.begin(), durations.end()));
  EXPECT_EQ(histogram.max_ns(), *std::max_element(durations.begin(), durations.end()));
  EXPECT_EQ(histogram.zero_count(), std::count(durations.begin(), durations.end(), 0));
  std::uint64_t in_buckets = histogram.zero_count();
  for (const auto& bucket : histogram.buckets()) in_buckets += bucket.count;
  EXPECT_EQ(in_buckets, durations.size());
}

TEST(Histogram, UpperBoundsAreInclusiveAsInOpenTelemetry) {
  // 2^(i/2^s) ends bucket i-1; the next double begins bucket i.
  EXPECT_EQ(Histogram::bucket_index(kSecond), -1);
  EXPECT_EQ(Histogram::bucket_index(kSecond + 1), 0);
  EXPECT_EQ(Histogram::bucket_index(2 * kSecond), 127);
  EXPECT_EQ(Histogram::bucket_index(2 * kSecond + 1), 128);
  EXPECT_EQ(Histogram::bucket_index(kSecond / 4), -257);
  EXPECT_EQ(Histogram::bucket_index(kSecond, 0), -1);
  EXPECT_EQ(Histogram::bucket_index(4 * kSecond, 0), 1);
  EXPECT_EQ(Histogram::bucket_index(4 * kSecond, -1), 0);
  EXPECT_DOUBLE_EQ(Histogram::upper_bound_seconds(-1, 7), 1.0);
  EXPECT_DOUBLE_EQ(Histogram::upper_bound_seconds(127, 7), 2.0);
  EXPECT_DOUBLE_EQ(Histogram::upper_bound_seconds(0, -4), 65536.0);
}

TEST(Histogram, EveryValueLiesBetweenTheBoundsOfItsBucket) {
  std::mt19937_64 random(3);
  for (const std::int64_t duration : random_durations(random, 20'000)) {
    if (duration == 0) continue;
    const double seconds = static_cast<double>(duration) / 1e9;
    for (const int scale : {7, 5, 3, 0, -4}) {
      const std::int32_t index = Histogram::bucket_index(duration, scale);
      ASSERT_LE(seconds, Histogram::upper_bound_seconds(index, scale));
      ASSERT_GT(seconds, Histogram::upper_bound_seconds(index - 1, scale));
    }
  }
}

TEST(Histogram, MergingIsAssociativeAndCommutativeAndEqualsAddingAll) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<Histogram> parts;
    std::vector<std::int64_t> all;
    for (int part = 0; part < 3; ++part) {
      // Sizes from nothing to enough for counters of every width.
      auto durations = random_durations(random, random() % 400);
      const std::uint64_t times = std::uint64_t{1} << (random() % 40);
      Histogram histogram;
      for (const std::int64_t duration : durations) histogram.add(duration, times);
      if (round % 3 == 0) histogram = histogram.downscaled(static_cast<int>(random() % 12) - 4);
      parts.push_back(histogram);
    }
    Histogram left = parts[0];
    left.merge(parts[1]);
    left.merge(parts[2]);
    Histogram right = parts[1];
    right.merge(parts[2]);
    Histogram outer = parts[0];
    outer.merge(right);
    Histogram reversed = parts[2];
    reversed.merge(parts[1]);
    reversed.merge(parts[0]);
    EXPECT_EQ(left, outer);
    EXPECT_EQ(left, reversed);
    EXPECT_EQ(left.content_bytes(), reversed.content_bytes());
  }
}

TEST(Histogram, MergingPartsEqualsAddingTheWhole) {
  std::mt19937_64 random(5);
  const auto durations = random_durations(random, 5000);
  Histogram merged;
  for (std::size_t at = 0; at < durations.size();) {
    const std::size_t n = std::min<std::size_t>(1 + random() % 700, durations.size() - at);
    merged.merge(histogram_of({durations.begin() + static_cast<std::ptrdiff_t>(at),
                               durations.begin() + static_cast<std::ptrdiff_t>(at + n)}));
    at += n;
  }
  EXPECT_EQ(merged, histogram_of(durations));
  EXPECT_EQ(merged.content_bytes(), histogram_of(durations).content_bytes());
}

TEST(Histogram, MergedCountersAreAsWideAsTheirSumNeeds) {
  const std::vector<std::uint64_t> counts{1,      127,    128,           255,           256,
                                          40'000, 65'535, 3'000'000'000, 4'294'967'295, 1U << 31};
  for (const std::uint64_t first : counts) {
    for (const std::uint64_t second : counts) {
      Histogram merged;
      merged.add(kSecond, first);
      merged.add(kSecond / 1000, 1);
      Histogram other;
      other.add(kSecond, second);
      other.add(kSecond * 100, 2);
      merged.merge(other);
      Histogram added;
      added.add(kSecond, first);
      added.add(kSecond, second);
      added.add(kSecond / 1000, 1);
      added.add(kSecond * 100, 2);
      EXPECT_EQ(merged, added) << first << " + " << second;
      EXPECT_EQ(merged.content_bytes(), added.content_bytes()) << first << " + " << second;
    }
  }
}

TEST(Histogram, DownscalingEqualsHavingAddedAtTheLowerScale) {
  std::mt19937_64 random(6);
  const auto durations = random_durations(random, 2000);
  const Histogram fine = histogram_of(durations);
  for (int scale = Histogram::kMaxScale; scale >= Histogram::kMinScale; --scale) {
    std::map<std::int32_t, std::uint64_t> expected;
    for (const std::int64_t duration : durations) {
      if (duration != 0) ++expected[Histogram::bucket_index(duration, scale)];
    }
    std::map<std::int32_t, std::uint64_t> actual;
    for (const auto& [index, count] : fine.downscaled(scale).buckets()) actual[index] = count;
    EXPECT_EQ(actual, expected) << "scale " << scale;
    EXPECT_EQ(fine.downscaled(scale).sum_ns(), fine.sum_ns());
  }
}

TEST(Histogram, AddReportsItsGrowth) {
  std::mt19937_64 random(7);
  Histogram histogram;
  std::size_t bytes = histogram.content_bytes();
  for (const std::int64_t duration : random_durations(random, 3000)) {
    bytes += histogram.add(duration, 1 + random() % 300);
    ASSERT_EQ(bytes, histogram.content_bytes());
  }
}

TEST(Histogram, RestoresFromItsParts) {
  std::mt19937_64 random(8);
  const Histogram histogram = histogram_of(random_durations(random, 1000));
  EXPECT_EQ(Histogram::restore(histogram.scale(), histogram.buckets(), histogram.zero_count(), histogram.sum_ns(),
                               histogram.min_ns(), histogram.max_ns()),
            histogram);
}

TEST(Histogram, ExtremesAreKept) {
  Histogram histogram;
  histogram.add(0);
  histogram.add(1);
  histogram.add(INT64_MAX);
  histogram.add(INT64_MAX, UINT64_MAX / 2);
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.max_ns(), INT64_MAX);
  EXPECT_EQ(histogram.sum_ns(), UINT64_MAX);  // saturated, not wrapped
  EXPECT_EQ(histogram.buckets().size(), 2U);
}

TEST(Histogram, MovedFromIsEmpty) {
  Histogram histogram;
  histogram.add(kMicrosecond);
  const Histogram taken = std::move(histogram);
  EXPECT_EQ(taken.count(), 1U);
  EXPECT_EQ(histogram, Histogram());  // NOLINT(bugprone-use-after-move): that is what is tested
}

}  // namespace
}  // namespace omniwriter
