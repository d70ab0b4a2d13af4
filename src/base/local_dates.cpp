#include "base/local_dates.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>

#include "base/decimal.h"
#include "base/rfc3339.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// What a date says, field by field.
struct Fields {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::int64_t nanosecond = 0;
  std::optional<bool> afternoon;
  std::optional<std::int64_t> zone_seconds;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads forward through a text. What does not fit leaves it where it was.
class Scan {
 public:
  explicit Scan(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// A number of so many digits.
  bool number(std::size_t fewest, std::size_t most, int& value) {
    const std::size_t n = digits(most);
    if (n < fewest) return false;
    value = 0;
    for (const char c : rest_.substr(0, n)) value = value * 10 + (c - '0');
    rest_.remove_prefix(n);
    return true;
  }
  /// Digits behind a point.
  bool fraction(std::int64_t& nanosecond) {
    constexpr std::size_t kDecimals = 9;
    const std::size_t n = digits(kDecimals);
    if (n == 0) return false;
    nanosecond = 0;
    for (std::size_t i = 0; i < kDecimals; ++i) nanosecond = nanosecond * 10 + (i < n ? rest_[i] - '0' : 0);
    rest_.remove_prefix(n);
    return true;
  }
  /// AM, pm, a.m.
  bool half_of_day(std::optional<bool>& afternoon) {
    for (const std::string_view am : {"am", "a.m."}) {
      if (rest_.size() < am.size()) continue;
      std::string text(rest_.substr(0, am.size()));
      for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
      const bool is_pm = text.front() == 'p';
      if (is_pm) text.front() = 'a';
      if (text != am) continue;
      afternoon = is_pm;
      rest_.remove_prefix(am.size());
      return true;
    }
    return false;
  }
  /// "Z", "+03:00", "-0300", "+03".
  bool zone(std::optional<std::int64_t>& seconds) {
    if (take('Z')) {
      seconds = 0;
      return true;
    }
    const bool west = rest_.starts_with('-');
    if (!west && !rest_.starts_with('+')) return false;
    rest_.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!number(2, 2, hours)) return false;
    const bool colon = take(':');
    if (!number(2, 2, minutes) && colon) return false;
    seconds = (std::int64_t{hours} * 3600 + std::int64_t{minutes} * 60) * (west ? -1 : 1);
    return true;
  }

 private:
  [[nodiscard]] std::size_t digits(std::size_t most) const {
    std::size_t n = 0;
    while (n < std::min(most, rest_.size()) && is_digit(rest_[n])) ++n;
    return n;
  }

  std::string_view rest_;
};

/// The three numbers of a date, as they stand there.
struct Date {
  std::array<int, 3> numbers{};
  char separator = 0;
  bool year_first = false;
  bool short_year = false;
};

std::optional<Date> read_date(Scan& scan) {
  Date date;
  int& first = date.numbers[0];
  date.year_first = scan.number(4, 4, first);
  if (!date.year_first && !scan.number(1, 2, first)) return std::nullopt;
  for (const char c : {'/', '-', '.'}) {
    if (date.separator == 0 && scan.take(c)) date.separator = c;
  }
  if (date.separator == 0 || !scan.number(1, 2, date.numbers[1]) || !scan.take(date.separator)) return std::nullopt;
  int& third = date.numbers[2];
  if (date.year_first) return scan.number(1, 2, third) ? std::optional(date) : std::nullopt;
  if (scan.number(4, 4, third)) return date;
  if (!scan.number(2, 2, third)) return std::nullopt;
  third += 2000;
  date.short_year = true;
  return date;
}

bool read_time_of_day(Scan& scan, Fields& into) {
  if (!scan.number(1, 2, into.hour) || !scan.take(':') || !scan.number(2, 2, into.minute)) return false;
  if (scan.take(':')) {
    if (!scan.number(2, 2, into.second)) return false;
    if ((scan.take('.') || scan.take(',')) && !scan.fraction(into.nanosecond)) return false;
  }
  while (scan.take(' ')) continue;
  if (scan.half_of_day(into.afternoon)) {
    while (scan.take(' ')) continue;
  }
  return scan.done() || (scan.zone(into.zone_seconds) && scan.done());
}

std::optional<Fields> read_any(std::string_view text, bool day_first) {
  Scan scan(text);
  const auto date = read_date(scan);
  if (!date) return std::nullopt;
  scan.take(',');  // "04/03/2026, 13:59:50", as browsers write it
  if (!scan.take('T') && !scan.take(' ')) return std::nullopt;
  Fields fields;
  const auto& [a, b, c] = date->numbers;
  if (date->year_first) {
    fields.year = a, fields.month = b, fields.day = c;
  } else {
    const bool day_is_first = day_first || date->separator == '.';
    fields.year = c, fields.month = day_is_first ? b : a, fields.day = day_is_first ? a : b;
  }
  return read_time_of_day(scan, fields) ? std::optional(fields) : std::nullopt;
}

std::optional<Fields> read_by_pattern(std::string_view text, std::string_view pattern) {
  Scan scan(text);
  Fields fields;
  while (!pattern.empty()) {
    const char field = pattern.front();
    const std::size_t n = std::min(pattern.find_first_not_of(field), pattern.size());
    if (field == '\'') {
      const std::size_t end = std::min(pattern.find('\'', 1), pattern.size());
      for (const char c : pattern.substr(1, end - 1)) {
        if (!scan.take(c)) return std::nullopt;
      }
      pattern.remove_prefix(std::min(end + 1, pattern.size()));
      continue;
    }
    // As many digits as letters; or, of one letter, one digit or two.
    const auto number = [&](int& value) { return scan.number(n, std::max<std::size_t>(n, 2), value); };
    bool good = true;
    switch (field) {
      case 'y':
        good = n == 4 ? scan.number(4, 4, fields.year) : scan.number(2, 2, fields.year);
        if (n != 4) fields.year += 2000;
        break;
      case 'M':
        good = number(fields.month);
        break;
      case 'd':
        good = number(fields.day);
        break;
      case 'H':
      case 'h':
        good = number(fields.hour);
        break;
      case 'm':
        good = number(fields.minute);
        break;
      case 's':
        good = number(fields.second);
        break;
      case 'S':
        good = scan.fraction(fields.nanosecond);
        break;
      case 'a':
        good = scan.half_of_day(fields.afternoon);
        break;
      case 'Z':
        good = scan.zone(fields.zone_seconds);
        break;
      default:
        for (std::size_t i = 0; i < n; ++i) good = good && scan.take(field);
    }
    if (!good) return std::nullopt;
    pattern.remove_prefix(n);
  }
  return scan.done() ? std::optional(fields) : std::nullopt;
}

}  // namespace

Result<TimeFormat> told_time_format(std::string_view text) {
  constexpr std::string_view kExamples =
      "--time-format is s, ms, us or ns, or a pattern such as \"dd/MM/yyyy HH:mm:ss.SSS\", not \"";
  constexpr std::array<std::pair<std::string_view, unsigned>, 4> kUnits{{{"s", 9}, {"ms", 6}, {"us", 3}, {"ns", 0}}};
  TimeFormat format;
  for (const auto& [name, decimals] : kUnits) {
    if (text == name) format.unit_decimals = decimals;
  }
  if (format.unit_decimals) return format;
  format.pattern = text;
  bool quoted = false;
  std::string seen;
  for (const char c : text) {
    if (c == '\'') quoted = !quoted;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (quoted || !letter || c == 'T') continue;
    if (std::string_view("yMdHhmsSaZ").find(c) == std::string_view::npos) {
      return fail(ErrorCode::usage, std::string(kExamples) + std::string(text) + "\"");
    }
    seen += c;
  }
  for (const std::string_view needed : {"y", "M", "d", "Hh", "m"}) {
    if (seen.find_first_of(needed) == std::string::npos) {
      return fail(ErrorCode::usage, std::string(kExamples) + std::string(text) + "\"");
    }
  }
  return format;
}

std::optional<std::int64_t> LocalDates::nanoseconds(std::string_view text) {
  if (format_.unit_decimals) return read_decimal(text, *format_.unit_decimals);
  const auto read =
      format_.pattern.empty() ? read_any(text, format_.day_first) : read_by_pattern(text, format_.pattern);
  if (!read) return std::nullopt;
  Fields at = *read;
  if (at.afternoon) {
    if (at.hour < 1 || at.hour > 12) return std::nullopt;
    at.hour = at.hour % 12 + (*at.afternoon ? 12 : 0);
  }
  // Nanoseconds in 64 bits end in 2262.
  if (at.year < 1970 || at.year > 2261 || at.month < 1 || at.month > 12 || at.day < 1 || at.day > 31 || at.hour > 23 ||
      at.minute > 59 || at.second > 60) {
    return std::nullopt;
  }
  const std::int64_t local =
      days_from_civil(at.year, static_cast<unsigned>(at.month), static_cast<unsigned>(at.day)) * 86400 +
      std::int64_t{at.hour} * 3600 + std::int64_t{at.minute} * 60 + at.second;
  if (at.zone_seconds) return (local - *at.zone_seconds) * kNsPerSecond + at.nanosecond;
  if (const std::int64_t quarter = local / 900; quarter != quarter_) {
    std::tm broken{};
    broken.tm_year = at.year - 1900;
    broken.tm_mon = at.month - 1;
    broken.tm_mday = at.day;
    broken.tm_hour = at.hour;
    broken.tm_min = at.minute;
    broken.tm_sec = at.second;
    broken.tm_isdst = -1;
    offset_seconds_ = local - static_cast<std::int64_t>(std::mktime(&broken));
    quarter_ = quarter;
  }
  return (local - offset_seconds_) * kNsPerSecond + at.nanosecond;
}

void DateOrder::see(std::string_view text) {
  Scan scan(text);
  const auto date = read_date(scan);
  if (!date || date->year_first || date->separator == '.') return;
  const auto& [a, b, year] = date->numbers;
  if (a < 1 || b < 1 || a > 31 || b > 31) return;
  day_ = day_ || a > 12;
  month_ = month_ || b > 12;
  if (a > 12 || b > 12) return;
  const std::int64_t as_day = days_from_civil(year, static_cast<unsigned>(b), static_cast<unsigned>(a));
  const std::int64_t as_month = days_from_civil(year, static_cast<unsigned>(a), static_cast<unsigned>(b));
  if (!example_.empty()) {
    day_jumps_ += std::abs(as_day - last_as_day_);
    month_jumps_ += std::abs(as_month - last_as_month_);
  } else if (a != b) {
    example_ = text.substr(0, text.find(' '));
    short_year_ = date->short_year;
  }
  last_as_day_ = as_day;
  last_as_month_ = as_month;
}

bool DateOrder::day_first() const {
  if (day_ != month_) return day_;
  if (day_jumps_ != month_jumps_) return day_jumps_ < month_jumps_;
  return !short_year_;
}

std::string DateOrder::note() const {
  if (example_.empty() || proven()) return {};
  const std::string year = short_year_ ? "yy" : "yyyy";
  const std::string separator(1, example_.find('/') != std::string::npos ? '/' : '-');
  const auto pattern = [&](std::string_view first, std::string_view second) {
    return std::string(first) + separator + std::string(second) + separator + year;
  };
  return "it does not tell whether " + example_ + " is " + pattern("dd", "MM") + " or " + pattern("MM", "dd") +
         ", and is read as " + (day_first() ? pattern("dd", "MM") : pattern("MM", "dd")) +
         "; --time-format tells, as in --time-format \"" + (day_first() ? pattern("MM", "dd") : pattern("dd", "MM")) +
         " HH:mm:ss\"";
}

}  // namespace omniwriter
