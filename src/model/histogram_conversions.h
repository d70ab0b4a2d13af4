#pragma once
/// A Histogram in the shapes that monitoring systems store. All lose resolution only: counts and sums stay exact.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "omniwriter/histogram.h"

namespace omniwriter {

/// Upper bounds in seconds of the classic histogram of response times: ten to a decade, from 1 ms to 63 s (Renard
/// numbers). Neighbours are at most 28 % apart, and so is a quantile that a server interpolates between them.
inline constexpr std::array kDefaultResponseTimeBuckets{
    0.001, 0.00125, 0.0016, 0.002, 0.0025, 0.00315, 0.004, 0.005, 0.0063, 0.008, 0.01, 0.0125, 0.016,
    0.02,  0.025,   0.0315, 0.04,  0.05,   0.063,   0.08,  0.1,   0.125,  0.16,  0.2,  0.25,   0.315,
    0.4,   0.5,     0.63,   0.8,   1.0,    1.25,    1.6,   2.0,   2.5,    3.15,  4.0,  5.0,    6.3,
    8.0,   10.0,    12.5,   16.0,  20.0,   25.0,    31.5,  40.0,  50.0,   63.0};

/// How far a quantile that is interpolated between these bounds (seconds, ascending; kDefaultResponseTimeBuckets where
/// there are none) may be off, relative to the true value, where that lies between the first of them and the last:
/// 0.28 for 28 %. Infinite where there is but one.
[[nodiscard]] double interpolation_error(std::span<const double> bounds);

/// The samples of `later` that are not in `earlier`, which are some of them. Count and sum are exact, minimum and
/// maximum those of the buckets, or of `later`.
[[nodiscard]] Histogram difference(const Histogram& later, const Histogram& earlier);

/// For each bound the samples of at most that duration, as Prometheus counts `le` buckets ("+Inf" is count()).
/// `bounds`: seconds, ascending. A bucket of the Histogram that a bound cuts counts whole, by the value that stands for
/// it; so a sample is off by one bucket only if it lies within relative_error() of the bound.
[[nodiscard]] std::vector<std::uint64_t> classic_buckets(const Histogram& histogram, std::span<const double> bounds);

/// A bound as the label `le` has it, in the form that OpenMetrics and newer servers agree on: "0.25", "1.0".
[[nodiscard]] std::string le_label(double bound);

/// A bucket of a heatmap.
struct HeatmapBucket {
  std::string upper_ms;  ///< upper bound in milliseconds: "250", "+Inf"
  std::uint64_t count;   ///< of this bucket alone
};
/// The non-empty buckets between these bounds (seconds, ascending), or kDefaultResponseTimeBuckets where there are
/// none.
[[nodiscard]] std::vector<HeatmapBucket> heatmap_buckets(const Histogram& histogram, std::span<const double> bounds);

inline constexpr std::size_t kMaxExponentialBuckets = 160;

/// A Prometheus native histogram with integer counts. Bucket i holds (b^(i-1), b^i] seconds with b = 2^(2^-schema).
struct NativeHistogram {
  struct Span {
    std::int32_t offset;   ///< the first: index of the first bucket; others: empty buckets before
    std::uint32_t length;  ///< buckets
    bool operator==(const Span&) const = default;
  };
  int schema = 0;
  double zero_threshold = 0;  ///< seconds; what zero_count holds is at most this long
  std::uint64_t zero_count = 0;
  std::uint64_t count = 0;
  double sum = 0;  ///< seconds
  std::vector<Span> spans;
  std::vector<std::int64_t> deltas;  ///< one for each bucket: its count less that of the bucket before
};
/// With at most `max_buckets` non-empty buckets; the schema is lowered until they fit. `max_buckets` >= 8.
[[nodiscard]] NativeHistogram native_histogram(const Histogram& histogram,
                                               std::size_t max_buckets = kMaxExponentialBuckets);

/// An OpenTelemetry exponential histogram. bucket_counts[k] holds (b^(offset+k), b^(offset+k+1)] seconds,
/// b = 2^(2^-scale).
struct OtelHistogram {
  int scale = 0;
  std::uint64_t zero_count = 0;
  std::uint64_t count = 0;
  double sum = 0;  ///< seconds
  double min = 0;
  double max = 0;
  std::int32_t offset = 0;
  std::vector<std::uint64_t> bucket_counts;  ///< empty ones in between included
};
/// With at most `max_buckets` bucket_counts; the scale is lowered until they fit. `max_buckets` >= 8.
[[nodiscard]] OtelHistogram otel_histogram(const Histogram& histogram,
                                           std::size_t max_buckets = kMaxExponentialBuckets);

}  // namespace omniwriter
