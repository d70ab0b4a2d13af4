#include "base/rfc3339.h"

#include <fmt/format.h>

#include <chrono>

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

struct Civil {
  int year;
  unsigned month, day;
  std::int64_t second_of_day;
  std::int64_t ns;
};

Civil to_civil(std::int64_t ns_since_epoch) {
  using namespace std::chrono;
  const auto time = sys_time<nanoseconds>(nanoseconds(ns_since_epoch));
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto of_day = (time - day).count();
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
          of_day / kNsPerSecond, of_day % kNsPerSecond};
}

// Reads exactly `digits` digits.
bool read_number(std::string_view text, std::size_t at, std::size_t digits, unsigned& value) {
  if (at + digits > text.size()) return false;
  value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  return true;
}

}  // namespace

std::string format_rfc3339(std::int64_t ns_since_epoch) {
  const Civil c = to_civil(ns_since_epoch);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year, c.month, c.day, c.second_of_day / 3600,
                     c.second_of_day / 60 % 60, c.second_of_day % 60, c.ns / 1'000'000);
}

std::string format_day(std::int64_t ns_since_epoch) {
  const Civil c = to_civil(ns_since_epoch);
  return fmt::format("{:04}.{:02}.{:02}", c.year, c.month, c.day);
}

std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month + (month > 2 ? -3U : 9U)) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  unsigned year{}, month{}, day{}, hour{}, minute{}, second{};
  if (text.size() < 20 || !read_number(text, 0, 4, year) || text[4] != '-' || !read_number(text, 5, 2, month) ||
      text[7] != '-' || !read_number(text, 8, 2, day) || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
      !read_number(text, 11, 2, hour) || text[13] != ':' || !read_number(text, 14, 2, minute) || text[16] != ':' ||
      !read_number(text, 17, 2, second)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;

  std::size_t at = 19;
  std::int64_t ns = 0;
  if (text[at] == '.') {
    const std::size_t first = ++at;
    std::int64_t unit = kNsPerSecond / 10;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) ns += (text[at] - '0') * unit;
    if (at == first) return std::nullopt;
  }
  std::int64_t offset_seconds = 0;
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else {
    unsigned offset_hours{}, offset_minutes{};
    if (at + 6 > text.size() || (text[at] != '+' && text[at] != '-') || !read_number(text, at + 1, 2, offset_hours) ||
        text[at + 3] != ':' || !read_number(text, at + 4, 2, offset_minutes) || offset_hours > 23 ||
        offset_minutes > 59) {
      return std::nullopt;
    }
    offset_seconds = static_cast<std::int64_t>(offset_hours) * 3600 + std::int64_t{offset_minutes} * 60;
    if (text[at] == '-') offset_seconds = -offset_seconds;
    at += 6;
  }
  if (at != text.size()) return std::nullopt;

  const std::int64_t seconds = days_from_civil(year, month, day) * 86400 + static_cast<std::int64_t>(hour) * 3600 +
                               std::int64_t{minute} * 60 + second - offset_seconds;
  if (seconds > INT64_MAX / kNsPerSecond - 1 || seconds < INT64_MIN / kNsPerSecond + 1) return std::nullopt;
  return seconds * kNsPerSecond + ns;
}

}  // namespace omniwriter
