#include "reports/terminal/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace omniwriter {

Course course_of(const Run& run, int columns) {
  const auto [first, behind] = run.slots();
  if (first >= behind) return {};
  const std::int64_t last = behind - 1;

  const std::int64_t slots_a_column = (last - first) / columns + 1;
  std::vector<Tally> merged(static_cast<std::size_t>((last - first) / slots_a_column + 1));
  run.for_each_total([&](std::int64_t slot, const Tally& tally) {
    merged[static_cast<std::size_t>((slot - first) / slots_a_column)].merge(tally);
  });
  Course course;
  const auto column_seconds = static_cast<double>(slots_a_column * run.interval_seconds);
  auto start = static_cast<double>(first * run.interval_seconds);
  for (const Tally& tally : merged) {
    // The test begins within a stretch. Less than half of one would make a rate out of too few samples.
    const double end = start + column_seconds;
    const double covered = std::min(end, static_cast<double>(run.ended_ns) / 1e9) -
                           std::max(start, static_cast<double>(run.started_ns) / 1e9);
    course.throughput_rps.push_back(covered < column_seconds / 2 ? 0 : Run::rate(tally.samples(), covered));
    course.p95_seconds.push_back(tally.quantile(0.95).value_or(0));
    start = end;
  }
  // When the last request began is not known, so there is no telling how much of the last stretch was load.
  if (course.throughput_rps.size() > 2) course.throughput_rps.back() = 0;
  return course;
}

std::string sparkline(const std::vector<double>& values) {
  constexpr std::array kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double most = values.empty() ? 0.0 : *std::max_element(values.begin(), values.end());
  std::string bars;
  for (const double value : values) {
    if (value <= 0) {
      bars += ' ';
      continue;
    }
    const auto height = static_cast<std::size_t>(std::ceil(value / most * kBars.size()));
    bars += kBars[std::clamp<std::size_t>(height, 1, kBars.size()) - 1];
  }
  return bars;
}

}  // namespace omniwriter
