#pragma once
/// What Grafana's own pages add when somebody saves there, taken away: so that what a person changed is all that
/// differs. Pure.

#include <nlohmann/json.hpp>

namespace omniwriter::grafana {

/// A dashboard without what the browser fills in for every panel that it shows.
[[nodiscard]] nlohmann::json normal_dashboard(nlohmann::json dashboard);
/// An alert rule without what the editor of rules fills in.
[[nodiscard]] nlohmann::json normal_rule(nlohmann::json rule);

}  // namespace omniwriter::grafana
