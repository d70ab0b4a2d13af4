#pragma once
/// Numbers for people: three significant digits where a number was measured, all digits where it was counted.

#include <cstdint>
#include <optional>
#include <string>

#include "reports/report.h"

namespace omniwriter {

/// "1,234,567"; "1.234.567" in Portuguese.
[[nodiscard]] std::string format_count(std::uint64_t count, Language language);
/// Three significant digits, all of those before the decimal mark: "0.25", "12.3", "1,234".
[[nodiscard]] std::string format_number(double value, Language language);
/// A ratio: "0.42%". What is not 0 is never shown as 0%, what is not 1 never as 100%.
[[nodiscard]] std::string format_percent(double ratio, Language language);
/// A response time: "850 µs", "12.3 ms", "1.23 s". `space` stands between number and unit.
[[nodiscard]] std::string format_time(double seconds, Language language, std::string_view space = " ");
/// The same; "–" for what is not known.
[[nodiscard]] std::string format_time(const std::optional<double>& seconds, Language language,
                                      std::string_view space = " ");
/// A length of time: "12.3 s", "10 min 02 s", "1 h 00 min".
[[nodiscard]] std::string format_duration(double seconds, Language language);
/// "1.23 MB"; a kB is 1000 bytes.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes, Language language);
/// "2026-11-23 15:29:36 UTC".
[[nodiscard]] std::string format_instant(std::int64_t ns_since_epoch);

}  // namespace omniwriter
