#pragma once
/// Grafana. What it shows is in dashboards.h, where that is looked at in dashboard_link.h.

#include <memory>

#include "config/config.h"
#include "net/http_client.h"
#include "systems/grafana/settings.h"

namespace omniwriter {

class Probe;
class Provider;
struct OptionTable;

[[nodiscard]] HttpLogin grafana_login(const Config& config);

namespace grafana {
inline constexpr int kOldestMajor = 9;  ///< the first version that has all that is provisioned
}

// What system_grafana() is made of.
void declare_grafana_options(OptionTable& table);
void check_grafana(Probe& probe, const Config& config);
[[nodiscard]] std::unique_ptr<Provider> grafana_provider(const Config& config, HttpClient& http);

}  // namespace omniwriter
