#pragma once
/// What stands beside the requests of a run: what others measured, what the load tool judged, who its users were.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/language.h"
#include "omniwriter/run.h"
#include "reports/texts.h"

namespace omniwriter {

/// Numbers of an ObservedSeries. Refers to the run.
struct ObservedSummary {
  const ObservedSeries& series;
  double minimum;
  double mean;
  double maximum;
  double last;
};
/// Those that have a value, in the order of the run.
[[nodiscard]] std::vector<ObservedSummary> observed_of(const Run& run);
/// "datname=shop, mode=idle"; empty where nothing has to be told apart.
[[nodiscard]] std::string labels_text(const ObservedSeries& series);
/// "db_connections", "db_connections (datname=shop)"
[[nodiscard]] std::string name_of(const ObservedSeries& series);
/// All digits of a whole number, else three significant ones.
[[nodiscard]] std::string observed_text(double value, Language language);

/// Refers to the run.
struct ScenarioUsers {
  std::string_view scenario;
  const std::map<std::int64_t, std::uint32_t>* by_slot;
  std::uint32_t most;  ///< at once
};
/// Most users first, then by name.
[[nodiscard]] std::vector<ScenarioUsers> scenario_users_of(const Run& run);

/// "http_req_duration: p(95)<500", as the load tool writes both.
[[nodiscard]] std::string text_of(const ToolVerdict& verdict);
/// "passed", "failed", "not known"
[[nodiscard]] Text text_for(const std::optional<bool>& passed);

}  // namespace omniwriter
