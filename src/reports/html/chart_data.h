#pragma once
/// What the charts of the page draw, as JSON.

#include <string>

#include "model/language.h"
#include "omniwriter/run.h"
#include "reports/html/more_charts.h"
#include "reports/report.h"
#include "reports/timeline.h"

namespace omniwriter {

struct ChartData {
  std::string json;  ///< one object; page/page.js says what is in it
  std::int64_t step_seconds = 1;
  double most_requests = 0;   ///< a second, in one step
  std::size_t points = 0;     ///< of time; of more than two, the last has no rates
  std::size_t endpoints = 0;  ///< that have charts of their own: so many, by impact
  bool has_times = false;
  bool has_users = false;
  bool users_vary = false;  ///< enough to tell more of them from fewer
  bool has_errors = false;
  bool has_statuses = false;  ///< more than one
  bool has_bytes = false;
  bool has_machine = false;
  bool has_distribution = false;
  MoreCharts more;    ///< besides those of requests
  TimePoints coarse;  ///< the run in at most kMaxEndpointPoints points
};

/// Bounded: at most kMaxChartPoints points of time, six series of errors and of statuses, kMaxHeatmapColumns ×
/// kMaxHeatmapRows cells, and the endpoints of the greatest impact that fit into kMaxEndpointBytes.
inline constexpr std::size_t kMaxChartPoints = 500;
inline constexpr std::size_t kMaxEndpointPoints = 100;
inline constexpr std::size_t kMaxHeatmapColumns = 200;
inline constexpr std::size_t kMaxHeatmapRows = 48;
inline constexpr std::size_t kMaxBars = 48;
inline constexpr std::size_t kMaxEndpointBytes = 240'000;

[[nodiscard]] ChartData chart_data(const ReportInput& input, Language language);

}  // namespace omniwriter
