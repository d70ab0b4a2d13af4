#pragma once
/// Prometheus, what speaks like it, and the Pushgateway in front of it.

#include <memory>

#include "config/config.h"
#include "formats/prom_rules/prom_rules.h"
#include "net/http_client.h"
#include "systems/data_source.h"
#include "systems/prometheus/settings.h"

namespace omniwriter {

class Probe;
class Provider;
struct OptionTable;

/// Neither knows a login: only certificates.
[[nodiscard]] HttpLogin prometheus_login(const Config& config);
[[nodiscard]] HttpLogin pushgateway_login(const Config& config);
/// What the configuration says of alert rules in PromQL.
[[nodiscard]] PromRuleOptions rule_options(const Config& config);
/// The name of the file that they go to.
inline constexpr std::string_view kRuleFile = "load_test_alerts.yml";

// What system_prometheus() and system_pushgateway() are made of.
void declare_prometheus_options(OptionTable& table);
void declare_pushgateway_options(OptionTable& table);
void check_prometheus(Probe& probe, const Config& config);
void check_pushgateway(Probe& probe, const Config& config);
[[nodiscard]] std::unique_ptr<Provider> prometheus_provider(const Config& config, HttpClient& http);
[[nodiscard]] std::unique_ptr<grafana::Queries> prometheus_queries(const Config& config);

}  // namespace omniwriter
