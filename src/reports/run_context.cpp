#include "reports/run_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format_numbers.h"

namespace omniwriter {

std::vector<ObservedSummary> observed_of(const Run& run) {
  std::vector<ObservedSummary> all;
  for (const ObservedSeries& series : run.observed) {
    if (series.values.empty()) continue;
    ObservedSummary summary{series, series.values.begin()->second, 0, series.values.begin()->second,
                            series.values.rbegin()->second};
    for (const auto& [seconds, value] : series.values) {
      summary.minimum = std::min(summary.minimum, value);
      summary.maximum = std::max(summary.maximum, value);
      summary.mean += value;
    }
    // Rounding must not make the mean of values that are all alike another value.
    summary.mean =
        std::clamp(summary.mean / static_cast<double>(series.values.size()), summary.minimum, summary.maximum);
    all.push_back(summary);
  }
  return all;
}

std::string labels_text(const ObservedSeries& series) {
  std::string text;
  for (const auto& [name, value] : series.labels) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
  }
  return text;
}

std::string name_of(const ObservedSeries& series) {
  return series.labels.empty() ? series.query : fmt::format("{} ({})", series.query, labels_text(series));
}

std::string observed_text(double value, Language language) {
  constexpr double kExact = 9e15;
  constexpr double kSmall = 0.01;
  if (value < 0) return "-" + observed_text(-value, language);
  if (value > 0 && value < kSmall) {
    std::string text = fmt::format("{:.{}f}", value, std::min(2 - static_cast<int>(std::floor(std::log10(value))), 12));
    if (language == Language::pt_br) std::ranges::replace(text, '.', ',');
    return text;
  }
  return value < kExact && value == std::floor(value) ? format_count(static_cast<std::uint64_t>(value), language)
                                                      : format_number(value, language);
}

std::vector<ScenarioUsers> scenario_users_of(const Run& run) {
  std::vector<ScenarioUsers> all;
  for (const auto& [scenario, by_slot] : run.users_by_scenario) {
    std::uint32_t most = 0;
    for (const auto& [slot, users] : by_slot) most = std::max(most, users);
    if (most > 0) all.push_back({scenario, &by_slot, most});
  }
  std::ranges::sort(all, [](const ScenarioUsers& a, const ScenarioUsers& b) {
    return a.most != b.most ? a.most > b.most : a.scenario < b.scenario;
  });
  return all;
}

std::string text_of(const ToolVerdict& verdict) {
  return verdict.subject.empty() ? verdict.expected : fmt::format("{}: {}", verdict.subject, verdict.expected);
}

Text text_for(const std::optional<bool>& passed) {
  return !passed ? Text::verdict_unknown : *passed ? Text::verdict_passed : Text::verdict_failed;
}

}  // namespace omniwriter
