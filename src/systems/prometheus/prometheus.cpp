#include "systems/prometheus/prometheus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/url.h"
#include "delivery/logins.h"
#include "systems/plan.h"
#include "systems/server.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

using nlohmann::json;

const std::string& url(const Config& config) { return config.of<PrometheusSettings>().url; }
const std::string& pushgateway_url(const Config& config) { return config.of<PushgatewaySettings>().url; }

std::string rule_file(const Config& config) { return encode_rule_file(config.alerts, rule_options(config)); }
std::string rule_tests(const Config& config) {
  return encode_rule_tests(config.alerts, rule_options(config), std::string(kRuleFile));
}

bool evaluates_rules(const Config& config) {
  return !config.of<PrometheusSettings>().rules_dir.empty() || !config.of<PrometheusSettings>().ruler_url.empty();
}

std::vector<std::pair<std::string, std::string>> files(const Config& config) {
  if (url(config).empty()) return {};
  return {{fmt::format("prometheus/{}", kRuleFile), rule_file(config)}};
}

json datasource(const Config& config) { return {{"url", url(config)}, {"jsonData", {{"httpMethod", "POST"}}}}; }

bool same_server(const std::string& one, const std::string& other) {
  const auto a = parse_url(one);
  const auto b = parse_url(other);
  return a && b && a->scheme == b->scheme && a->host == b->host && a->port == b->port;
}

// "X-Scope-OrgID" as "X_SCOPE_ORGID".
std::string as_variable(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return name;
}

/// There is a login only where remote write goes to the same server: no other gets that one's secrets.
grafana::DatasourceLogin datasource_login(const Config& config) {
  grafana::DatasourceLogin login;
  const auto target = config.outputs.find("remote_write");
  if (target != config.outputs.end() && same_server(target->second, url(config))) {
    login.log_in(access_login(config.of<RemoteWriteSettings>()), "OMNIWRITER_REMOTE_WRITE", "TOKEN");
    for (const auto& [name, value] : config.of<RemoteWriteSettings>().headers) {
      login.add_header(name, value, "$OMNIWRITER_REMOTE_WRITE_" + as_variable(name));
    }
  }
  login.trust(url(config), prometheus_login(config).tls);
  return login;
}

void take_stock(const Config& config, HttpClient& http, Inventory& inventory) {
  Server server(http, url(config), prometheus_login(config), config.delivery.request_timeout);
  const auto rules = server.get("/api/v1/rules?type=alert");
  const auto alerts = server.get("/api/v1/alerts");
  if (!rules || !rules->ok() || !alerts || !alerts->ok()) return;
  std::size_t count = 0;
  for (const json& group : list_at(rules->body, "/data/groups")) {
    if (text_at(group, "/name") == kRuleGroup) count += list_at(group, "/rules").size();
  }
  const auto fires = [&](const json& alert) {
    return text_at(alert, "/state") == "firing" && is_ours(config, text_at(alert, "/labels/alertname"));
  };
  at_least(inventory.rules, count);
  at_least(inventory.firing,
           static_cast<std::size_t>(std::ranges::count_if(list_at(alerts->body, "/data/alerts"), fires)));
}

}  // namespace

HttpLogin prometheus_login(const Config& config) { return trusting({}, config.of<PrometheusSettings>().tls); }
HttpLogin pushgateway_login(const Config& config) { return trusting({}, config.of<PushgatewaySettings>().tls); }

PromRuleOptions rule_options(const Config& config) {
  return {.stale_after = config.of<PrometheusSettings>().alert_stale_after,
          .dashboard = dashboard_of_any_run(config),
          .language = config.lang};
}

const System& system_prometheus() {
  // It dates what it gets by itself, and that may take a minute.
  static const DataSource kDataSource{.rank = 1,
                                      .queries = prometheus_queries,
                                      .members = datasource,
                                      .login = datasource_login,
                                      .dated_by_arrival = true};
  static const System kSystem{.name = "prometheus",
                              .title = "Prometheus",
                              .setting = "PROMETHEUS_URL",
                              .url = url,
                              .declare_options = declare_prometheus_options,
                              .check = check_prometheus,
                              .provider = prometheus_provider,
                              .files = files,
                              .data_source = &kDataSource,
                              .take_stock = take_stock,
                              .evaluates_rules = evaluates_rules,
                              .rules = {{"prometheus", rule_file}, {"promtool-test", rule_tests}}};
  return kSystem;
}

const System& system_pushgateway() {
  static const System kSystem{.name = "pushgateway",
                              .title = "Pushgateway",
                              .setting = "PROMETHEUS_PUSHGATEWAY",
                              .part_of = "prometheus",
                              .url = pushgateway_url,
                              .declare_options = declare_pushgateway_options,
                              .check = check_pushgateway,
                              .takes_updates = true};
  return kSystem;
}

}  // namespace omniwriter
