#include "judge/quantile_interval.h"

#include <gtest/gtest.h>

#include <cmath>

#include "judge/statistics.h"

namespace omniwriter {
namespace {

// 40 seconds of twenty requests each, with a drift.
EndpointDigest example(double times) {
  EndpointDigest digest;
  for (std::size_t t = 0; t < 40; ++t) {
    for (std::size_t i = 0; i < 20; ++i) {
      const double ms = 10 + static_cast<double>((7 * t + 13 * i + 5 * (t / 8)) % 50);
      digest.batches[t / 4].response_time.add(std::llround(ms * times * 1e6));
    }
  }
  return digest;
}

struct Expected {
  double a, b, variance, ratio, low, high;
};

void expect_quantile(double q, const Expected& expected) {
  const EndpointDigest a = example(1);
  const EndpointDigest b = example(1.04);
  EXPECT_NEAR(quantile_estimate(a, q)->value / expected.a, 1, 1e-6);
  EXPECT_NEAR(quantile_estimate(b, q)->value / expected.b, 1, 1e-6);
  EXPECT_NEAR(quantile_estimate(a, q)->batch_variance / expected.variance, 1, 1e-6);
  const Ratio ratio = *quantile_ratio(a, b, q);
  EXPECT_NEAR(ratio.ratio, expected.ratio, 1e-6);
  EXPECT_NEAR(ratio.interval.low, expected.low, 1e-6);
  EXPECT_NEAR(ratio.interval.high, expected.high, 1e-6);
}

TEST(QuantileInterval, IsThatOfWoodruffWithTenBatches) {
  expect_quantile(0.5, {.a = 0.0340783666457893,
                        .b = 0.035394953737459975,
                        .variance = 13.333333333333332,
                        .ratio = 1.0386341019613787,
                        .low = 1.0125245710173296,
                        .high = 1.0711600228001164});
  expect_quantile(0.95, {.a = 0.056849097254956515,
                         .b = 0.05936602181801735,
                         .variance = 8.333333333333334,
                         .ratio = 1.0442737824274135,
                         .low = 1.0160887457594425,
                         .high = 1.0650528659233653});
}

TEST(QuantileInterval, OfTheMeanComesFromTheSameBatches) {
  const Estimate a = *mean_estimate(example(1));
  EXPECT_NEAR(a.value, 0.0344375, 1e-12);
  EXPECT_NEAR(a.variance_of_log / 2.525244207583856e-05, 1, 1e-6);
  const Ratio ratio = *mean_ratio(example(1), example(1.04));
  EXPECT_NEAR(ratio.ratio, 1.04, 1e-9);
  EXPECT_NEAR(ratio.interval.low, 1.0189417219073338, 1e-6);
  EXPECT_NEAR(ratio.interval.high, 1.0614934855895168, 1e-6);
}

TEST(QuantileInterval, IsNotThereWithoutSamplesOrTime) {
  EXPECT_FALSE(quantile_estimate({}, 0.5));
  EXPECT_FALSE(mean_estimate({}));
  EndpointDigest zero;
  zero.batches[0].response_time.add(0, 100);
  EXPECT_FALSE(quantile_estimate(zero, 0.5));
  EXPECT_FALSE(mean_estimate(zero));
}

TEST(DistributionCurve, IsACurveWithinItsBuckets) {
  Histogram histogram;
  histogram.add(0, 10);
  histogram.add(10'000'000, 30);
  histogram.add(20'000'000, 60);
  const DistributionCurve distribution(histogram);
  EXPECT_EQ(distribution.count(), 100);
  EXPECT_EQ(distribution.quantile(0.05), 0);
  EXPECT_NEAR(distribution.quantile(0.25), 0.010, 0.0001);
  EXPECT_NEAR(distribution.at_most(distribution.quantile(0.25)), 25, 1e-9);
  EXPECT_NEAR(distribution.quantile(1), 0.020, 0.0002);
  EXPECT_EQ(distribution.at_most(1), 100);
  EXPECT_EQ(distribution.at_most(0.001), 10);
}

TEST(DistributionCurve, KnowsTimesInWholeMilliseconds) {
  Histogram whole;
  Histogram exact;
  for (int i = 0; i < 10'000; ++i) {
    const double ms = 5 + 3 * std::sin(i);
    whole.add(std::llround(ms) * 1'000'000);
    exact.add(std::llround(ms * 1e6));
  }
  EXPECT_NEAR(DistributionCurve(whole).step_at(0.5), 0.2, 0.05);
  EXPECT_EQ(DistributionCurve(exact).step_at(0.5), 0);
  EXPECT_EQ(DistributionCurve(Histogram()).step_at(0.5), 0);
}

TEST(DesignEffect, GrowsWhereErrorsComeTogether) {
  EndpointDigest spread;
  EndpointDigest together;
  for (std::size_t at = 0; at < kBatches; ++at) {
    spread.batches[at].response_time.add(1'000'000, 1000);
    spread.batches[at].errors = 10;
    together.batches[at].response_time.add(1'000'000, 1000);
  }
  together.batches[3].errors = 100;
  EXPECT_EQ(design_effect_of_errors(spread), 1);
  // The variance of (100, 0, 0, ...) is 1000, ten times that over 10,000 * 0.01 * 0.99.
  EXPECT_NEAR(design_effect_of_errors(together), 10'000 / 99.0, 1e-9);
  EXPECT_EQ(design_effect_of_errors({}), 1);
}

}  // namespace
}  // namespace omniwriter
