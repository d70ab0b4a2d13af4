#include "reports/timeline.h"

#include <algorithm>
#include <limits>

#include "base/floor_divide.h"

namespace omniwriter {
namespace {

constexpr double kNsPerSecond = 1e9;

/// Points of time without anything in them, and which of them a slot lies in.
class EmptyPoints {
 public:
  EmptyPoints(const Run& run, std::size_t max_points) {
    const SlotRange all = run.slots();
    if (all.first >= all.end) return;
    const std::int64_t last = all.end - 1;

    // One point fewer than there may be: the first need not begin with a whole step.
    const auto most = static_cast<std::int64_t>(std::max<std::size_t>(max_points, 2)) - 1;
    slots_ = (last - all.first + most) / most;
    first_point_ = floor_divide(all.first, slots_);
    timeline_.step_seconds = slots_ * run.interval_seconds;
    timeline_.points.resize(static_cast<std::size_t>(floor_divide(last, slots_) - first_point_) + 1);

    const double started = static_cast<double>(run.started_ns) / kNsPerSecond;
    const double ended = static_cast<double>(run.ended_ns) / kNsPerSecond;
    for (std::size_t i = 0; i < timeline_.points.size(); ++i) {
      TimePoint& point = timeline_.points[i];
      point.start_seconds = (first_point_ + static_cast<std::int64_t>(i)) * timeline_.step_seconds;
      const auto from = static_cast<double>(point.start_seconds);
      const auto to = from + static_cast<double>(timeline_.step_seconds);
      point.seconds = std::max(std::min(to, ended) - std::max(from, started), 0.0);
    }
  }

  /// Null outside of all of them.
  TimePoint* at(std::int64_t slot) {
    if (timeline_.points.empty()) return nullptr;
    const std::int64_t index = floor_divide(slot, slots_) - first_point_;
    return index < 0 || index >= static_cast<std::int64_t>(timeline_.points.size())
               ? nullptr
               : &timeline_.points[static_cast<std::size_t>(index)];
  }
  void add(std::int64_t slot, const Tally& tally) {
    if (TimePoint* point = at(slot)) point->tally.merge(tally);
  }

  TimePoints filled(const Run& run) && {
    for (TimePoint& point : timeline_.points) point.errors = run.errors(point.tally);
    return std::move(timeline_);
  }

 private:
  TimePoints timeline_;
  std::int64_t slots_ = 1;  // of a point
  std::int64_t first_point_ = 0;
};

}  // namespace

std::optional<double> TimePoints::rate(const TimePoint& point, std::uint64_t count) const {
  if (points.size() > 2 && &point == &points.back()) return std::nullopt;
  if (points.size() > 1 && point.seconds < static_cast<double>(step_seconds) / 2) return std::nullopt;
  return Run::rate(count, point.seconds);
}

TimePoints timeline_of(const Run& run, std::size_t max_points) {
  EmptyPoints points(run, max_points);
  run.for_each_total([&](std::int64_t slot, const Tally& tally) { points.add(slot, tally); });
  for (const auto& [slot, users] : run.active_users) {
    if (TimePoint* point = points.at(slot)) point->users = std::max(point->users.value_or(0), users);
  }
  for (const auto& [slot, vitals] : run.vitals) {
    TimePoint* point = points.at(slot);
    if (point == nullptr) continue;
    if (vitals.cpu_percent) point->cpu_percent = vitals.cpu_percent;
    if (vitals.memory_mb) point->memory_mb = vitals.memory_mb;
  }
  return std::move(points).filled(run);
}

TimePoints timeline_of(const Run& run, const Series& endpoint, std::size_t max_points) {
  EmptyPoints points(run, max_points);
  for (const auto& [slot, tally] : endpoint.timeline) points.add(slot, tally);
  return std::move(points).filled(run);
}

}  // namespace omniwriter
