#include "model/histogram_conversions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace omniwriter {
namespace {

// The default of Prometheus, so that merging with what other clients send needs no adjustment.
const double kZeroThreshold = std::exp2(-128);

// At the finest scale at which the buckets fit.
template <typename Fits>
Histogram coarsened(const Histogram& histogram, Fits fits) {
  Histogram result = histogram;
  while (result.scale() > Histogram::kMinScale && !fits(result.buckets())) {
    result = result.downscaled(result.scale() - 1);
  }
  return result;
}

}  // namespace

double interpolation_error(std::span<const double> bounds) {
  if (bounds.empty()) bounds = kDefaultResponseTimeBuckets;
  if (bounds.size() == 1) return std::numeric_limits<double>::infinity();
  double widest = 0;
  for (std::size_t i = 1; i < bounds.size(); ++i) widest = std::max(widest, bounds[i] / bounds[i - 1] - 1);
  return widest;
}

Histogram difference(const Histogram& later, const Histogram& earlier) {
  const int scale = std::min(later.scale(), earlier.scale());
  const auto before = earlier.downscaled(scale).buckets();
  std::vector<Histogram::Bucket> buckets;
  auto known = before.begin();
  later.downscaled(scale).for_each_bucket([&](Histogram::Bucket bucket) {
    while (known != before.end() && known->index < bucket.index) ++known;
    if (known != before.end() && known->index == bucket.index) bucket.count -= known->count;
    if (bucket.count > 0) buckets.push_back(bucket);
  });
  const auto bound_ns = [&](std::int32_t index) {
    return std::llround(Histogram::upper_bound_seconds(index, scale) * 1e9);
  };
  const std::uint64_t zeros = later.zero_count() - earlier.zero_count();
  std::int64_t min_ns = 0;
  std::int64_t max_ns = 0;
  if (!buckets.empty()) {
    if (zeros == 0) min_ns = std::max<std::int64_t>(bound_ns(buckets.front().index - 1), later.min_ns());
    max_ns = std::min<std::int64_t>(bound_ns(buckets.back().index), later.max_ns());
  }
  return Histogram::restore(scale, buckets, zeros, later.sum_ns() - earlier.sum_ns(), min_ns, max_ns);
}

std::vector<std::uint64_t> classic_buckets(const Histogram& histogram, std::span<const double> bounds) {
  std::vector<std::uint64_t> counts(bounds.size());
  const auto count_at = [&](double value, std::uint64_t times) {
    const auto bound = std::ranges::lower_bound(bounds, value);
    if (bound != bounds.end()) counts[static_cast<std::size_t>(bound - bounds.begin())] += times;
  };
  count_at(0.0, histogram.zero_count());
  histogram.for_each_bucket([&](Histogram::Bucket bucket) {
    const double low = Histogram::upper_bound_seconds(bucket.index - 1, histogram.scale());
    const double high = Histogram::upper_bound_seconds(bucket.index, histogram.scale());
    // The harmonic mean is as far from both bounds, relative to the true value.
    count_at(std::clamp(2 * low * high / (low + high), histogram.min_seconds(), histogram.max_seconds()), bucket.count);
  });
  for (std::size_t i = 1; i < counts.size(); ++i) counts[i] += counts[i - 1];
  return counts;
}

std::string le_label(double bound) {
  std::string text = fmt::format("{}", bound);  // the shortest text that reads back as the same number
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::vector<HeatmapBucket> heatmap_buckets(const Histogram& histogram, std::span<const double> bounds) {
  if (bounds.empty()) bounds = kDefaultResponseTimeBuckets;
  std::vector<HeatmapBucket> buckets;
  std::uint64_t below = 0;
  const auto add = [&](std::string upper, std::uint64_t up_to) {
    if (up_to > below) buckets.push_back({std::move(upper), up_to - below});
    below = up_to;
  };
  const auto counts = classic_buckets(histogram, bounds);
  // Six decimals: a nanosecond of a bound that was given in seconds.
  for (std::size_t i = 0; i < counts.size(); ++i) {
    add(fmt::format("{}", std::round(bounds[i] * 1e9) / 1e6), counts[i]);
  }
  add("+Inf", histogram.count());
  return buckets;
}

NativeHistogram native_histogram(const Histogram& histogram, std::size_t max_buckets) {
  const Histogram coarse = coarsened(
      histogram, [&](const std::vector<Histogram::Bucket>& buckets) { return buckets.size() <= max_buckets; });
  NativeHistogram result;
  result.schema = coarse.scale();
  result.zero_threshold = kZeroThreshold;
  result.zero_count = coarse.zero_count();
  result.count = coarse.count();
  result.sum = coarse.sum_seconds();
  std::int32_t next = 0;  // the index behind the last bucket
  std::int64_t last_count = 0;
  coarse.for_each_bucket([&](Histogram::Bucket bucket) {
    const std::int32_t index = bucket.index + 1;  // Prometheus numbers buckets by their upper bound
    if (result.spans.empty() || index != next) result.spans.push_back({index - next, 0});
    ++result.spans.back().length;
    next = index + 1;
    const auto count = static_cast<std::int64_t>(bucket.count);
    result.deltas.push_back(count - last_count);
    last_count = count;
  });
  return result;
}

OtelHistogram otel_histogram(const Histogram& histogram, std::size_t max_buckets) {
  const Histogram coarse = coarsened(histogram, [&](const std::vector<Histogram::Bucket>& buckets) {
    return buckets.empty() || static_cast<std::size_t>(buckets.back().index - buckets.front().index) < max_buckets;
  });
  OtelHistogram result;
  result.scale = coarse.scale();
  result.zero_count = coarse.zero_count();
  result.count = coarse.count();
  result.sum = coarse.sum_seconds();
  result.min = coarse.min_seconds();
  result.max = coarse.max_seconds();
  coarse.for_each_bucket([&](Histogram::Bucket bucket) {
    if (result.bucket_counts.empty()) result.offset = bucket.index;
    result.bucket_counts.resize(static_cast<std::size_t>(bucket.index - result.offset) + 1);
    result.bucket_counts.back() = bucket.count;
  });
  return result;
}

}  // namespace omniwriter
