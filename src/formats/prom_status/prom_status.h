#pragma once
/// What a Prometheus tells of the samples that it takes: answers below /api/v1/status.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace omniwriter {

/// The time of the newest sample in its head, from the answer of /tsdb; nothing where there is none.
[[nodiscard]] std::optional<std::int64_t> newest_sample_ms(std::string_view answer);

/// How far behind the newest sample a new one may lie: half of the head's chunk range, from the answer of /flags. Where
/// the answer does not tell, the default of one hour.
[[nodiscard]] std::chrono::milliseconds head_tolerance(std::string_view answer);

/// Whether a Prometheus before version 3 stores native histograms, from the answer of /flags.
[[nodiscard]] bool stores_native_histograms(std::string_view answer);

/// storage.tsdb.out_of_order_time_window from the answer of /config; 0 where it is not set.
[[nodiscard]] std::chrono::milliseconds out_of_order_window(std::string_view answer);

/// A duration in the form of Prometheus: "1h30m". Nothing where it is none.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_prometheus_duration(std::string_view text);
/// A whole number of minutes, hours or days, rounded up.
[[nodiscard]] std::string prometheus_duration(std::chrono::milliseconds duration);

}  // namespace omniwriter
