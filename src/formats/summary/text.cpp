#include "formats/summary/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace omniwriter::summary {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";
using Unit = std::pair<std::string_view, double>;

/// Takes the number off the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// Takes the unit off the front of `text`; the longest first.
template <std::size_t n>
std::optional<double> take_unit(std::string_view& text, const std::array<Unit, n>& units) {
  for (const auto& [name, factor] : units) {
    if (!text.starts_with(name)) continue;
    text.remove_prefix(name.size());
    return factor;
  }
  return std::nullopt;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kMaxLines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(trimmed(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(kSpace); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kSpace, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kSpace, end);
  }
  return words;
}

std::optional<double> number_of(std::string_view text) {
  const auto value = take_number(text);
  return text.empty() ? value : std::nullopt;
}

std::optional<double> leading_number(std::string_view text) {
  text = trimmed(text);
  return take_number(text);
}

std::uint64_t count_of(double number) {
  constexpr double kMost = 1e15;
  return number >= 0 && number <= kMost ? static_cast<std::uint64_t>(std::llround(number)) : 0;
}

std::uint64_t leading_count(std::string_view text) { return count_of(leading_number(text).value_or(0)); }

std::optional<double> seconds_of(std::string_view text) {
  static constexpr std::array kUnits{Unit{"ns", 1e-9},        Unit{"us", 1e-6}, Unit{"\xC2\xB5s", 1e-6},
                                     Unit{"\xCE\xBCs", 1e-6}, Unit{"ms", 1e-3}, Unit{"secs", 1},
                                     Unit{"sec", 1},          Unit{"s", 1},     Unit{"min", 60},
                                     Unit{"m", 60},           Unit{"hr", 3600}, Unit{"h", 3600}};
  text = trimmed(text);
  double seconds = 0;
  do {
    const auto value = take_number(text);
    text = trimmed(text);
    const auto unit = take_unit(text, kUnits);
    if (!value || !unit) return std::nullopt;
    seconds += *value * *unit;
  } while (!text.empty());
  return seconds;
}

std::uint64_t bytes_of(std::string_view text) {
  static constexpr std::array kUnits{Unit{"K", 1024.0}, Unit{"M", 1024.0 * 1024}, Unit{"G", 1024.0 * 1024 * 1024},
                                     Unit{"T", 1024.0 * 1024 * 1024 * 1024}};
  text = trimmed(text);
  const auto value = take_number(text);
  text = trimmed(text);
  return count_of(value.value_or(0) * take_unit(text, kUnits).value_or(1));
}

std::optional<double> quantile_of(std::string_view percent) {
  if (!percent.ends_with('%')) return std::nullopt;
  const auto value = number_of(percent.substr(0, percent.size() - 1));
  return value ? std::optional(*value / 100) : std::nullopt;
}

std::string_view value_of(const std::vector<std::string_view>& lines, std::string_view name) {
  for (const std::string_view line : lines) {
    if (line.starts_with(name)) return trimmed(line.substr(name.size()));
  }
  return {};
}

void for_each_csv_row(std::string_view content,
                      const std::function<void(const CsvRow& titles, const CsvRow& row)>& visit) {
  CsvRow titles;
  CsvRow row;
  std::string field;
  bool quoted = false;
  const auto add = [&](char c) {
    if (field.size() < kMaxCsvFieldBytes) field += c;
  };
  const auto end_field = [&] {
    if (row.size() < kMaxCsvColumns) row.push_back(std::move(field));
    field.clear();
  };
  const auto end_row = [&] {
    end_field();
    if (row.size() > 1 || !row.front().empty()) {
      if (titles.empty()) {
        titles = std::move(row);
      } else {
        visit(titles, row);
      }
    }
    row.clear();
  };
  for (std::size_t i = 0; i < content.size(); ++i) {
    const char c = content[i];
    if (c == '"') {
      const bool doubled = quoted && i + 1 < content.size() && content[i + 1] == '"';
      if (doubled) {
        add(c);
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (c == ',' && !quoted) {
      end_field();
    } else if (c == '\n' && !quoted) {
      if (field.ends_with('\r')) field.pop_back();
      end_row();
    } else {
      add(c);
    }
  }
  if (!field.empty() || !row.empty()) end_row();
}

std::string path_of(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
    const std::size_t path = url.find('/');
    url = path == std::string_view::npos ? std::string_view() : url.substr(path);
  }
  return url.empty() ? "/" : std::string(url);
}

}  // namespace omniwriter::summary
