#include "model/histogram_conversions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace omniwriter {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kMs = 1'000'000;

Histogram of_ms(std::initializer_list<std::int64_t> durations) {
  Histogram histogram;
  for (const auto duration : durations) histogram.add(duration * kMs);
  return histogram;
}

// Log-normal: most at 100 ms, some at 10 s.
Histogram realistic(int samples) {
  Histogram histogram;
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> ms(std::log(100.0), 1.2);
  for (int i = 0; i < samples; ++i) histogram.add(static_cast<std::int64_t>(ms(random)) * kMs);
  return histogram;
}

std::uint64_t total(const NativeHistogram& native) {
  std::int64_t count = 0;
  std::int64_t sum = 0;
  for (const auto delta : native.deltas) sum += count += delta;
  return static_cast<std::uint64_t>(sum);
}

TEST(ClassicBuckets, AreCumulative) {
  const auto histogram = of_ms({0, 1, 20, 20, 300, 99'000});
  const std::vector<double> bounds{0.01, 0.1, 1.0};
  EXPECT_THAT(classic_buckets(histogram, bounds), ElementsAre(2, 4, 5));
  EXPECT_EQ(histogram.count(), 6U);  // what +Inf says
}

TEST(ClassicBuckets, ABoundIncludesItsValue) {
  EXPECT_THAT(classic_buckets(of_ms({500, 500}), std::vector{0.25, 0.5, 1.0}), ElementsAre(0, 2, 2));
  EXPECT_THAT(classic_buckets(of_ms({100, 100}), std::vector{0.05, 0.1, 0.5}), ElementsAre(0, 2, 2));
}

TEST(ClassicBuckets, AStraddlingBucketCountsByItsRepresentative) {
  // A scale-0 bucket (0.5, 1]: its representative is 2/3.
  const auto histogram = Histogram::restore(0, {{-1, 5}}, 0, 4'000'000'000, 600 * kMs, 990 * kMs);
  EXPECT_THAT(classic_buckets(histogram, std::vector{0.66, 0.67, 1.0}), ElementsAre(0, 5, 5));
}

TEST(InterpolationError, IsTheWidestGap) {
  EXPECT_NEAR(interpolation_error({}), 0.28, 1e-12);
  EXPECT_NEAR(interpolation_error(std::vector{0.1, 0.25, 0.5}), 1.5, 1e-12);
  EXPECT_EQ(interpolation_error(std::vector{1.0}), std::numeric_limits<double>::infinity());
}

// As histogram_quantile() of Prometheus does it.
double interpolated(double q, const Histogram& histogram, std::span<const double> bounds) {
  const auto counts = classic_buckets(histogram, bounds);
  const double rank = q * static_cast<double>(histogram.count());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (static_cast<double>(counts[i]) < rank) continue;
    const double low = i == 0 ? 0 : bounds[i - 1];
    const auto below = static_cast<double>(i == 0 ? 0 : counts[i - 1]);
    return low + (bounds[i] - low) * (rank - below) / (static_cast<double>(counts[i]) - below);
  }
  return bounds.back();
}

TEST(InterpolationError, HoldsForTheDefaultBounds) {
  // 95 % between 130 and 133 ms: with bounds at 100 and 250 ms the p95 was shown as 204 ms.
  Histogram narrow;
  for (int i = 0; i < 1000; ++i) narrow.add((i < 300 ? 90 : 130 + i % 4) * kMs);
  const double bound = interpolation_error(kDefaultResponseTimeBuckets);
  for (const Histogram& histogram : {narrow, realistic(20'000), of_ms({2, 2, 2}), of_ms({59'000})}) {
    for (const double q : {0.5, 0.9, 0.95, 0.99}) {
      const double truth = histogram.quantile(q);
      EXPECT_NEAR(interpolated(q, histogram, kDefaultResponseTimeBuckets), truth, truth * (bound + 0.0055)) << q;
    }
  }
}

TEST(Difference, IsWhatCameSince) {
  Histogram earlier = of_ms({0, 1, 20, 20, 300});
  Histogram later = earlier;
  const auto since = of_ms({20, 500, 700, 700});
  later.merge(since);
  const auto recent = difference(later, earlier);
  EXPECT_EQ(recent.count(), 4U);
  EXPECT_EQ(recent.buckets(), since.buckets());
  EXPECT_EQ(recent.sum_ns(), since.sum_ns());
  EXPECT_NEAR(recent.quantile(0.5), 0.5, 0.5 * 0.00272);
  EXPECT_NEAR(recent.max_seconds(), 0.7, 0.7 * 0.0055);
  EXPECT_NEAR(recent.min_seconds(), 0.02, 0.02 * 0.0055);
  EXPECT_EQ(difference(later, later).count(), 0U);
  EXPECT_EQ(difference(later, Histogram()), later);
  EXPECT_EQ(difference(later, earlier.downscaled(3)).count(), 4U);
}

TEST(ClassicBuckets, NoBoundsAndNoSamples) {
  EXPECT_TRUE(classic_buckets(of_ms({1}), {}).empty());
  EXPECT_THAT(classic_buckets(Histogram(), std::vector{1.0}), ElementsAre(0));
}

TEST(ClassicBuckets, AgreeWithTheSamplesButForTheErrorBound) {
  const auto histogram = realistic(20'000);
  const auto counts = classic_buckets(histogram, kDefaultResponseTimeBuckets);
  EXPECT_TRUE(std::ranges::is_sorted(counts));
  EXPECT_LE(counts.back(), histogram.count());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0 || counts[i] == histogram.count()) continue;
    const double value = histogram.quantile(static_cast<double>(counts[i]) / static_cast<double>(histogram.count()));
    EXPECT_LE(value, kDefaultResponseTimeBuckets[i]);
  }
}

TEST(NativeHistogram, SpansAndDeltasAsInTheSpecification) {
  // Prometheus indices -2 -> 3, -1 -> 5, 2 -> 1, 4 -> 3, 5 -> 2.
  const auto histogram =
      Histogram::restore(0, {{-3, 3}, {-2, 5}, {1, 1}, {3, 3}, {4, 2}}, 7, 42'000'000'000, 0, 30'000 * kMs);
  const auto native = native_histogram(histogram);
  EXPECT_EQ(native.schema, 0);
  EXPECT_THAT(native.deltas, ElementsAre(3, 2, -4, 2, -1));
  EXPECT_THAT(native.spans,
              ElementsAre(NativeHistogram::Span{-2, 2}, NativeHistogram::Span{2, 1}, NativeHistogram::Span{1, 2}));
  EXPECT_EQ(native.zero_count, 7U);
  EXPECT_EQ(native.count, 21U);
  EXPECT_DOUBLE_EQ(native.sum, 42.0);
}

TEST(NativeHistogram, APrometheusBucketEndsAtItsIndex) {
  const auto native = native_histogram(of_ms({1000}));  // 1 s = b^0, the inclusive end of bucket 0
  ASSERT_EQ(native.spans.size(), 1U);
  EXPECT_EQ(native.spans[0], (NativeHistogram::Span{0, 1}));
}

TEST(NativeHistogram, IsCappedAndLosesNoSample) {
  const auto histogram = realistic(50'000);
  ASSERT_GT(histogram.buckets().size(), kMaxExponentialBuckets);
  for (const std::size_t cap : {8U, 20U, 160U, 100'000U}) {
    const auto native = native_histogram(histogram, cap);
    EXPECT_LE(native.deltas.size(), cap);
    EXPECT_EQ(total(native) + native.zero_count, histogram.count());
    EXPECT_EQ(native.count, histogram.count());
    EXPECT_EQ(native.sum, histogram.sum_seconds());
    const auto lengths = std::accumulate(native.spans.begin(), native.spans.end(), std::size_t{0},
                                         [](std::size_t sum, const auto& span) { return sum + span.length; });
    EXPECT_EQ(lengths, native.deltas.size());
  }
  EXPECT_EQ(native_histogram(histogram, 100'000).schema, Histogram::kMaxScale);
}

TEST(NativeHistogram, OfNothing) {
  const auto native = native_histogram(Histogram());
  EXPECT_TRUE(native.spans.empty());
  EXPECT_EQ(native.count, 0U);
}

TEST(OtelHistogram, IsDenseFromItsOffset) {
  const auto histogram = Histogram::restore(0, {{-3, 3}, {-2, 5}, {1, 1}}, 2, 9'000'000'000, 0, 3'000 * kMs);
  const auto otel = otel_histogram(histogram);
  EXPECT_EQ(otel.scale, 0);
  EXPECT_EQ(otel.offset, -3);
  EXPECT_THAT(otel.bucket_counts, ElementsAre(3, 5, 0, 0, 1));
  EXPECT_EQ(otel.zero_count, 2U);
  EXPECT_EQ(otel.count, 11U);
  EXPECT_DOUBLE_EQ(otel.max, 3.0);
}

TEST(OtelHistogram, IsCappedAndLosesNoSample) {
  auto histogram = realistic(50'000);
  histogram.add(1);
  histogram.add(std::numeric_limits<std::int64_t>::max());
  for (const std::size_t cap : {8U, 160U}) {
    const auto otel = otel_histogram(histogram, cap);
    EXPECT_LE(otel.bucket_counts.size(), cap);
    EXPECT_EQ(std::accumulate(otel.bucket_counts.begin(), otel.bucket_counts.end(), otel.zero_count),
              histogram.count());
  }
  EXPECT_TRUE(otel_histogram(Histogram()).bucket_counts.empty());
}

TEST(HeatmapBuckets, HoldEachSampleOnceUnderItsUpperBound) {
  Histogram histogram;
  histogram.add(3'000'000, 2);
  histogram.add(200'000'000, 5);
  histogram.add(90'000'000'000, 1);
  const auto buckets = heatmap_buckets(histogram, {});
  ASSERT_EQ(buckets.size(), 3U);
  EXPECT_EQ(buckets[0].upper_ms, "3.15");
  EXPECT_EQ(buckets[0].count, 2U);
  EXPECT_EQ(buckets[1].upper_ms, "200");
  EXPECT_EQ(buckets[1].count, 5U);
  EXPECT_EQ(buckets[2].upper_ms, "+Inf");
  EXPECT_EQ(buckets[2].count, 1U);
  EXPECT_EQ(heatmap_buckets(histogram, std::vector{0.0033}).front().upper_ms, "3.3");
  EXPECT_TRUE(heatmap_buckets({}, {}).empty());
}

}  // namespace
}  // namespace omniwriter
