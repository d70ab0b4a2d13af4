#pragma once
/// What CPU and memory beside a run come to.

#include <cstdint>
#include <map>
#include <optional>

#include "omniwriter/run.h"

namespace omniwriter {

/// Over the time in which something was measured; nothing where nothing was.
struct VitalsSummary {
  std::optional<double> cpu_percent_mean;
  std::optional<double> cpu_percent_max;
  std::optional<double> memory_mb_max;
};
[[nodiscard]] VitalsSummary vitals_summary(const Run& run);

/// Of its CPU. A load generator that uses more has requests wait for itself, and measures that, too.
inline constexpr double kBusyPercent = 80;

struct BusyTime {
  std::int64_t start_seconds = 0;  ///< since the epoch
  std::int64_t seconds = 0;
  double most_percent = 0;
};
/// The longest time without a break above kBusyPercent. Nothing where there is none of five seconds.
[[nodiscard]] std::optional<BusyTime> longest_busy_time(const std::map<std::int64_t, Vitals>& vitals,
                                                        std::int64_t interval_seconds);

}  // namespace omniwriter
