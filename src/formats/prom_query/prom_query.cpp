#include "formats/prom_query/prom_query.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/foreign_json.h"
#include "base/utf8.h"

namespace omniwriter {
namespace {

using nlohmann::json;
using Labels = std::map<std::string, std::string>;

constexpr std::size_t kMaxLabelBytes = 200;
constexpr std::size_t kMaxErrorBytes = 500;
constexpr double kLatestSeconds = 9e9;  // the year 2255; nanoseconds of it still fit 64 bits

std::optional<double> number_in(const json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

/// Of one series: pairs of a time and a number as text.
std::map<std::int64_t, double> values_of(const json& series) {
  std::map<std::int64_t, double> values;
  const auto pairs = series.find("values");
  if (pairs == series.end() || !pairs->is_array()) return values;
  for (const json& pair : *pairs) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number()) continue;
    const auto seconds = pair[0].get<double>();
    const auto number = number_in(pair[1]);
    if (number && seconds > 0 && seconds < kLatestSeconds) values[std::llround(seconds)] = *number;
  }
  return values;
}

Labels labels_of(const json& series) {
  Labels labels;
  const auto names = series.find("metric");
  if (names == series.end() || !names->is_object()) return labels;
  for (const auto& [name, value] : names->items()) {
    if (value.is_string()) {
      labels[clean_utf8(name, kMaxLabelBytes)] = clean_utf8(value.get_ref<const std::string&>(), kMaxLabelBytes);
    }
  }
  return labels;
}

/// Drops what all of them have alike.
void keep_what_tells_apart(std::vector<ObservedSeries>& all) {
  if (all.empty()) return;
  Labels alike = all.front().labels;
  for (const ObservedSeries& one : all) {
    std::erase_if(alike, [&](const auto& label) {
      const auto found = one.labels.find(label.first);
      return found == one.labels.end() || found->second != label.second;
    });
  }
  for (ObservedSeries& one : all) {
    std::erase_if(one.labels, [&](const auto& label) { return alike.contains(label.first); });
  }
}

}  // namespace

Result<RangeAnswer> parse_range_answer(std::string_view answer, std::string_view query, std::size_t most_series) {
  const json parsed = parse_foreign_json(answer);
  if (!parsed.is_object()) return fail(ErrorCode::refused, "its answer is not that of a Prometheus");
  if (const auto error = parsed.find("error"); error != parsed.end() && error->is_string()) {
    return fail(ErrorCode::refused, clean_utf8(error->get_ref<const std::string&>(), kMaxErrorBytes));
  }
  const json::json_pointer result("/data/result");
  if (!parsed.contains(result) || !parsed[result].is_array()) {
    return fail(ErrorCode::refused, "its answer is not that of a Prometheus");
  }
  RangeAnswer found;
  std::set<Labels> seen;
  for (const json& series : parsed[result]) {
    if (!series.is_object()) continue;
    auto values = values_of(series);
    if (values.empty()) continue;
    auto labels = labels_of(series);
    if (found.series.size() == most_series || !seen.insert(labels).second) {
      ++found.left_out;
      continue;
    }
    found.series.push_back({std::string(query), std::move(labels), std::move(values)});
  }
  keep_what_tells_apart(found.series);
  return found;
}

}  // namespace omniwriter
