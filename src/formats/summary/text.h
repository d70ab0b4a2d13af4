#pragma once
/// Numbers with units, as tools print them for people.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace omniwriter::summary {

[[nodiscard]] std::string_view trimmed(std::string_view text);
/// The lines of a text, trimmed; no more than kMaxLines of what tools print for people.
inline constexpr std::size_t kMaxLines = std::size_t{1} << 19;
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
/// What stands between spaces.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view line);

/// "12", "0.5", "1e-3": a finite number that is not negative, and nothing else.
[[nodiscard]] std::optional<double> number_of(std::string_view text);
/// The number at the front of a text, whatever follows it: "97 hits", "0.14%".
[[nodiscard]] std::optional<double> leading_number(std::string_view text);
/// A number of things; 0 where there cannot be so many.
[[nodiscard]] std::uint64_t count_of(double number);
[[nodiscard]] std::uint64_t leading_count(std::string_view text);
/// "132.207µs", "21.40ms", "1.27s", "1m2.5s", "2.00h", "5.1 ms", "0.0039 min": in seconds.
[[nodiscard]] std::optional<double> seconds_of(std::string_view text);
/// "1.10MB", "9.81KB", "46.55 KiB", "14": a KB is 1024 bytes.
[[nodiscard]] std::uint64_t bytes_of(std::string_view text);
/// The number in front of the "%" of a text such as "99.9%", as a quantile.
[[nodiscard]] std::optional<double> quantile_of(std::string_view percent);

/// The value behind the first `name` that begins a line, trimmed; empty where there is none.
[[nodiscard]] std::string_view value_of(const std::vector<std::string_view>& lines, std::string_view name);

/// The fields of a row of CSV: no more than kMaxCsvColumns, and of each no more than kMaxCsvFieldBytes.
inline constexpr std::size_t kMaxCsvColumns = 200;
inline constexpr std::size_t kMaxCsvFieldBytes = std::size_t{64} << 10;
using CsvRow = std::vector<std::string>;
/// Calls `visit` for each row of a CSV file (RFC 4180) behind the first one, which has the titles.
void for_each_csv_row(std::string_view content,
                      const std::function<void(const CsvRow& titles, const CsvRow& row)>& visit);

/// The path of a URL, with its query: "/flaky". "/" where there is none.
[[nodiscard]] std::string path_of(std::string_view url);

}  // namespace omniwriter::summary
