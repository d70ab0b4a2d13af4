#include "model/response_times.h"

#include <algorithm>
#include <cmath>

namespace omniwriter {
namespace {

/// Samples that certainly took at most so long, and those that may have.
struct AtMost {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

AtMost count_at_most(const Histogram& times, double seconds) {
  // The ends are exact, which the buckets around them are not.
  if (times.max_seconds() <= seconds) return {times.count(), times.count()};
  AtMost found{times.zero_count(), times.zero_count()};
  if (times.min_seconds() > seconds) return found;
  // Where T is a bound of buckets, what is calculated of it may be off by the last digit.
  const double tolerance = seconds * 1e-12;
  times.for_each_bucket([&](Histogram::Bucket bucket) {
    const double above = Histogram::upper_bound_seconds(bucket.index - 1, times.scale());
    const double upto = Histogram::upper_bound_seconds(bucket.index, times.scale());
    if (upto <= seconds + tolerance) found.least += bucket.count;
    if (above + tolerance < seconds) found.most += bucket.count;
  });
  return found;
}

bool knows_distribution(const Tally& tally) { return tally.samples() > 0 && tally.relative_error().has_value(); }

}  // namespace

std::optional<Satisfaction> satisfaction_of(const Tally& tally, std::uint64_t errors, double threshold_seconds) {
  if (!knows_distribution(tally)) return std::nullopt;
  constexpr double kTolerated = 4;
  const std::uint64_t all = tally.samples();
  const std::uint64_t failed = std::min(errors, all);
  const AtMost quick = count_at_most(tally.response_time, threshold_seconds);
  const AtMost bearable = count_at_most(tally.response_time, threshold_seconds * kTolerated);
  const auto apdex = [&](std::uint64_t satisfied, std::uint64_t satisfied_or_tolerating) {
    return (static_cast<double>(satisfied) + static_cast<double>(satisfied_or_tolerating)) /
           (2 * static_cast<double>(all));
  };
  const auto without_failed = [&](std::uint64_t count) { return count - std::min(count, failed); };
  return Satisfaction{.apdex = apdex(without_failed(quick.least), without_failed(bearable.least)),
                      .most_apdex = apdex(std::min(quick.most, all - failed), std::min(bearable.most, all - failed)),
                      .quick = quick.least,
                      .bearable = bearable.least - quick.least,
                      .slow = all - bearable.least};
}

std::optional<double> standard_deviation(const Tally& tally) {
  if (!knows_distribution(tally)) return std::nullopt;
  const Histogram& times = tally.response_time;
  const auto all = static_cast<double>(times.count());
  const auto for_each = [&](const auto& visit) {
    visit(0.0, static_cast<double>(times.zero_count()));
    times.for_each_bucket([&](Histogram::Bucket bucket) {
      const double low = Histogram::upper_bound_seconds(bucket.index - 1, times.scale());
      const double high = Histogram::upper_bound_seconds(bucket.index, times.scale());
      const double middle = std::clamp(2 * low * high / (low + high), times.min_seconds(), times.max_seconds());
      visit(middle, static_cast<double>(bucket.count));
    });
  };
  double sum = 0;
  for_each([&](double seconds, double count) { sum += seconds * count; });
  // Around the mean of the same middles: what all of them are off by leaves no trace then.
  const double mean = sum / all;
  double squares = 0;
  for_each([&](double seconds, double count) { squares += count * (seconds - mean) * (seconds - mean); });
  return std::sqrt(squares / all);
}

std::optional<double> standard_deviation_error(const Tally& tally) {
  const auto deviation = standard_deviation(tally);
  if (!deviation || *deviation == 0) return std::nullopt;
  return *tally.relative_error() * std::hypot(*deviation, tally.response_time.mean_seconds()) / *deviation;
}

double TimeBars::edge(std::size_t bar) const {
  return Histogram::upper_bound_seconds(first + static_cast<std::int32_t>(bar) * width - 1, scale);
}

TimeBars time_bars_of(const Histogram& times, std::size_t max_bars) {
  TimeBars bars;
  bars.scale = times.scale();
  const auto buckets = times.buckets();
  if (buckets.empty()) return bars;
  const std::int64_t span = std::int64_t{buckets.back().index} - buckets.front().index + 1;
  const auto most = static_cast<std::int64_t>(max_bars);
  const std::int64_t width = (span + most - 1) / most;
  bars.first = buckets.front().index;
  bars.width = static_cast<std::int32_t>(width);
  bars.counts.resize(static_cast<std::size_t>((span + width - 1) / width));
  for (const Histogram::Bucket& bucket : buckets) {
    bars.counts[static_cast<std::size_t>((bucket.index - bars.first) / bars.width)] += bucket.count;
  }
  bars.counts.front() += times.zero_count();
  return bars;
}

}  // namespace omniwriter
