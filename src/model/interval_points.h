#pragma once
/// The timeline of a run as points with named numbers: what systems of time series are told, whatever their format.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "omniwriter/run.h"

namespace omniwriter {

/// Name and value, always in the same order; what is not known is left out. Durations are seconds.
using Measures = std::vector<std::pair<std::string_view, std::variant<double, std::uint64_t>>>;

/// requests, errors, throughput_rps, mean, min, p50, p90, p95, p99, max, bytes_received, bytes_sent: of samples that
/// were taken over `seconds`.
[[nodiscard]] Measures measures_of(const Run& run, const Tally& tally, double seconds);
/// All endpoints together in the time slot that begins then: the same, active_users, cpu_percent, memory_mb.
[[nodiscard]] Measures interval_total_measures(const Run& run, std::int64_t start_seconds, std::uint32_t users,
                                               const Tally& all);
/// The whole run: the same as of an endpoint, p99_9, duration_seconds, active_users, bad_records.
[[nodiscard]] Measures run_measures(const Run& run);
/// One endpoint over the whole run: the same as in a time slot, p99_9, error_ratio, and time_share: how much of the sum
/// of all response times is its own, 0 to 1.
[[nodiscard]] Measures endpoint_measures(const Run& run, const Series& endpoint);
/// What time_share is.
[[nodiscard]] std::optional<double> time_share(const Run& run, const Series& endpoint);

/// One endpoint, or all together, in one time slot.
struct IntervalPoint {
  std::int64_t start_seconds = 0;    ///< since the epoch
  const Series* endpoint = nullptr;  ///< null: all together
  Measures measures;
  std::uint64_t samples = 0;  ///< over all points of a run these add up to its requests: 0 for all together
};

/// Visits the points ascending in time; within a slot the endpoints, then all together.
void for_each_interval_point(const Run& run, const std::function<void(const IntervalPoint&)>& visit,
                             SlotRange slots = {});

}  // namespace omniwriter
