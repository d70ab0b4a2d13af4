#pragma once
/// What the charts of the page draw, as JSON.

#include <string>

#include "model/language.h"
#include "omniwriter/run.h"

namespace omniwriter {

struct ChartData {
  std::string json;  ///< one object; page/page.js says what is in it
  std::int64_t step_seconds = 1;
  double most_requests = 0;  ///< a second, in one step
  std::size_t points = 0;    ///< of time; of more than two, the last has no rates
  bool has_users = false;
  bool has_errors = false;
  bool has_machine = false;
  bool has_distribution = false;
};

/// Bounded: at most kMaxChartPoints points of time, six series of errors, kMaxHeatmapColumns × kMaxHeatmapRows cells.
inline constexpr std::size_t kMaxChartPoints = 1000;
inline constexpr std::size_t kMaxHeatmapColumns = 200;
inline constexpr std::size_t kMaxHeatmapRows = 48;

[[nodiscard]] ChartData chart_data(const Run& run, Language language);

}  // namespace omniwriter
