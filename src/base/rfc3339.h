#pragma once
/// Timestamps as text.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace omniwriter {

/// "2026-11-23T15:29:36.590Z": UTC, milliseconds.
[[nodiscard]] std::string format_rfc3339(std::int64_t ns_since_epoch);
/// "2026.11.23", UTC: the day part of time-named indices.
[[nodiscard]] std::string format_day(std::int64_t ns_since_epoch);

/// Reads "2026-11-23T15:29:36[.fraction](Z|+hh:mm|-hh:mm)"; nothing where the text is anything else or the date does
/// not exist. Digits past nanoseconds are cut.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

/// Days since the Unix epoch of a date of the Gregorian calendar.
[[nodiscard]] std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day);

}  // namespace omniwriter
