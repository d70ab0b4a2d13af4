#include "base/local_dates.h"

#include <algorithm>
#include <ctime>
#include <string>

#include "base/rfc3339.h"

namespace omniwriter {
namespace {

/// "Z", "+03:00", "-0300", "+03": seconds east of Greenwich.
std::optional<std::int64_t> zone_of(std::string_view text) {
  if (text == "Z") return 0;
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const bool west = text.front() == '-';
  text.remove_prefix(1);
  std::string digits(text);
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if (digits.size() == 2) digits += "00";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.size() != 4 || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  const auto two = [&](std::size_t at) { return std::int64_t{digits[at] - '0'} * 10 + (digits[at + 1] - '0'); };
  const std::int64_t seconds = two(0) * 3600 + two(2) * 60;
  return west ? -seconds : seconds;
}

}  // namespace

std::optional<std::int64_t> LocalDates::milliseconds(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t n, int& value) {
    value = 0;
    for (std::size_t i = at; i < at + n; ++i) {
      if (text[i] < '0' || text[i] > '9') return false;
      value = value * 10 + (text[i] - '0');
    }
    return true;
  };
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
  std::size_t time = 0;  // where HH:mm:ss begins
  std::string_view rest;
  std::optional<std::int64_t> zone_seconds;
  if (text.size() == 17 && text[2] == '/' && text[5] == '/') {
    if (!number(0, 2, month) || !number(3, 2, day) || !number(6, 2, year)) return std::nullopt;
    year += 2000;
    time = 9;
  } else if (text.size() >= 19 && ((text[4] == '/' && text[7] == '/') || (text[4] == '-' && text[7] == '-'))) {
    if (!number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day)) return std::nullopt;
    time = 11;
    rest = text.substr(19);
    if (rest.starts_with('.') || rest.starts_with(',')) {
      if (text.size() < 23 || !number(20, 3, millisecond)) return std::nullopt;
      rest = text.substr(23);
    }
    zone_seconds = zone_of(rest);
    if (!rest.empty() && !zone_seconds) return std::nullopt;
  } else {
    return std::nullopt;
  }
  if ((text[time - 1] != ' ' && text[time - 1] != 'T') || text[time + 2] != ':' || text[time + 5] != ':' ||
      !number(time, 2, hour) || !number(time + 3, 2, minute) || !number(time + 6, 2, second)) {
    return std::nullopt;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return std::nullopt;

  const std::int64_t local = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) * 86400 +
                             std::int64_t{hour} * 3600 + std::int64_t{minute} * 60 + second;
  if (zone_seconds) return (local - *zone_seconds) * 1000 + millisecond;
  if (const std::int64_t quarter = local / 900; quarter != quarter_) {
    std::tm broken{};
    broken.tm_year = year - 1900;
    broken.tm_mon = month - 1;
    broken.tm_mday = day;
    broken.tm_hour = hour;
    broken.tm_min = minute;
    broken.tm_sec = second;
    broken.tm_isdst = -1;
    offset_seconds_ = local - static_cast<std::int64_t>(std::mktime(&broken));
    quarter_ = quarter;
  }
  return (local - offset_seconds_) * 1000 + millisecond;
}

}  // namespace omniwriter
