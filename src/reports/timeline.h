#pragma once
/// A run over time in a bounded number of points: what charts draw and what is judged.

#include <cstdint>
#include <optional>
#include <vector>

#include "omniwriter/run.h"

namespace omniwriter {

/// All requests that started within `step_seconds` from `start_seconds` (since the epoch) on.
struct TimePoint {
  std::int64_t start_seconds = 0;
  double seconds = 0;  ///< of the run that lie in it: fewer at both ends
  Tally tally;
  std::uint64_t errors = 0;
  std::optional<std::uint32_t> users;  ///< most at once
  std::optional<double> cpu_percent;   ///< the last word
  std::optional<double> memory_mb;     ///< the last word
};

struct TimePoints {
  std::int64_t step_seconds = 1;
  std::vector<TimePoint> points;  ///< without gaps: a time without requests is a point without samples

  /// Requests a second of one of the points. Nothing for the last one: when the last request began is not known, only
  /// when it ended, so there is no telling how much of the point was load. Nothing where the run covers less than half
  /// of the point, for that says little.
  [[nodiscard]] std::optional<double> rate(const TimePoint& point, std::uint64_t count) const;
};

/// At most `max_points` (>= 2) points of equal width, a multiple of the run's own time slots. Slots are merged, their
/// histograms too, so a percentile of a point is one of its samples.
[[nodiscard]] TimePoints timeline_of(const Run& run, std::size_t max_points);
/// The same points of time with the requests of one endpoint alone. Users, CPU and memory are those of the run, and
/// left out.
[[nodiscard]] TimePoints timeline_of(const Run& run, const Series& endpoint, std::size_t max_points);

}  // namespace omniwriter
