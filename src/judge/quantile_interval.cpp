#include "judge/quantile_interval.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "judge/statistics.h"

namespace omniwriter {
namespace {

constexpr double kEveryBatch = kBatches;
constexpr double kVisibleStep = 20;  // samples of a bucket: beside so many, an empty one is no chance

// Of the sum over the run, from what each batch has beyond its share.
double variance_of_sum(const std::array<double, kBatches>& beyond) { return kEveryBatch * variance_of(beyond); }

double squared(double value) { return value * value; }

// Of the difference of two numbers, after Welch and Satterthwaite.
double degrees_of(double variance_a, double variance_b) {
  constexpr double kOfOne = kBatches - 1;
  if (variance_a + variance_b == 0) return 2 * kOfOne;
  return kOfOne * squared(variance_a + variance_b) / (squared(variance_a) + squared(variance_b));
}

template <typename EstimateOf>
std::optional<Ratio> ratio_of(const EstimateOf& estimate_of, const EndpointDigest& a, const EndpointDigest& b,
                              double confidence) {
  std::optional<Estimate> of_a = estimate_of(a, confidence, kBatches - 1);
  std::optional<Estimate> of_b = estimate_of(b, confidence, kBatches - 1);
  if (!of_a || !of_b) return std::nullopt;
  const double degrees = degrees_of(of_a->variance_of_log, of_b->variance_of_log);
  of_a = estimate_of(a, confidence, degrees);
  of_b = estimate_of(b, confidence, degrees);
  const auto log_of = [](const Interval& interval) {
    return Interval{std::log(interval.low), std::log(interval.high)};
  };
  const Interval logs =
      difference_of(std::log(of_a->value), log_of(of_a->interval), std::log(of_b->value), log_of(of_b->interval));
  return Ratio{.ratio = of_b->value / of_a->value, .interval = {std::exp(logs.low), std::exp(logs.high)}};
}

}  // namespace

DistributionCurve::DistributionCurve(const Histogram& histogram)
    : zero_(static_cast<double>(histogram.zero_count())), count_(static_cast<double>(histogram.count())) {
  double before = zero_;
  histogram.for_each_bucket([&](Histogram::Bucket bucket) {
    const auto count = static_cast<double>(bucket.count);
    stretches_.push_back({.low = Histogram::upper_bound_seconds(bucket.index - 1, histogram.scale()),
                          .high = Histogram::upper_bound_seconds(bucket.index, histogram.scale()),
                          .before = before,
                          .count = count});
    before += count;
  });
}

double DistributionCurve::at_most(double seconds) const {
  const auto at = std::ranges::lower_bound(stretches_, seconds, {}, &Stretch::high);
  if (at == stretches_.end()) return count_;
  if (seconds <= at->low) return at->before;
  return at->before + at->count * std::log(seconds / at->low) / std::log(at->high / at->low);
}

double DistributionCurve::quantile(double part) const {
  if (stretches_.empty()) return 0;
  const double wanted = std::clamp(part, 0.0, 1.0) * count_;
  if (wanted <= zero_ && zero_ > 0) return 0;
  auto at = std::ranges::lower_bound(stretches_, wanted, {}, [](const Stretch& one) { return one.before + one.count; });
  if (at == stretches_.end()) --at;
  return at->low * std::pow(at->high / at->low, std::clamp((wanted - at->before) / at->count, 0.0, 1.0));
}

double DistributionCurve::step_at(double part) const {
  const double wanted = std::clamp(part, 0.0, 1.0) * count_;
  const auto at =
      std::ranges::lower_bound(stretches_, wanted, {}, [](const Stretch& one) { return one.before + one.count; });
  if (at == stretches_.end() || at->count < kVisibleStep) return 0;
  double widest = 0;
  if (at != stretches_.begin()) {
    const Stretch& below = *std::prev(at);
    if (below.count >= kVisibleStep && below.high < at->low * (1 - 1e-9)) widest = at->high / below.high - 1;
  }
  if (const auto above = std::next(at); above != stretches_.end() && above->count >= kVisibleStep) {
    if (at->high < above->low * (1 - 1e-9)) widest = std::max(widest, above->high / at->high - 1);
  }
  return widest;
}

std::optional<Estimate> quantile_estimate(const EndpointDigest& digest, double q, double confidence, double degrees) {
  const DistributionCurve all(digest.total().response_time);
  Estimate estimate;
  estimate.value = all.quantile(q);
  if (!(estimate.value > 0)) return std::nullopt;
  std::array<double, kBatches> beyond{};
  for (std::size_t at = 0; at < kBatches; ++at) {
    const DistributionCurve batch(digest.batches[at].response_time);
    beyond[at] = batch.at_most(estimate.value) - q * batch.count();
  }
  estimate.batch_variance = variance_of_sum(beyond);
  const double deviation = std::sqrt(estimate.batch_variance) / all.count();
  const double reach = t_quantile((1 + confidence) / 2, degrees) * deviation;
  estimate.interval = {all.quantile(q - reach), all.quantile(q + reach)};
  // The wider side: a step beside the quantile is a step that it may take.
  const double low = all.quantile(q - deviation);
  const double down = low > 0 ? std::log(estimate.value / low) : 1;
  estimate.variance_of_log = squared(std::max(down, std::log(all.quantile(q + deviation) / estimate.value)));
  return estimate;
}

std::optional<Estimate> mean_estimate(const EndpointDigest& digest, double confidence, double degrees) {
  const Histogram all = digest.total().response_time;
  if (!(all.mean_seconds() > 0)) return std::nullopt;
  Estimate estimate{.value = all.mean_seconds(), .variance_of_log = 0, .interval = {}, .batch_variance = 0};
  std::array<double, kBatches> beyond{};
  for (std::size_t at = 0; at < kBatches; ++at) {
    const Histogram& batch = digest.batches[at].response_time;
    beyond[at] = batch.sum_seconds() - estimate.value * static_cast<double>(batch.count());
  }
  estimate.batch_variance = variance_of_sum(beyond);
  estimate.variance_of_log = estimate.batch_variance / squared(all.sum_seconds());
  const double reach = t_quantile((1 + confidence) / 2, degrees) * std::sqrt(estimate.variance_of_log);
  estimate.interval = {estimate.value * std::exp(-reach), estimate.value * std::exp(reach)};
  return estimate;
}

std::optional<Ratio> quantile_ratio(const EndpointDigest& a, const EndpointDigest& b, double q, double confidence) {
  return ratio_of([q](const EndpointDigest& of, double wanted,
                      double degrees) { return quantile_estimate(of, q, wanted, degrees); },
                  a, b, confidence);
}

std::optional<Ratio> mean_ratio(const EndpointDigest& a, const EndpointDigest& b, double confidence) {
  return ratio_of(mean_estimate, a, b, confidence);
}

double design_effect_of_errors(const EndpointDigest& digest) {
  const BatchDigest total = digest.total();
  const auto count = static_cast<double>(total.response_time.count());
  if (count == 0 || total.errors == 0) return 1;
  const double ratio = static_cast<double>(total.errors) / count;
  if (ratio >= 1) return 1;
  std::array<double, kBatches> beyond{};
  for (std::size_t at = 0; at < kBatches; ++at) {
    const BatchDigest& batch = digest.batches[at];
    beyond[at] = static_cast<double>(batch.errors) - ratio * static_cast<double>(batch.response_time.count());
  }
  return std::max(1.0, variance_of_sum(beyond) / (count * ratio * (1 - ratio)));
}

}  // namespace omniwriter
