#include "vitals/vitals_log.h"

#include <algorithm>

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::int64_t floor_divided(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

}  // namespace

void VitalsLog::add_to(Slot& into, const Slot& later) {
  into.cpu_seconds += later.cpu_seconds;
  into.of_seconds += later.of_seconds;
  if (later.memory_mb) into.memory_mb = later.memory_mb;
}

void VitalsLog::keep(std::int64_t seconds, const Slot& slot) {
  add_to(slots_[floor_divided(seconds, width_seconds_)], slot);
  if (slots_.size() <= kMaxSlots) return;
  width_seconds_ *= 2;
  std::map<std::int64_t, Slot> wider;
  for (const auto& [at, each] : slots_) add_to(wider[floor_divided(at, 2)], each);
  slots_ = std::move(wider);
}

void VitalsLog::add(const Measurement& measured) {
  if (measured.of_seconds <= 0) return;
  keep(floor_divided(measured.middle_ns, kNsPerSecond),
       {measured.cpu_seconds, measured.of_seconds, measured.memory_mb});
}

void VitalsLog::add(const std::map<std::int64_t, Vitals>& before, std::int64_t interval_seconds) {
  for (const auto& [slot, vitals] : before) {
    const double known = vitals.cpu_percent ? 1 : 0;  // second: how many CPUs there were is forgotten
    keep(slot * interval_seconds, {vitals.cpu_percent.value_or(0) / 100, known, vitals.memory_mb});
  }
}

std::map<std::int64_t, Vitals> VitalsLog::between(std::int64_t from_ns, std::int64_t to_ns,
                                                  std::int64_t interval_seconds) const {
  const std::int64_t first = floor_divided(from_ns, interval_seconds * kNsPerSecond);
  const std::int64_t last = floor_divided(to_ns, interval_seconds * kNsPerSecond);
  std::map<std::int64_t, Slot> merged;
  for (auto at = slots_.lower_bound(floor_divided(first * interval_seconds, width_seconds_)); at != slots_.end();
       ++at) {
    const std::int64_t slot = floor_divided(at->first * width_seconds_, interval_seconds);
    if (slot > last) break;
    if (slot >= first) add_to(merged[slot], at->second);
  }
  std::map<std::int64_t, Vitals> found;
  for (const auto& [slot, sums] : merged) {
    Vitals& vitals = found[slot];
    if (sums.of_seconds > 0) vitals.cpu_percent = std::clamp(100 * sums.cpu_seconds / sums.of_seconds, 0.0, 100.0);
    vitals.memory_mb = sums.memory_mb;
  }
  return found;
}

}  // namespace omniwriter
