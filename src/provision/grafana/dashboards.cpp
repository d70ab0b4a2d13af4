#include "provision/grafana/dashboards.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/prom_rules/prom_rules.h"
#include "pipeline/logins.h"
#include "provision/grafana/datasource_login.h"
#include "provision/grafana/queries.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

constexpr int kSchemaVersion = 42;
constexpr int kColumns = 24;

/// A panel of a dashboard, before it has its place.
struct Panel {
  std::string title;
  std::string type;
  View view;
  int width;
  int height;
  Localized description;
  std::string unit;
  json custom = json::object();  ///< fieldConfig.defaults.custom
  json options = json::object();
  json overrides = json::array();
  json thresholds = nullptr;
  json mappings = json::array();
  json transformations = json::array();
  Localized no_value;
};

json steps(double limit, bool below_is_bad) {
  return {{"mode", "absolute"},
          {"steps",
           {{{"color", below_is_bad ? "red" : "green"}, {"value", nullptr}},
            {{"color", below_is_bad ? "green" : "red"}, {"value", limit}}}}};
}

json lines(bool area = false) {
  return {{"drawStyle", "line"},  {"lineWidth", 2}, {"fillOpacity", area ? 15 : 0},
          {"showPoints", "auto"}, {"pointSize", 4}, {"spanNulls", true}};
}

json legend_table() {
  return {
      {"legend",
       {{"displayMode", "table"}, {"placement", "bottom"}, {"showLegend", true}, {"calcs", {"lastNotNull", "max"}}}},
      {"tooltip", {{"mode", "multi"}, {"sort", "desc"}}}};
}

json stat_options(std::string_view reducer) {
  return {{"reduceOptions", {{"calcs", {reducer}}, {"fields", ""}, {"values", false}}},
          {"colorMode", "value"},
          {"graphMode", "none"},
          {"textMode", "auto"},
          {"justifyMode", "auto"},
          {"orientation", "auto"}};
}

json override_of(const std::string& name, std::vector<std::pair<std::string, json>> properties) {
  json list = json::array();
  for (auto& [id, value] : properties) list.push_back({{"id", id}, {"value", std::move(value)}});
  return {{"matcher", {{"id", "byName"}, {"options", name}}}, {"properties", std::move(list)}};
}

/// Names, hides and formats the columns of a table; one row an endpoint or alert, also where each query gives a column.
void lay_out_table(Panel& panel, const Queries& queries) {
  json rename = json::object();
  json exclude = json::object();
  for (const Queries::Column& column : queries.columns(panel.view)) {
    if (column.shown.empty()) {
      exclude[column.name] = true;
      continue;
    }
    if (column.name != column.shown) rename[column.name] = column.shown;
    if (!column.unit.empty()) {
      json found = override_of(column.shown, {{"unit", column.unit}});
      if (std::ranges::find(panel.overrides, found) == panel.overrides.end())
        panel.overrides.push_back(std::move(found));
    }
  }
  if (queries.table_of_series(panel.view)) {
    panel.transformations.push_back(
        {{"id", "reduce"},
         {"options", {{"reducers", {"lastNotNull"}}, {"mode", "seriesToRows"}, {"labelsToFields", true}}}});
  } else {
    panel.transformations.push_back({{"id", "merge"}, {"options", json::object()}});
  }
  panel.transformations.push_back(
      {{"id", "organize"},
       {"options", {{"excludeByName", exclude}, {"renameByName", rename}, {"indexByName", json::object()}}}});
  panel.options = {{"showHeader", true}, {"cellHeight", "sm"}};
}

json state_mappings(int firing) {
  json options{{"0", {{"text", "ok"}, {"color", "green"}, {"index", 0}}}};
  if (firing == 2) options["1"] = {{"text", "pending"}, {"color", "orange"}, {"index", 1}};
  options[std::to_string(firing)] = {{"text", "firing"}, {"color", "red"}, {"index", 2}};
  return {{{"type", "value"}, {"options", std::move(options)}}};
}

class Dashboard {
 public:
  Dashboard(const Config& config, std::string_view system)
      : config_(config), queries_(make_queries(system, config)), datasource_uid_(datasource_uid(config, system)) {}

  [[nodiscard]] const Queries& queries() const { return *queries_; }

  /// Places it behind the others, from left to right. One that the user hides leaves no gap.
  void add(Panel panel) {
    if (std::ranges::find(config_.grafana.hidden_panels, panel.title) != config_.grafana.hidden_panels.end()) return;
    json defaults{{"unit", panel.unit}, {"custom", std::move(panel.custom)}, {"mappings", std::move(panel.mappings)}};
    if (!panel.thresholds.is_null()) defaults["thresholds"] = std::move(panel.thresholds);
    if (!panel.no_value.en.empty()) defaults["noValue"] = panel.no_value.in(config_.lang);
    json targets = queries_->targets(panel.view);
    for (json& target : targets) {
      if (!target.contains("datasource")) target["datasource"] = source();
    }
    json result{{"title", panel.title},
                {"type", panel.type},
                {"description", panel.description.in(config_.lang)},
                {"datasource", source()},
                {"targets", std::move(targets)},
                {"fieldConfig", {{"defaults", std::move(defaults)}, {"overrides", std::move(panel.overrides)}}},
                {"options", std::move(panel.options)}};
    if (!panel.transformations.empty()) result["transformations"] = std::move(panel.transformations);
    place(std::move(result), panel.width, panel.height);
  }

  /// A panel of the user's own, as it is but for what it leaves open.
  void add_extra(json panel) {
    constexpr int kWidth = 12;
    constexpr int kHeight = 8;
    if (!panel.contains("datasource")) panel["datasource"] = source();
    if (panel.contains("gridPos")) {
      panel["id"] = next_id_++;
      panels_.push_back(std::move(panel));
    } else {
      place(std::move(panel), kWidth, kHeight);
    }
  }

  [[nodiscard]] json finish(std::string_view uid, std::string_view title, const Localized& description,
                            bool endpoint_variable) && {
    json variables = json::array();
    variables.push_back(
        {{"name", "datasource"},
         {"label", "Data source"},
         {"type", "datasource"},
         {"query", queries_->system()},
         {"current", {{"text", datasource_name(config_, queries_->system())}, {"value", datasource_uid_}}},
         {"hide", 0},
         {"includeAll", false},
         {"multi", false},
         {"regex", ""},
         {"refresh", 1}});
    variables.push_back(variable("test", "Test"));
    variables.push_back(variable("run", "Run"));
    if (endpoint_variable) variables.push_back(variable("endpoint", "Endpoint"));

    return {{"uid", uid},
            {"title", title},
            {"description", description.in(config_.lang)},
            {"tags", {"omniwriter", "load-test"}},
            {"schemaVersion", kSchemaVersion},
            {"editable", true},
            {"graphTooltip", 1},
            {"timezone", "browser"},
            {"refresh", config_.grafana.refresh},
            {"time", {{"from", "now-" + config_.grafana.time_range}, {"to", "now"}}},
            {"templating", {{"list", std::move(variables)}}},
            {"annotations", {{"list", {run_annotations()}}}},
            {"links",
             {{{"type", "dashboards"},
               {"title", "Omni Writer"},
               {"tags", {"omniwriter"}},
               {"asDropdown", false},
               {"includeVars", true},
               {"keepTime", true},
               {"targetBlank", false},
               {"icon", "external link"},
               {"tooltip", ""},
               {"url", ""}}}},
            {"panels", std::move(panels_)}};
  }

 private:
  [[nodiscard]] json source() const { return {{"type", queries_->system()}, {"uid", "${datasource}"}}; }

  void place(json panel, int width, int height) {
    if (x_ + width > kColumns) {
      x_ = 0;
      y_ += row_height_;
      row_height_ = 0;
    }
    panel["id"] = next_id_++;
    panel["gridPos"] = {{"x", x_}, {"y", y_}, {"w", width}, {"h", height}};
    panels_.push_back(std::move(panel));
    x_ += width;
    row_height_ = std::max(row_height_, height);
  }

  [[nodiscard]] json variable(std::string_view name, std::string_view label) const {
    return {{"name", name},
            {"label", label},
            {"type", "query"},
            {"datasource", source()},
            {"definition", ""},
            {"query", queries_->variable(name)},
            {"refresh", 2},
            {"sort", name == "run" ? 2 : 1},  // the newest run first
            {"multi", true},
            {"includeAll", true},
            {"allValue", queries_->system() == "elasticsearch" ? "*" : ".*"},
            {"current", {{"text", {"All"}}, {"value", {"$__all"}}}},
            {"hide", 0},
            {"regex", ""}};
  }

  static json run_annotations() {
    return {{"name", "Runs"},
            {"datasource", {{"type", "grafana"}, {"uid", "-- Grafana --"}}},
            {"enable", true},
            {"iconColor", "blue"},
            {"target", {{"type", "tags"}, {"tags", {"omniwriter"}}, {"matchAny", false}, {"limit", 100}}}};
  }

  const Config& config_;
  std::unique_ptr<Queries> queries_;
  std::string datasource_uid_;
  json panels_ = json::array();
  int next_id_ = 1;
  int x_ = 0;
  int y_ = 0;
  int row_height_ = 0;
};

const AlertRule& rule_for(const Config& config, AlertSignal signal) {
  return *std::ranges::find(config.alerts, signal, &AlertRule::signal);
}

}  // namespace

json datasource(const Config& config, std::string_view system) {
  const MonitoringConfig& systems = config.monitoring;
  json source{{"uid", datasource_uid(config, system)},
              {"name", datasource_name(config, system)},
              {"type", system},
              {"access", "proxy"},
              {"jsonData", json::object()}};
  if (system == "prometheus") {
    source["url"] = systems.prometheus_url;
    source["jsonData"] = {{"httpMethod", "POST"}};
  } else if (system == "influxdb") {
    source["url"] = systems.influxdb_url;
    source["jsonData"] = {
        {"dbName", influxdb_place(systems, influxdb_api(systems, ""))}, {"httpMode", "POST"}, {"version", "InfluxQL"}};
  } else {
    source["url"] = systems.elasticsearch_url;
    source["jsonData"] = {
        {"index", systems.elasticsearch_index + "-*"}, {"timeField", "@timestamp"}, {"maxConcurrentShardRequests", 5}};
  }
  const DatasourceLogin login = datasource_login(config, system);
  source.update(login.members);
  source["jsonData"].update(login.json_data);
  return source;
}

json main_dashboard(const Config& config, std::string_view system) {
  Dashboard dashboard(config, system);
  const Queries& queries = dashboard.queries();
  const std::string time_unit(queries.time_unit());
  const double to_unit = time_unit == "ms" ? 1000 : 1;
  const AlertRule& errors = rule_for(config, AlertSignal::error_ratio);
  const AlertRule& slow = rule_for(config, AlertSignal::response_time_p95);
  const AlertRule& few = rule_for(config, AlertSignal::throughput);
  const AlertRule& busy = rule_for(config, AlertSignal::cpu);
  const std::string error_unit(queries.error_rate_now_unit());
  const Localized never_averaged{
      "Percentis não são médias de percentis: onde um ponto cobre vários intervalos, vale o pior deles.",
      "Percentiles are never averaged: where a point covers several intervals, it shows the worst of them."};
  const Localized live_or_whole{"Enquanto o teste corre, o passado recente; depois dele, o teste inteiro.",
                                "While the test runs, its recent past; after it, the whole of it."};

  const auto stat = [&](const char* title, View view, std::string unit, json thresholds) {
    dashboard.add({.title = title,
                   .type = "stat",
                   .view = view,
                   .width = 6,
                   .height = 4,
                   .description = {},
                   .unit = std::move(unit),
                   .options = stat_options(queries.reducer(view)),
                   .thresholds = std::move(thresholds),
                   .no_value = {"sem dados", "no data"}});
  };
  stat("Requests", View::requests, "short", nullptr);
  stat("Throughput", View::throughput_now, "reqps", steps(few.threshold, true));
  stat("Errors", View::error_rate_now, error_unit,
       steps(error_unit == "percent" ? errors.threshold * 100 : errors.threshold, false));
  stat("p95", View::response_time_now, time_unit, steps(slow.threshold * to_unit, false));

  dashboard.add({.title = "Throughput (req/s)",
                 .type = "timeseries",
                 .view = View::throughput,
                 .width = 12,
                 .height = 9,
                 .description = live_or_whole,
                 .unit = "reqps",
                 .custom = lines(true),
                 .options = legend_table(),
                 .no_value = {"sem dados", "no data"}});
  dashboard.add({.title = "Error Rate (%)",
                 .type = "timeseries",
                 .view = View::error_rate,
                 .width = 12,
                 .height = 9,
                 .description = live_or_whole,
                 .unit = "percent",
                 .custom =
                     [] {
                       json custom = lines(true);
                       custom["thresholdsStyle"] = {{"mode", "line"}};
                       return custom;
                     }(),
                 .options = legend_table(),
                 .thresholds = steps(errors.threshold * 100, false),
                 .no_value = {"sem dados", "no data"}});
  dashboard.add(
      {.title = "Response Time (ms)",
       .type = "heatmap",
       .view = View::response_time,
       .width = 12,
       .height = 9,
       .description = {"Quantas requisições caíram em cada faixa de tempo de resposta.",
                       "How many requests fell into each band of response time."},
       .unit = "",
       .options = {{"calculate", false},
                   {"cellGap", 1},
                   {"color",
                    {{"mode", "scheme"},
                     {"scheme", "Oranges"},
                     {"steps", 64},
                     {"exponent", 0.5},
                     {"fill", "dark-orange"},
                     {"reverse", false},
                     {"scale", "exponential"}}},
                   {"exemplars", {{"color", "rgba(255,0,255,0.7)"}}},
                   {"filterValues", {{"le", 1e-9}}},
                   {"legend", {{"show", true}}},
                   {"rowsFrame", {{"layout", "auto"}}},
                   {"showValue", "never"},
                   {"tooltip", {{"mode", "single"}, {"yHistogram", true}, {"showColorScale", true}}},
                   {"yAxis", {{"axisPlacement", "left"}, {"reverse", false}, {"unit", queries.heatmap_unit()}}}},
       .no_value = {"sem dados", "no data"}});
  dashboard.add({.title = "Response Time (ms): p50, p95, p99",
                 .type = "timeseries",
                 .view = View::quantiles,
                 .width = 12,
                 .height = 9,
                 .description = never_averaged,
                 .unit = time_unit,
                 .custom = lines(),
                 .options = legend_table(),
                 .no_value = {"sem dados", "no data"}});
  dashboard.add({.title = "Active Users",
                 .type = "timeseries",
                 .view = View::active_users,
                 .width = 12,
                 .height = 8,
                 .description = {"Usuários virtuais ao mesmo tempo.", "Virtual users at once."},
                 .unit = "short",
                 .custom = lines(true),
                 .options = legend_table(),
                 .no_value = {"a ferramenta de carga não informou usuários", "the load tool did not tell of users"}});
  dashboard.add({.title = "System Resources",
                 .type = "timeseries",
                 .view = View::system_resources,
                 .width = 12,
                 .height = 8,
                 .description = {"CPU e memória durante o teste, como informadas.",
                                 "CPU and memory during the test, as reported."},
                 .unit = "percent",
                 .custom = lines(),
                 .options = legend_table(),
                 .overrides = {{{"matcher", {{"id", "byRegexp"}, {"options", "/^Memory /"}}},
                                {"properties",
                                 {{{"id", "unit"}, {"value", "decmbytes"}},
                                  {{"id", "custom.axisPlacement"}, {"value", "right"}}}}}},
                 .thresholds = steps(busy.threshold, false),
                 .no_value = {"ninguém informou CPU e memória: update_custom_metrics(cpu_usage=…, memory_usage=…)",
                              "nobody told of CPU and memory: update_custom_metrics(cpu_usage=…, memory_usage=…)"}});
  dashboard.add({.title = "Throughput by endpoint",
                 .type = "timeseries",
                 .view = View::endpoint_throughput,
                 .width = 12,
                 .height = 9,
                 .description = live_or_whole,
                 .unit = "reqps",
                 .custom = lines(),
                 .options = legend_table(),
                 .no_value = {"sem dados", "no data"}});
  dashboard.add({.title = "p95 by endpoint",
                 .type = "timeseries",
                 .view = View::endpoint_quantile,
                 .width = 12,
                 .height = 9,
                 .description = never_averaged,
                 .unit = time_unit,
                 .custom = lines(),
                 .options = legend_table(),
                 .no_value = {"sem dados", "no data"}});
  Panel endpoints{.title = "Endpoints",
                  .type = "table",
                  .view = View::endpoints,
                  .width = kColumns,
                  .height = 9,
                  .description = {},
                  .unit = "",
                  .no_value = {"sem dados", "no data"}};
  lay_out_table(endpoints, queries);
  dashboard.add(std::move(endpoints));
  for (const std::string& panel : config.grafana.extra_panels) dashboard.add_extra(json::parse(panel));

  return std::move(dashboard).finish(kMainDashboard, "Dashboard Principal",
                                     {"Desempenho dos testes de carga, entregue pelo Omni Writer.",
                                      "Performance of load tests, delivered by Omni Writer."},
                                     true);
}

json alerts_dashboard(const Config& config, std::string_view system) {
  Dashboard dashboard(config, system);
  const Queries& queries = dashboard.queries();
  const json mappings = state_mappings(queries.firing());
  Panel active{.title = "Alertas Ativos",
               .type = "table",
               .view = View::active_alerts,
               .width = kColumns,
               .height = 10,
               .description = {"O estado de cada alerta em cada execução; os que disparam vêm primeiro.",
                               "The state of each alert in each run; those that fire come first."},
               .unit = "",
               .no_value = {"nenhuma execução ainda", "no run yet"}};
  lay_out_table(active, queries);
  active.transformations.push_back({{"id", "sortBy"}, {"options", {{"sort", {{{"field", "State"}, {"desc", true}}}}}}});
  active.overrides.push_back(override_of(
      "State", {{"mappings", mappings}, {"custom.cellOptions", {{"type", "color-background"}, {"mode", "basic"}}}}));
  dashboard.add(std::move(active));

  json stepped = lines(true);
  stepped["lineInterpolation"] = "stepAfter";
  json options = legend_table();
  options["legend"]["calcs"] = {"lastNotNull"};
  dashboard.add({.title = "Histórico de Alertas",
                 .type = "timeseries",
                 .view = View::alert_history,
                 .width = kColumns,
                 .height = 10,
                 .description = {"Quando cada alerta mudou de estado.", "When each alert changed its state."},
                 .unit = "",
                 .custom = std::move(stepped),
                 .options = std::move(options),
                 .mappings = mappings,
                 .no_value = {"nenhuma execução ainda", "no run yet"}});
  return std::move(dashboard).finish(kAlertsDashboard, "Dashboard de Alertas",
                                     {"Alertas unificados dos testes de carga.", "The unified alerts of load tests."},
                                     false);
}

}  // namespace omniwriter::grafana
