#include <fmt/format.h>

#include <algorithm>

#include "formats/prom_rules/prom_rules.h"
#include "systems/data_source.h"
#include "systems/grafana/dashboards.h"
#include "systems/grafana/settings.h"

namespace omniwriter::grafana {

using nlohmann::json;

namespace {

/// The title of the panel that shows what a rule looks at.
std::string_view panel_of(const AlertRule& rule) {
  switch (rule.signal) {
    case AlertSignal::error_ratio:
      return "Error Rate (%)";
    case AlertSignal::response_time_p95:
      return "Response Time (ms)";
    case AlertSignal::throughput:
      return "Throughput (req/s)";
    default:
      return "System Resources";
  }
}

/// Annotations that lead from an alert to what it is about: Grafana's own, and one for whoever gets the alert
/// elsewhere.
json links(const Config& config, const AlertRule& rule, std::string_view system) {
  json annotations{{"__dashboardUid__", kMainDashboard}};
  const json dashboard = main_dashboard(config, system);
  for (const json& panel : dashboard["panels"]) {
    if (panel.value("title", "") != panel_of(rule)) continue;
    annotations["__panelId__"] = std::to_string(panel["id"].get<int>());
    break;
  }
  if (const std::string link = dashboard_link(config); !link.empty()) {
    annotations["dashboard"] = run_link_template(link);
  }
  return annotations;
}

}  // namespace

bool evaluates_rules(const Config& config) {
  if (config.of<GrafanaSettings>().alert_rules != Choice::automatic)
    return config.of<GrafanaSettings>().alert_rules == Choice::yes;
  return std::ranges::none_of(systems(), [&](const System* system) {
    return system->evaluates_rules != nullptr && system->evaluates_rules(config);
  });
}

std::string rule_uid(const AlertRule& rule) {
  std::string uid = fmt::format("omniwriter-{}", rule.id);
  std::ranges::replace(uid, '_', '-');
  return uid;
}

json alert_rule(const Config& config, const AlertRule& rule, std::string_view system) {
  const json period{{"from", kAlertWindow.count()}, {"to", 0}};
  const json expression_source{{"type", "__expr__"}, {"uid", "__expr__"}};
  json query = find_system(system)->data_source->queries(config)->signal(rule);
  query["refId"] = "A";
  query["intervalMs"] = 1000;
  query["maxDataPoints"] = 43200;
  const json reduce{{"refId", "B"},
                    {"type", "reduce"},
                    {"expression", "A"},
                    {"reducer", "last"},
                    {"intervalMs", 1000},
                    {"maxDataPoints", 43200},
                    {"datasource", expression_source}};
  const char* comparison = rule.signal == AlertSignal::throughput ? "lt" : "gt";
  const json threshold{{"refId", "C"},
                       {"type", "threshold"},
                       {"expression", "B"},
                       {"intervalMs", 1000},
                       {"maxDataPoints", 43200},
                       {"datasource", expression_source},
                       {"conditions",
                        {{{"type", "query"},
                          {"evaluator", {{"type", comparison}, {"params", {rule.threshold}}}},
                          {"operator", {{"type", "and"}}},
                          {"query", {{"params", {"C"}}}},
                          {"reducer", {{"type", "last"}, {"params", json::array()}}}}}}};
  const auto data = [&](const char* ref, const std::string& source, const json& model) -> json {
    return {
        {"refId", ref}, {"queryType", ""}, {"relativeTimeRange", period}, {"datasourceUid", source}, {"model", model}};
  };
  // In Grafana a value has the name of its query, and there is none where the query failed.
  const bool pt = config.lang == Language::pt_br;
  const std::string description =
      fmt::format("{{{{ with $values.B }}}}{}{{{{ else }}}}{}{{{{ end }}}}",
                  description_of(rule, config.lang, "{{ $labels.test_name }}", value_template(rule, ".Value")),
                  pt ? "O Grafana não pôde consultar a fonte de dados" : "Grafana could not ask the data source");
  json annotations{{"summary", summary_of(rule)}, {"description", description}};
  annotations.update(links(config, rule, system));
  return {{"uid", rule_uid(rule)},
          {"title", rule.alertname},
          {"ruleGroup", kRuleGroup},
          {"folderUID", kFolder},
          {"condition", "C"},
          {"for", fmt::format("{}s", rule.hold.count())},
          {"noDataState", "OK"},
          {"execErrState", "Error"},
          {"isPaused", false},
          {"labels", {{"severity", name_of(rule.severity)}}},
          {"annotations", std::move(annotations)},
          {"data",
           {data("A", datasource_uid(config, system), query), data("B", "__expr__", reduce),
            data("C", "__expr__", threshold)}}};
}

}  // namespace omniwriter::grafana
