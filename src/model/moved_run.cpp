#include "model/moved_run.h"

#include <map>
#include <utility>

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

template <typename T>
void move_slots(std::map<std::int64_t, T>& slots, std::int64_t by) {
  std::map<std::int64_t, T> moved;
  for (auto& [slot, value] : slots) moved.emplace_hint(moved.end(), slot + by, std::move(value));
  slots = std::move(moved);
}

}  // namespace

Run moved_run(Run run, std::int64_t started_ns) {
  const std::int64_t slot_ns = run.interval_seconds * kNsPerSecond;
  const std::int64_t difference = started_ns - run.started_ns;
  const std::int64_t slots = difference / slot_ns - (difference % slot_ns < 0 ? 1 : 0);
  run.started_ns += slots * slot_ns;
  run.ended_ns += slots * slot_ns;
  for (Source& source : run.sources) {
    source.started_ns += slots * slot_ns;
    source.ended_ns += slots * slot_ns;
  }
  for (ErrorMessage& message : run.error_messages) {
    message.first_ns += slots * slot_ns;
    message.last_ns += slots * slot_ns;
  }
  for (Series& series : run.series) series.timeline.move_by(slots);
  run.all_requests.move_by(slots * (run.interval_seconds / run.all_interval_seconds));
  move_slots(run.active_users, slots);
  for (auto& [scenario, users] : run.users_by_scenario) move_slots(users, slots);
  move_slots(run.vitals, slots);
  if (run.reported) move_slots(run.reported->timeline, slots);
  return run;
}

}  // namespace omniwriter
