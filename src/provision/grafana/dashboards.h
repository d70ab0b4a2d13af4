#pragma once
/// The dashboards and alert rules of Grafana, as JSON. Pure.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace omniwriter::grafana {

inline constexpr std::string_view kFolder = "omniwriter";
inline constexpr std::string_view kMainDashboard = "omniwriter-main";
inline constexpr std::string_view kAlertsDashboard = "omniwriter-alerts";

/// The systems that Grafana can read results from, in order of preference: those that are configured.
[[nodiscard]] std::vector<std::string> datasources(const Config& config);
/// The one that the dashboards and alert rules read; empty where there is none.
[[nodiscard]] std::string chosen_datasource(const Config& config);
/// "omniwriter-prometheus".
[[nodiscard]] std::string datasource_uid(std::string_view system);
/// A data source as Grafana's API takes it, without secrets.
[[nodiscard]] nlohmann::json datasource(const Config& config, std::string_view system);

/// With uid, without id and version. Read `system`, one of datasources().
[[nodiscard]] nlohmann::json main_dashboard(const Config& config, std::string_view system);
[[nodiscard]] nlohmann::json alerts_dashboard(const Config& config, std::string_view system);

/// Whether Grafana is to evaluate alert rules.
[[nodiscard]] bool evaluates_rules(const Config& config);
/// "omniwriter-high-error-rate".
[[nodiscard]] std::string rule_uid(const AlertRule& rule);
/// An alert rule as Grafana's provisioning API gives it back, in folder kFolder.
[[nodiscard]] nlohmann::json alert_rule(const Config& config, const AlertRule& rule, std::string_view system);

}  // namespace omniwriter::grafana
