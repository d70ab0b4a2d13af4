#pragma once
/// Numbers of charts as JSON.

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace omniwriter {

using ChartJson = nlohmann::ordered_json;

/// Five significant digits: more than a chart shows, and a third of the bytes.
[[nodiscard]] inline ChartJson rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == 0) return 0;
  const double scale = std::pow(10, 4 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

[[nodiscard]] inline ChartJson known(const std::optional<double>& value) {
  return value ? rounded(*value) : ChartJson(nullptr);
}

[[nodiscard]] inline std::string dumped(const ChartJson& json) {
  return json.dump(-1, ' ', false, ChartJson::error_handler_t::replace);
}

}  // namespace omniwriter
