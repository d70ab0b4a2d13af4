#pragma once
/// The dashboards and alert rules of Grafana, as JSON. Pure.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "systems/grafana/dashboard_link.h"
#include "systems/system.h"

namespace omniwriter::grafana {

inline constexpr std::string_view kFolder = "omniwriter";

/// A data source as Grafana's API takes it, without secrets.
[[nodiscard]] nlohmann::json datasource(const Config& config, const System& system);

/// With uid, without id and version. Read `system`, the name of one of datasources().
[[nodiscard]] nlohmann::json main_dashboard(const Config& config, std::string_view system);
[[nodiscard]] nlohmann::json alerts_dashboard(const Config& config, std::string_view system);

/// Whether Grafana is to evaluate alert rules.
[[nodiscard]] bool evaluates_rules(const Config& config);
/// "omniwriter-high-error-rate".
[[nodiscard]] std::string rule_uid(const AlertRule& rule);
/// An alert rule as Grafana's provisioning API gives it back, in folder kFolder.
[[nodiscard]] nlohmann::json alert_rule(const Config& config, const AlertRule& rule, std::string_view system);

}  // namespace omniwriter::grafana
