#pragma once
/// What there is to tell of response times beyond mean and percentiles. All of it comes from the histogram of all
/// samples, so it is as exact as its buckets are.

#include <cstdint>
#include <optional>
#include <vector>

#include "omniwriter/tally.h"

namespace omniwriter {

/// How many requests were fast enough, with T the time that users are satisfied with.
///
/// Apdex is (satisfied + tolerating / 2) / all: satisfied took at most T, tolerating at most 4T, and a failed request
/// is neither, however fast. A tally has the times of all requests together, so of the failed ones it is known how many
/// there are, not how long they took: hence two bounds, which are equal where nothing failed. The same holds for the
/// samples of a bucket that T or 4T lies in.
struct Satisfaction {
  double apdex = 0;            ///< at least: failed requests were fast, samples around T and 4T slower than these
  double most_apdex = 0;       ///< at most
  std::uint64_t quick = 0;     ///< took at most T, failed or not; without the bucket that T lies in
  std::uint64_t bearable = 0;  ///< more than that, at most 4T
  std::uint64_t slow = 0;      ///< more
};

/// Nothing where there is no sample, or where the distribution is not known. `errors`: failed requests among them.
[[nodiscard]] std::optional<Satisfaction> satisfaction_of(const Tally& tally, std::uint64_t errors,
                                                          double threshold_seconds);

/// Of all samples, in seconds: off by at most Tally::relative_error() of the root of their mean square. Nothing where
/// there is no sample, or where the distribution is not known.
[[nodiscard]] std::optional<double> standard_deviation(const Tally& tally);

/// How far that may be off, relative to itself. Nothing where it is 0 or not known.
[[nodiscard]] std::optional<double> standard_deviation_error(const Tally& tally);

/// Samples by time: bar k counts those in (edge(k), edge(k + 1)].
struct TimeBars {
  int scale = 0;           ///< of the histogram
  std::int32_t first = 0;  ///< index of the first bucket of the first bar
  std::int32_t width = 1;  ///< buckets of a bar
  std::vector<std::uint64_t> counts;

  /// In seconds. Samples of duration 0 count in the first bar, for a scale of powers has no place for 0.
  [[nodiscard]] double edge(std::size_t bar) const;
};

/// From the fastest to the slowest sample in at most `max_bars` bars. Bars are groups of buckets, so each is exact.
/// No bar where no sample took any time.
[[nodiscard]] TimeBars time_bars_of(const Histogram& times, std::size_t max_bars);

}  // namespace omniwriter
