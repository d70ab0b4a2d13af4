#pragma once
/// Charts over time of what a run knows besides its requests.

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/language.h"
#include "reports/html/figures.h"
#include "reports/run_summary.h"
#include "reports/timeline.h"

namespace omniwriter {

/// Where they are drawn: in the order of the page.
struct MoreCharts {
  std::vector<Figure> observed;  ///< one for each query
  std::vector<Figure> phases;
  std::vector<Figure> checks;
  std::vector<Figure> metrics;
};

/// Bounded: at most six lines in a chart, kMaxMetricCharts of metrics, and kMaxMoreBytes of all.
inline constexpr std::size_t kMaxMetricCharts = 12;
inline constexpr std::size_t kMaxMoreBytes = 60'000;

/// Adds what they draw to `json`, as "more": page/page.js says what is in it. `timeline`, `coarse`: points of time of
/// all requests, and fewer of them.
[[nodiscard]] MoreCharts add_more_charts(nlohmann::ordered_json& json, const Run& run, const RunSummary& summary,
                                         const TimePoints& timeline, const TimePoints& coarse, Language language);

}  // namespace omniwriter
