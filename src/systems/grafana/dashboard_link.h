#pragma once
/// Where the results of a run are looked at: the dashboards that are provisioned in Grafana, and links to them. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "omniwriter/run.h"

namespace omniwriter {

struct System;

namespace grafana {

inline constexpr std::string_view kMainDashboard = "omniwriter-main";
inline constexpr std::string_view kAlertsDashboard = "omniwriter-alerts";

/// The systems that Grafana can read results from, in order of preference.
[[nodiscard]] std::vector<const System*> readable_systems();
/// Those that are configured.
[[nodiscard]] std::vector<const System*> datasources(const Config& config);
/// The one that the dashboards and alert rules read; empty where there is none.
[[nodiscard]] std::string chosen_datasource(const Config& config);
/// Whether they read a data source that the user named, instead of one of ours.
[[nodiscard]] bool uses_own_datasource(const Config& config);
/// "omniwriter-prometheus", or the data source that the user named for this system (by its name where that is all that
/// is known).
[[nodiscard]] std::string datasource_uid(const Config& config, std::string_view system);
/// What Grafana's lists call it: "Omni Writer Prometheus".
[[nodiscard]] std::string datasource_name(const Config& config, const System& system);

}  // namespace grafana

/// The address of the main dashboard with one run in view, and its time. Empty where no Grafana is configured, or
/// nothing that it could read. `known_ns`: until when the run became known to the systems. Prometheus keeps a run under
/// that time, not under the run's own.
[[nodiscard]] std::string dashboard_link(const Config& config, const Run& run, std::int64_t known_ns = 0);
/// The same for a run that goes on: until now, whenever that is.
[[nodiscard]] std::string live_dashboard_link(const Config& config, const Run& run);
/// The main dashboard, whatever the run.
[[nodiscard]] std::string dashboard_link(const Config& config);

}  // namespace omniwriter
