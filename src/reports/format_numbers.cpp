#include "reports/format_numbers.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/rfc3339.h"

namespace omniwriter {
namespace {

/// Puts in the marks of the language: "1234.5" becomes "1,234.5" or "1.234,5".
std::string with_marks(std::string_view digits, Language language) {
  const char group = language == Language::pt_br ? '.' : ',';
  const char decimal = language == Language::pt_br ? ',' : '.';
  const std::size_t whole = std::min(digits.find('.'), digits.size());
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i < whole && (whole - i) % 3 == 0) text += group;
    text += digits[i] == '.' ? decimal : digits[i];
  }
  return text;
}

/// Digits after the decimal mark that make three significant ones, once rounded.
int decimals_for(double value) { return value < 9.995 ? 2 : value < 99.95 ? 1 : 0; }

std::string fixed(double value, int decimals, Language language) {
  return with_marks(fmt::format("{:.{}f}", value, decimals), language);
}

}  // namespace

std::string format_count(std::uint64_t count, Language language) {
  return with_marks(fmt::format("{}", count), language);
}

std::string format_number(double value, Language language) {
  return value == 0 ? "0" : fixed(value, decimals_for(value), language);
}

std::string format_percent(double ratio, Language language) {
  const double percent = ratio * 100;
  if (ratio <= 0) return "0%";
  if (ratio >= 1) return "100%";
  if (percent < 0.01) return "<" + fixed(0.01, 2, language) + "%";
  if (percent >= 99.95) return ">" + fixed(99.9, 1, language) + "%";
  return fixed(percent, decimals_for(percent), language) + "%";
}

std::string format_time(double seconds, Language language, std::string_view space) {
  struct Unit {
    double per_second;
    std::string_view name;
  };
  constexpr std::array kUnits{Unit{1e9, "ns"}, Unit{1e6, "µs"}, Unit{1e3, "ms"}};
  if (seconds <= 0) return fmt::format("0{}s", space);
  for (const Unit& unit : kUnits) {
    const double value = seconds * unit.per_second;
    if (value >= 999.5) continue;
    const int decimals = unit.per_second == 1e9 ? 0 : decimals_for(value);
    return fmt::format("{}{}{}", fixed(value, decimals, language), space, unit.name);
  }
  return fmt::format("{}{}s", fixed(seconds, decimals_for(seconds), language), space);
}

std::string format_time(const std::optional<double>& seconds, Language language, std::string_view space) {
  return seconds ? format_time(*seconds, language, space) : "–";
}

std::string format_duration(double seconds, Language language) {
  if (seconds < 59.95) return format_time(seconds, language);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  const std::uint64_t minutes = (whole + 30) / 60;
  return fmt::format("{} h {:02} min", with_marks(fmt::format("{}", minutes / 60), language), minutes % 60);
}

std::string format_bytes(std::uint64_t bytes, Language language) {
  constexpr std::array<std::string_view, 7> kUnits{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{} {}", fixed(value, decimals_for(value), language), kUnits[unit]);
}

std::string format_instant(std::int64_t ns_since_epoch) {
  const std::string text = format_rfc3339(ns_since_epoch);
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 8));
}

}  // namespace omniwriter
