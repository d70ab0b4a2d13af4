#include "reports/timeline.h"

#include <algorithm>
#include <limits>

#include "base/floor_divide.h"

namespace omniwriter {
namespace {

constexpr double kNsPerSecond = 1e9;

}  // namespace

std::optional<double> TimePoints::rate(const TimePoint& point, std::uint64_t count) const {
  if (points.size() > 2 && &point == &points.back()) return std::nullopt;
  if (points.size() > 1 && point.seconds < static_cast<double>(step_seconds) / 2) return std::nullopt;
  return Run::rate(count, point.seconds);
}

TimePoints timeline_of(const Run& run, std::size_t max_points) {
  TimePoints timeline;
  const SlotRange all = run.slots();
  if (all.first >= all.end) return timeline;
  const std::int64_t first = all.first;
  const std::int64_t last = all.end - 1;

  // One point fewer than there may be: the first need not begin with a whole step.
  const auto most = static_cast<std::int64_t>(std::max<std::size_t>(max_points, 2)) - 1;
  const std::int64_t slots = (last - first + most) / most;
  const std::int64_t first_point = floor_divide(first, slots);
  timeline.step_seconds = slots * run.interval_seconds;
  timeline.points.resize(static_cast<std::size_t>(floor_divide(last, slots) - first_point) + 1);
  const auto at = [&](std::int64_t slot) -> TimePoint* {
    const std::int64_t index = floor_divide(slot, slots) - first_point;
    return index < 0 || index >= static_cast<std::int64_t>(timeline.points.size())
               ? nullptr
               : &timeline.points[static_cast<std::size_t>(index)];
  };

  const double started = static_cast<double>(run.started_ns) / kNsPerSecond;
  const double ended = static_cast<double>(run.ended_ns) / kNsPerSecond;
  for (std::size_t i = 0; i < timeline.points.size(); ++i) {
    TimePoint& point = timeline.points[i];
    point.start_seconds = (first_point + static_cast<std::int64_t>(i)) * timeline.step_seconds;
    const auto from = static_cast<double>(point.start_seconds);
    const auto to = from + static_cast<double>(timeline.step_seconds);
    point.seconds = std::max(std::min(to, ended) - std::max(from, started), 0.0);
  }
  run.for_each_total([&](std::int64_t slot, const Tally& tally) { at(slot)->tally.merge(tally); });
  for (TimePoint& point : timeline.points) point.errors = run.errors(point.tally);
  for (const auto& [slot, users] : run.active_users) {
    if (TimePoint* point = at(slot)) point->users = std::max(point->users.value_or(0), users);
  }
  for (const auto& [slot, vitals] : run.vitals) {
    TimePoint* point = at(slot);
    if (point == nullptr) continue;
    if (vitals.cpu_percent) point->cpu_percent = vitals.cpu_percent;
    if (vitals.memory_mb) point->memory_mb = vitals.memory_mb;
  }
  return timeline;
}

}  // namespace omniwriter
