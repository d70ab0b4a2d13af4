#include "formats/prom_status/prom_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/foreign_json.h"

namespace omniwriter {
namespace {

using std::chrono::milliseconds;

// Longest first where one begins like another.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 7> kUnits{{{"ms", 1},
                                                                           {"s", 1'000},
                                                                           {"m", 60'000},
                                                                           {"h", 3'600'000},
                                                                           {"d", 86'400'000},
                                                                           {"w", 604'800'000},
                                                                           {"y", 31'536'000'000}}};
constexpr std::int64_t kMostOfAUnit = 100'000'000;
constexpr std::int64_t kLatestMs = 9'000'000'000'000;  // the year 2255; nanoseconds of it still fit 64 bits

// A member of "data", if there is one.
nlohmann::json member(std::string_view answer, const char* path) {
  const auto json = parse_foreign_json(answer);
  const nlohmann::json::json_pointer pointer(path);
  return json.is_object() && json.contains(pointer) ? json[pointer] : nlohmann::json();
}

}  // namespace

std::optional<std::int64_t> newest_sample_ms(std::string_view answer) {
  const auto newest = member(answer, "/data/headStats/maxTime");
  // An empty head says the smallest number there is.
  if (!newest.is_number_integer()) return std::nullopt;
  const auto ms = newest.get<std::int64_t>();
  return ms > 0 && ms < kLatestMs ? std::optional(ms) : std::nullopt;
}

milliseconds head_tolerance(std::string_view answer) {
  const auto range = member(answer, "/data/storage.tsdb.min-block-duration");
  const auto parsed = range.is_string() ? parse_prometheus_duration(range.get<std::string>()) : std::nullopt;
  return parsed.value_or(std::chrono::hours(2)) / 2;
}

bool stores_native_histograms(std::string_view answer) {
  const auto features = member(answer, "/data/enable-feature");
  return features.is_string() && features.get_ref<const std::string&>().find("native-histograms") != std::string::npos;
}

milliseconds out_of_order_window(std::string_view answer) {
  constexpr std::string_view kKey = "out_of_order_time_window:";
  const auto yaml = member(answer, "/data/yaml");
  if (!yaml.is_string()) return milliseconds{0};
  const auto& text = yaml.get_ref<const std::string&>();
  const auto key = text.find(kKey);
  if (key == std::string::npos) return milliseconds{0};
  const auto line = std::string_view(text).substr(key + kKey.size());
  const auto begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return milliseconds{0};
  const auto value = line.substr(begin, line.find_first_of(" \r\n", begin) - begin);
  return parse_prometheus_duration(value).value_or(milliseconds{0});
}

std::optional<milliseconds> parse_prometheus_duration(std::string_view text) {
  if (text == "0") return milliseconds{0};
  if (text.empty()) return std::nullopt;
  std::int64_t sum = 0;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0 || number > kMostOfAUnit) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto* const unit =
        std::ranges::find_if(kUnits, [&](const auto& known) { return text.starts_with(known.first); });
    if (unit == kUnits.end()) return std::nullopt;
    text.remove_prefix(unit->first.size());
    sum += number * unit->second;
    if (sum > kMostOfAUnit * kUnits.back().second) return std::nullopt;
  }
  return milliseconds(sum);
}

std::string prometheus_duration(milliseconds duration) {
  using std::chrono::ceil;
  if (duration > std::chrono::days(3)) return fmt::format("{}d", ceil<std::chrono::days>(duration).count());
  if (duration > std::chrono::hours(3)) return fmt::format("{}h", ceil<std::chrono::hours>(duration).count());
  return fmt::format("{}m", ceil<std::chrono::minutes>(duration).count());
}

}  // namespace omniwriter
