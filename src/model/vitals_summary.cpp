#include "model/vitals_summary.h"

#include <algorithm>

namespace omniwriter {

VitalsSummary vitals_summary(const Run& run) {
  VitalsSummary summary;
  double sum = 0;
  double slots = 0;
  const auto raise = [](std::optional<double>& most, double value) { most = std::max(most.value_or(value), value); };
  for (const auto& [slot, vitals] : run.vitals) {
    if (vitals.memory_mb) raise(summary.memory_mb_max, *vitals.memory_mb);
    if (!vitals.cpu_percent) continue;
    raise(summary.cpu_percent_max, *vitals.cpu_percent);
    sum += *vitals.cpu_percent;
    ++slots;
  }
  if (slots > 0) summary.cpu_percent_mean = sum / slots;
  return summary;
}

std::optional<BusyTime> longest_busy_time(const std::map<std::int64_t, Vitals>& vitals, std::int64_t interval_seconds) {
  constexpr std::int64_t kLeastSeconds = 5;
  std::optional<BusyTime> longest;
  std::optional<BusyTime> now;
  for (const auto& [slot, known] : vitals) {
    if (!known.cpu_percent) continue;
    if (*known.cpu_percent < kBusyPercent) {
      now.reset();
      continue;
    }
    const std::int64_t start = slot * interval_seconds;
    if (!now) now = BusyTime{start, 0, 0};
    now->seconds = start + interval_seconds - now->start_seconds;
    now->most_percent = std::max(now->most_percent, *known.cpu_percent);
    if (now->seconds >= kLeastSeconds && (!longest || now->seconds > longest->seconds)) longest = now;
  }
  return longest;
}

}  // namespace omniwriter
