#include "systems/grafana/grafana.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "delivery/logins.h"
#include "systems/data_source.h"
#include "systems/grafana/dashboards.h"
#include "systems/plan.h"
#include "systems/server.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr const char* kRulesFile = "provisioning/alerting/omniwriter.yaml";

const std::string& url(const Config& config) { return config.of<GrafanaSettings>().url; }

std::string pretty(const json& value) { return value.dump(2) + "\n"; }

// For Grafana's file provisioning. JSON is YAML.
std::vector<std::pair<std::string, std::string>> files(const Config& config) {
  const std::string chosen = grafana::chosen_datasource(config);
  if (chosen.empty()) return {};
  std::vector<std::pair<std::string, std::string>> all;
  for (const json& dashboard : {grafana::main_dashboard(config, chosen), grafana::alerts_dashboard(config, chosen)}) {
    all.emplace_back(fmt::format("dashboards/{}.json", dashboard["uid"].get<std::string>()), pretty(dashboard));
  }
  json sources = json::array();
  for (const System* system : grafana::datasources(config)) {
    if (system->name == chosen && grafana::uses_own_datasource(config)) continue;
    json source = grafana::datasource(config, *system);
    for (const auto& [field, placeholder] : system->data_source->login(config).placeholders) {
      source["secureJsonData"][field] = placeholder;
    }
    sources.push_back(std::move(source));
  }
  all.emplace_back("provisioning/datasources/omniwriter.yaml", pretty({{"apiVersion", 1}, {"datasources", sources}}));
  const json provider{{"name", "omniwriter"},          {"folder", config.of<GrafanaSettings>().folder},
                      {"folderUid", grafana::kFolder}, {"type", "file"},
                      {"allowUiUpdates", true},        {"options", {{"path", "/var/lib/grafana/dashboards"}}}};
  all.emplace_back("provisioning/dashboards/omniwriter.yaml",
                   pretty({{"apiVersion", 1}, {"providers", json::array({provider})}}));
  if (grafana::evaluates_rules(config)) {
    json rules = json::array();
    for (const AlertRule& rule : config.alerts) {
      if (!rule.enabled) continue;
      json one = grafana::alert_rule(config, rule, chosen);
      one.erase("ruleGroup");
      one.erase("folderUID");
      rules.push_back(std::move(one));
    }
    const json group{{"orgId", 1},
                     {"name", "load_test_alerts"},
                     {"folder", config.of<GrafanaSettings>().folder},
                     {"interval", "1m"},
                     {"rules", std::move(rules)}};
    all.emplace_back(kRulesFile, pretty({{"apiVersion", 1}, {"groups", json::array({group})}}));
  }
  return all;
}

// Whoever asks for rules wants them from here.
std::string rules(const Config& config) {
  Config with_rules = config;
  with_rules.of<GrafanaSettings>().alert_rules = Choice::yes;
  for (auto& [path, content] : files(with_rules)) {
    if (path == kRulesFile) return std::move(content);
  }
  return {};
}

void take_stock(const Config& config, HttpClient& http, Inventory& inventory) {
  Server server(http, url(config), grafana_login(config), config.delivery.request_timeout);
  const auto found = server.get("/api/search?type=dash-db&tag=omniwriter");
  if (found && found->ok() && found->body.is_array()) {
    at_least(inventory.dashboards, static_cast<std::size_t>(std::ranges::count_if(found->body, [](const json& entry) {
               return text_at(entry, "/uid").starts_with("omniwriter-");
             })));
  }
  const auto rules = server.get("/api/prometheus/grafana/api/v1/rules");
  if (!rules || !rules->ok()) return;
  std::size_t count = 0;
  std::size_t firing = 0;
  for (const json& group : list_at(rules->body, "/data/groups")) {
    for (const json& rule : list_at(group, "/rules")) {
      if (!is_ours(config, text_at(rule, "/name"))) continue;
      ++count;
      for (const json& alert : list_at(rule, "/alerts")) {
        if (text_at(alert, "/state").starts_with("Alerting")) ++firing;
      }
    }
  }
  at_least(inventory.rules, count);
  at_least(inventory.firing, firing);
}

}  // namespace

HttpLogin grafana_login(const Config& config) {
  return trusting(by_token(config.of<GrafanaSettings>().api_key, "Bearer"), config.of<GrafanaSettings>().tls);
}

const System& system_grafana() {
  static const System kSystem{.name = "grafana",
                              .title = "Grafana",
                              .setting = "GRAFANA_URL",
                              .url = url,
                              .declare_options = declare_grafana_options,
                              .check = check_grafana,
                              .provider = grafana_provider,
                              .files = files,
                              .dashboard = [](const Config& config) { return dashboard_link(config); },
                              .take_stock = take_stock,
                              .rules = {{"grafana", rules}}};
  return kSystem;
}

}  // namespace omniwriter
