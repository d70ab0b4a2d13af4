#include "systems/grafana/dashboards.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "systems/data_source.h"
#include "systems/grafana/settings.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

constexpr int kSchemaVersion = 42;
constexpr int kColumns = 24;
constexpr const char* kTablesSee = "90d";  ///< where they are bound to the dashboard's time, and that goes on

/// A panel of a dashboard, before it has its place.
struct Panel {
  Localized title;
  std::string type;
  View view;
  int width;
  int height;
  Localized description = {};
  std::string unit = {};
  json custom = json::object();  ///< fieldConfig.defaults.custom
  json options = json::object();
  json overrides = json::array();
  json thresholds = nullptr;
  json color = nullptr;
  json mappings = json::array();
  json transformations = json::array();
  bool from_zero = false;  ///< the axis
  int most_points = 0;     ///< over time; 0: as many as there is room for
  Localized no_value = {"sem dados neste período", "no data in this period"};
};

Localized same(const char* text) { return {text, text}; }

// What there is none of has no colour.
json steps(double limit, bool below_is_bad) {
  return {{"mode", "absolute"},
          {"steps",
           {{{"color", "text"}, {"value", nullptr}},
            {{"color", below_is_bad ? "red" : "green"}, {"value", 0}},
            {{"color", below_is_bad ? "green" : "red"}, {"value", limit}}}}};
}
json neutral() { return {{"mode", "fixed"}, {"fixedColor", "text"}}; }

json legend_table() {
  return {
      {"legend", {{"displayMode", "table"}, {"placement", "bottom"}, {"showLegend", true}, {"calcs", {"mean", "max"}}}},
      {"tooltip", {{"mode", "multi"}, {"sort", "desc"}}}};
}

json stat_options() {
  return {{"reduceOptions", {{"calcs", {"lastNotNull"}}, {"fields", ""}, {"values", false}}},
          {"colorMode", "value"},
          {"graphMode", "none"},
          {"textMode", "auto"},
          {"justifyMode", "auto"},
          {"orientation", "auto"}};
}

using Properties = std::vector<std::pair<std::string, json>>;

json override_of(const char* matcher, const std::string& name, const Properties& properties) {
  json list = json::array();
  for (const auto& [id, value] : properties) list.push_back({{"id", id}, {"value", value}});
  return {{"matcher", {{"id", matcher}, {"options", name}}}, {"properties", std::move(list)}};
}

/// What a series that a query names stands for. It is found by the end of its name.
struct SeriesName {
  const char* end;
  Localized shown;
};
const std::vector<SeriesName>& series_names() {
  static const std::vector<SeriesName> kNames{{"users", {"Usuários", "Users"}},
                                              {"throughput(_rps)?", same("Throughput (req/s)")},
                                              {"p50", same("p50")},
                                              {"p95", same("p95")},
                                              {"p99", same("p99")},
                                              {"mean", {"Média", "Mean"}},
                                              {"errors", {"Erros", "Errors"}},
                                              {"received", {"Recebidos", "Received"}},
                                              {"sent", {"Enviados", "Sent"}},
                                              {"cpu(_percent)?", same("CPU")},
                                              {"memory(_mb)?", {"Memória", "Memory"}},
                                              {"total", same("Total")}};
  return kNames;
}
std::string series_pattern(const char* end) { return fmt::format("/(^|[ ._]){}$/", end); }

/// A column of a table.
struct TableColumn {
  std::string_view meaning;  ///< as View has it
  Localized shown;
  const char* unit;
};
const TableColumn& column_of(std::string_view meaning) {
  static const std::array kNamed{
      TableColumn{"run", {"Execução", "Run"}, ""},
      TableColumn{"from", {"Início", "Start"}, "dateTimeAsLocal"},
      TableColumn{"to", {"Fim da vista", "End of view"}, "none"},
      TableColumn{"duration", {"Duração", "Duration"}, "s"},
      TableColumn{"endpoint", same("Endpoint"), ""},
      TableColumn{"requests", {"Requisições", "Requests"}, "locale"},
      TableColumn{"throughput", same("Throughput"), "reqps"},
      TableColumn{"errors", {"Erros", "Errors"}, "percentunit"},
      TableColumn{"mean", {"Média", "Mean"}, "s"},
      TableColumn{"p50", same("p50"), "s"},
      TableColumn{"p90", same("p90"), "s"},
      TableColumn{"p95", same("p95"), "s"},
      TableColumn{"p99", same("p99"), "s"},
      TableColumn{"max", {"Máximo", "Max"}, "s"},
      TableColumn{"received", {"Recebidos", "Received"}, "bytes"},
      TableColumn{"share", {"Parte do tempo", "Share of time"}, "percentunit"},
      TableColumn{"alertname", {"Alerta", "Alert"}, ""},
      TableColumn{"severity", {"Severidade", "Severity"}, ""},
      TableColumn{"state", {"Estado", "State"}, ""},
      TableColumn{"value", {"Valor", "Value"}, ""},
      TableColumn{"unit", {"Unidade", "Unit"}, ""},
      TableColumn{"threshold", {"Limite", "Threshold"}, ""},
      TableColumn{"blocked", {"Bloqueio", "Blocked"}, "s"},
      TableColumn{"dns", same("DNS"), "s"},
      TableColumn{"connect", {"Conexão", "Connect"}, "s"},
      TableColumn{"tls", same("TLS"), "s"},
      TableColumn{"sending", {"Envio", "Sending"}, "s"},
      TableColumn{"waiting", {"Espera", "Waiting"}, "s"},
      TableColumn{"receiving", {"Recebimento", "Receiving"}, "s"},
      TableColumn{"check", same("Check"), ""},
      TableColumn{"passed", {"Aprovados", "Passed"}, "locale"},
      TableColumn{"failed", {"Reprovados", "Failed"}, "locale"},
      TableColumn{"share_passed", {"Taxa", "Rate"}, "percentunit"},
      TableColumn{"error_type", {"Tipo de erro", "Error type"}, ""},
      TableColumn{"message", {"Mensagem", "Message"}, ""},
      TableColumn{"count", {"Ocorrências", "Count"}, "locale"},
  };
  return *std::ranges::find(kNamed, meaning, &TableColumn::meaning);
}

json transformation(const char* id, json options) { return {{"id", id}, {"options", std::move(options)}}; }

json sort_by(const std::string& field, bool descending) {
  return transformation("sortBy", {{"sort", {{{"field", field}, {"desc", descending}}}}});
}

/// Makes one table with named columns of what the queries of a table view give, and nothing else. `overrides` gets
/// their units.
json table_of(const Queries& queries, View view, Language language, json& overrides) {
  json include = json::object();
  json rename = json::object();
  json order = json::object();
  int index = 0;
  for (const auto& [name, meaning] : queries.columns(view)) {
    const TableColumn& column = column_of(meaning);
    include[name] = true;
    order[name] = index++;
    rename[name] = column.shown.in(language);
    if (*column.unit != 0)
      overrides.push_back(override_of("byName", column.shown.in(language), {{"unit", column.unit}}));
  }
  json steps = queries.transformations(view);
  steps.push_back(transformation("organize", {{"includeByName", std::move(include)},
                                              {"excludeByName", json::object()},
                                              {"renameByName", std::move(rename)},
                                              {"indexByName", std::move(order)}}));
  return steps;
}

// Each run beside the one before it. Grafana knows no row before another, but the mean of two: a difference is twice
// that between a value and this.
void add_difference(json& steps, json& overrides, const std::string& of, const std::string& name,
                    const std::string& sorted_by) {
  const auto minus = [](const std::string& left, const char* operation, const std::string& right,
                        const std::string& alias) {
    return transformation("calculateField", {{"mode", "binary"},
                                             {"binary", {{"left", left}, {"operator", operation}, {"right", right}}},
                                             {"alias", alias}});
  };
  steps.push_back(sort_by(sorted_by, false));
  steps.push_back(transformation("calculateField", {{"mode", "windowFunctions"},
                                                    {"window",
                                                     {{"field", of},
                                                      {"reducer", "mean"},
                                                      {"windowAlignment", "trailing"},
                                                      {"windowSizeMode", "fixed"},
                                                      {"windowSize", 2}}},
                                                    {"alias", "mean of two"}}));
  steps.push_back(minus(of, "-", "mean of two", "half of it"));
  steps.push_back(minus("half of it", "*", "2", name));
  steps.push_back(transformation("organize", {{"excludeByName", {{"mean of two", true}, {"half of it", true}}},
                                              {"indexByName", json::object()},
                                              {"renameByName", json::object()}}));
  steps.push_back(sort_by(sorted_by, true));
  overrides.push_back(override_of("byName", name, {{"unit", "s"}}));
}

json state_mappings(Language language) {
  const bool pt = language == Language::pt_br;
  return {{{"type", "value"},
           {"options",
            {{"0", {{"text", "ok"}, {"color", "green"}, {"index", 0}}},
             {"1", {{"text", pt ? "pendente" : "pending"}, {"color", "orange"}, {"index", 1}}},
             {"2", {{"text", pt ? "disparado" : "firing"}, {"color", "red"}, {"index", 2}}}}}}};
}

class Dashboard {
 public:
  Dashboard(const Config& config, std::string_view system)
      : config_(config),
        system_(*find_system(system)),
        queries_(system_.data_source->queries(config)),
        datasource_uid_(datasource_uid(config, system)) {}

  [[nodiscard]] const Queries& queries() const { return *queries_; }

  /// Places it behind the others, from left to right. One that the user hides leaves no gap.
  void add(Panel panel) {
    const auto hidden = [&](const std::string& title) {
      return std::ranges::find(config_.of<GrafanaSettings>().hidden_panels, title) !=
             config_.of<GrafanaSettings>().hidden_panels.end();
    };
    if (hidden(panel.title.pt_br) || hidden(panel.title.en)) return;
    json defaults{{"unit", panel.unit},
                  {"custom", std::move(panel.custom)},
                  {"mappings", std::move(panel.mappings)},
                  {"noValue", panel.no_value.in(config_.lang)}};
    if (!panel.thresholds.is_null()) defaults["thresholds"] = std::move(panel.thresholds);
    if (!panel.color.is_null()) defaults["color"] = std::move(panel.color);
    if (panel.from_zero) defaults["min"] = 0;
    if (const auto label = queries_->named_by(panel.view); !label.empty()) {
      defaults["displayName"] = fmt::format("${{__field.labels.{}}}", label);
    }
    std::vector<json> targets = queries_->targets(panel.view);
    for (json& target : targets) {
      if (!target.contains("datasource")) target["datasource"] = source();
    }
    json result{{"title", panel.title.in(config_.lang)},
                {"type", panel.type},
                {"description", panel.description.in(config_.lang)},
                {"datasource", source()},
                {"targets", std::move(targets)},
                {"fieldConfig", {{"defaults", std::move(defaults)}, {"overrides", std::move(panel.overrides)}}},
                {"options", std::move(panel.options)}};
    if (!panel.transformations.empty()) result["transformations"] = std::move(panel.transformations);
    if (panel.most_points > 0) result["maxDataPoints"] = panel.most_points;
    if (!is_over_time(panel.type) && queries_->bound_to_time()) {
      result["timeFrom"] = kTablesSee;
      result["hideTimeOverride"] = true;
    }
    place(std::move(result), panel.width, panel.height);
  }

  /// A number.
  void add_stat(View view, const Localized& title, const char* unit, json thresholds, const Localized& description) {
    Panel panel{.title = title, .type = "stat", .view = view, .width = 3, .height = 4, .description = description};
    panel.unit = unit;
    panel.options = stat_options();
    panel.color = thresholds.is_null() ? neutral() : json{{"mode", "thresholds"}};
    panel.thresholds = std::move(thresholds);
    panel.overrides = name_series();
    panel.no_value = {"sem dados", "no data"};
    add(std::move(panel));
  }

  /// Lines over time.
  [[nodiscard]] Panel lines(View view, const Localized& title, const char* unit, const Localized& description) const {
    Panel panel{
        .title = title, .type = "timeseries", .view = view, .width = 12, .height = 9, .description = description};
    panel.unit = unit;
    panel.custom = {{"drawStyle", "line"},  {"lineWidth", 2}, {"fillOpacity", 0},
                    {"showPoints", "auto"}, {"pointSize", 4}, {"spanNulls", false}};
    if (queries_->longest_gap_ms() > 0) panel.custom["insertNulls"] = queries_->longest_gap_ms();
    panel.options = legend_table();
    panel.overrides = name_series();
    panel.from_zero = true;
    return panel;
  }

  /// A table, sorted.
  [[nodiscard]] Panel table(View view, const Localized& title, const Localized& description) const {
    Panel panel{
        .title = title, .type = "table", .view = view, .width = kColumns, .height = 9, .description = description};
    panel.options = {{"showHeader", true}, {"cellHeight", "sm"}};
    panel.transformations = table_of(*queries_, view, config_.lang, panel.overrides);
    return panel;
  }

  /// The first few rows of a table as bars.
  void add_ranking(View view, const char* by, const Localized& title, const char* unit, const Localized& description,
                   const Localized& no_value) {
    Panel panel = table(view, title, description);
    panel.type = "bargauge";
    panel.width = kColumns / 2;
    panel.unit = unit;
    panel.overrides = json::array();
    panel.transformations.push_back(sort_by(shown(by), true));
    panel.transformations.push_back(transformation("limit", {{"limitField", "10"}}));
    panel.options = {{"displayMode", "basic"},
                     {"orientation", "horizontal"},
                     {"reduceOptions", {{"calcs", json::array()}, {"fields", ""}, {"values", true}}},
                     {"namePlacement", "left"},
                     {"valueMode", "text"},
                     {"showUnfilled", false}};
    panel.color = {{"mode", "fixed"}, {"fixedColor", "blue"}};
    panel.from_zero = true;
    panel.no_value = no_value;
    add(std::move(panel));
  }

  /// What is added until end_row() is in a row of that title, which is shown by a click.
  void begin_row(const Localized& title) {
    next_line();
    y_ = std::max(y_, lowest_);
    row_ = {{"title", title.in(config_.lang)}, {"type", "row"}, {"collapsed", true}, {"panels", json::array()}};
    row_["id"] = next_id_++;
    row_["gridPos"] = {{"x", 0}, {"y", y_++}, {"w", kColumns}, {"h", 1}};
  }
  /// One whose panels are all hidden is none.
  void end_row() {
    x_ = 0;
    row_height_ = 0;
    y_ = row_["gridPos"]["y"].get<int>();
    if (!row_["panels"].empty()) {
      panels_.push_back(std::move(row_));
      ++y_;
    }
    row_ = nullptr;
  }

  /// What Grafana itself says of the rules that it evaluates.
  void add_alert_list() {
    place({{"title", Localized{"Regras que o Grafana avalia", "Rules that Grafana evaluates"}.in(config_.lang)},
           {"type", "alertlist"},
           {"description",
            Localized{"Só as que disparam ou estão pendentes agora.", "Those that fire or are pending now."}.in(
                config_.lang)},
           {"options",
            {{"viewMode", "list"},
             {"groupMode", "default"},
             {"maxItems", 20},
             {"sortOrder", 3},
             {"dashboardAlerts", false},
             {"folder", {{"uid", kFolder}, {"title", config_.of<GrafanaSettings>().folder}}},
             {"alertInstanceLabelFilter", "{testid=\"$run\"}"},
             {"stateFilter",
              {{"firing", true},
               {"pending", true},
               {"recovering", true},
               {"noData", false},
               {"normal", false},
               {"error", true}}}}}},
          kColumns, 5);
  }

  /// Overrides that give series their names.
  [[nodiscard]] json name_series() const {
    json overrides = json::array();
    for (const auto& [end, shown] : series_names()) {
      overrides.push_back(override_of("byRegexp", series_pattern(end), {{"displayName", shown.in(config_.lang)}}));
    }
    return overrides;
  }

  /// The name of a column.
  [[nodiscard]] const std::string& shown(std::string_view meaning) const {
    return column_of(meaning).shown.in(config_.lang);
  }
  [[nodiscard]] Language language() const { return config_.lang; }

  /// A panel of the user's own, as it is but for what it leaves open.
  void add_extra(json panel) {
    constexpr int kWidth = 12;
    constexpr int kHeight = 8;
    if (!panel.contains("datasource")) panel["datasource"] = source();
    if (panel.contains("gridPos")) {
      panel["id"] = next_id_++;
      // Rows come behind, for what is below one belongs to it.
      if (panel["gridPos"].is_object()) {
        lowest_ = std::max(lowest_, panel["gridPos"].value("y", 0) + panel["gridPos"].value("h", 0));
      }
      panels_.push_back(std::move(panel));
    } else {
      place(std::move(panel), kWidth, kHeight);
    }
  }

  [[nodiscard]] json finish(std::string_view uid, std::string_view title, const Localized& description,
                            bool endpoint_variable) && {
    json variables = json::array();
    variables.push_back({{"name", "datasource"},
                         {"label", Localized{"Fonte de dados", "Data source"}.in(config_.lang)},
                         {"type", "datasource"},
                         {"query", system_.name},
                         {"current", {{"text", datasource_name(config_, system_)}, {"value", datasource_uid_}}},
                         {"hide", 0},
                         {"includeAll", false},
                         {"multi", false},
                         {"regex", ""},
                         {"refresh", 1}});
    variables.push_back(variable("test", {"Teste", "Test"}));
    variables.push_back(variable("run", {"Execução", "Run"}));
    if (endpoint_variable) {
      json endpoint = variable("endpoint", same("Endpoint"));
      endpoint.update({{"multi", true},
                       {"includeAll", true},
                       {"allValue", queries_->all_endpoints()},
                       {"current", {{"text", {"All"}}, {"value", {"$__all"}}}}});
      variables.push_back(std::move(endpoint));
      variables.push_back(variable("dimension", {"Comparar por", "Compare by"}));
    }

    return {{"uid", uid},
            {"title", title},
            {"description", description.in(config_.lang)},
            {"tags", {"omniwriter", "load-test"}},
            {"schemaVersion", kSchemaVersion},
            {"editable", true},
            {"graphTooltip", 1},
            {"timezone", "browser"},
            {"refresh", config_.of<GrafanaSettings>().refresh},
            {"time", {{"from", "now-" + config_.of<GrafanaSettings>().time_range}, {"to", "now"}}},
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
  [[nodiscard]] json source() const { return {{"type", system_.name}, {"uid", "${datasource}"}}; }

  void place(json panel, int width, int height) {
    if (x_ + width > kColumns) next_line();
    panel["id"] = next_id_++;
    panel["gridPos"] = {{"x", x_}, {"y", y_}, {"w", width}, {"h", height}};
    (row_.is_null() ? panels_ : row_["panels"]).push_back(std::move(panel));
    x_ += width;
    row_height_ = std::max(row_height_, height);
  }

  void next_line() {
    x_ = 0;
    y_ += row_height_;
    row_height_ = 0;
  }

  static bool is_over_time(std::string_view type) {
    return type == "timeseries" || type == "heatmap" || type == "state-timeline";
  }

  // One value; the order is that of the query.
  [[nodiscard]] json variable(std::string_view name, const Localized& label) const {
    json definition{{"name", name},
                    {"label", label.in(config_.lang)},
                    {"type", "query"},
                    {"datasource", source()},
                    {"definition", ""},
                    {"refresh", 2},
                    {"sort", 0},
                    {"multi", false},
                    {"includeAll", false},
                    {"current", {{"text", ""}, {"value", ""}}},
                    {"hide", 0}};
    definition.update(queries_->variable(name));
    return definition;
  }

  [[nodiscard]] json run_annotations() const {
    return {{"name", Localized{"Execução", "Run"}.in(config_.lang)},
            {"datasource", {{"type", "grafana"}, {"uid", "-- Grafana --"}}},
            {"enable", true},
            {"iconColor", "blue"},
            {"target", {{"type", "tags"}, {"tags", {"omniwriter", "run:$run"}}, {"matchAny", false}, {"limit", 100}}}};
  }

  const Config& config_;
  const System& system_;
  std::unique_ptr<Queries> queries_;
  std::string datasource_uid_;
  json panels_ = json::array();
  json row_ = nullptr;  // that panels are put into
  int next_id_ = 1;
  int x_ = 0;
  int y_ = 0;
  int row_height_ = 0;
  int lowest_ = 0;  // where what users placed themselves ends
};

const AlertRule& rule_for(const Config& config, AlertSignal signal) {
  return *std::ranges::find(config.alerts, signal, &AlertRule::signal);
}

const Localized while_it_runs{"Durante o teste.", "While the test runs."};

// What runs know of themselves whose load tool tells more than requests.
void add_details(Dashboard& dashboard) {
  const Localized no_phases{"a ferramenta de carga não informou fases", "the load tool did not tell of phases"};
  dashboard.begin_row({"Fases das requisições", "Phases of requests"});
  Panel phases = dashboard.lines(
      View::phases, {"Média por fase", "Mean by phase"}, "s",
      {"Onde o tempo das requisições é gasto. Espera: do envio ao primeiro byte da resposta. Bloqueio: à espera de uma "
       "conexão.",
       "Where the time of requests goes. Waiting: from sending to the first byte of the response. Blocked: waiting for "
       "a "
       "connection."});
  phases.width = kColumns;
  phases.custom["fillOpacity"] = 70;
  phases.custom["stacking"] = {{"mode", "normal"}, {"group", "A"}};
  phases.overrides = json::array();
  for (const SampleKind phase : kPhases) {
    const std::string name(name_of(phase));
    phases.overrides.push_back(
        override_of("byRegexp", series_pattern(name.c_str()), {{"displayName", dashboard.shown(name)}}));
  }
  phases.no_value = no_phases;
  dashboard.add(std::move(phases));
  Panel by_endpoint =
      dashboard.table(View::endpoint_phases, {"Fases por endpoint", "Phases by endpoint"},
                      {"A média de cada fase na execução até agora.", "The mean of each phase in the run so far."});
  by_endpoint.no_value = no_phases;
  dashboard.add(std::move(by_endpoint));
  dashboard.end_row();

  const Localized no_dimensions{"a execução não foi lida com --by", "the run was not read with --by"};
  dashboard.begin_row({"Requisições por $dimension", "Requests by $dimension"});
  Panel means = dashboard.lines(View::dimension, {"Média por $dimension", "Mean by $dimension"}, "s", while_it_runs);
  means.overrides = json::array();
  means.no_value = no_dimensions;
  dashboard.add(std::move(means));
  Panel values = dashboard.table(View::dimension_values, {"Valores de $dimension", "Values of $dimension"},
                                 {"Da execução até agora.", "Of the run so far."});
  values.width = kColumns / 2;
  values.no_value = no_dimensions;
  dashboard.add(std::move(values));
  dashboard.end_row();

  const Localized no_checks{"o teste não tem checks", "the test has no checks"};
  dashboard.begin_row(same("Checks"));
  Panel checks = dashboard.lines(View::checks, {"Checks aprovados", "Checks passed"}, "percentunit",
                                 {"Que parte de cada um foi aprovada.", "What part of each passed."});
  checks.overrides = json::array();
  checks.no_value = no_checks;
  dashboard.add(std::move(checks));
  Panel results = dashboard.table(View::check_results, {"Resultados dos checks", "Results of checks"},
                                  {"Da execução até agora, o pior primeiro.", "Of the run so far, the worst first."});
  results.width = kColumns / 2;
  results.transformations.push_back(sort_by(dashboard.shown("share_passed"), false));
  results.no_value = no_checks;
  dashboard.add(std::move(results));
  dashboard.end_row();

  dashboard.begin_row({"Mensagens de erro", "Error messages"});
  Panel messages =
      dashboard.table(View::error_messages, {"O que a ferramenta disse dos erros", "What the tool said of errors"},
                      {"As mais frequentes da execução; números e ids são #.",
                       "The most frequent ones of the run; numbers and ids are #."});
  messages.transformations.push_back(sort_by(dashboard.shown("count"), true));
  messages.no_value = {"a ferramenta de carga não disse nada de erros", "the load tool said nothing of errors"};
  dashboard.add(std::move(messages));
  dashboard.end_row();
}

}  // namespace

json datasource(const Config& config, const System& system) {
  json source = system.data_source->members(config);
  source["uid"] = datasource_uid(config, system.name);
  source["name"] = datasource_name(config, system);
  source["type"] = system.name;
  source["access"] = "proxy";
  const DatasourceLogin login = system.data_source->login(config);
  source.update(login.members);
  source["jsonData"].update(login.json_data);
  return source;
}

json main_dashboard(const Config& config, std::string_view system) {
  Dashboard dashboard(config, system);
  const Queries& queries = dashboard.queries();
  const AlertRule& errors = rule_for(config, AlertSignal::error_ratio);
  const AlertRule& slow = rule_for(config, AlertSignal::response_time_p95);
  const AlertRule& few = rule_for(config, AlertSignal::throughput);
  const AlertRule& busy = rule_for(config, AlertSignal::cpu);
  const Localized of_run{"Da execução até agora, ou dos endpoints escolhidos: de vários, o pior tempo.",
                         "Of the run so far, or of the endpoints that are chosen: of several, the worst time."};

  dashboard.add_stat(View::requests, {"Requisições", "Requests"}, "locale", nullptr, of_run);
  dashboard.add_stat(View::mean_throughput, same("Throughput"), "reqps", steps(few.threshold, true), of_run);
  dashboard.add_stat(View::error_ratio, {"Erros", "Errors"}, "percentunit", steps(errors.threshold, false), of_run);
  dashboard.add_stat(View::mean, {"Média", "Mean"}, "s", nullptr, of_run);
  dashboard.add_stat(View::p95, same("p95"), "s", steps(slow.threshold, false), of_run);
  dashboard.add_stat(View::p99, same("p99"), "s", nullptr, of_run);
  {
    Panel bytes{.title = {"Dados", "Data"}, .type = "stat", .view = View::bytes, .width = 6, .height = 4};
    bytes.description = {"Bytes da execução inteira até agora.", "Bytes of the whole run so far."};
    bytes.unit = "bytes";
    bytes.options = stat_options();
    bytes.color = neutral();
    bytes.overrides = dashboard.name_series();
    bytes.no_value = {"sem dados", "no data"};
    dashboard.add(std::move(bytes));
  }

  Panel runs = dashboard.table(View::runs, {"Execuções do teste", "Runs of the test"},
                               {"A mais nova primeiro. Um clique na execução a mostra em seu período. Δ p95: contra a "
                                "execução anterior.",
                                "The newest first. Click a run to show its period. Δ p95: against the run before."});
  runs.height = 7;
  add_difference(runs.transformations, runs.overrides, "p95", "Δ p95", dashboard.shown("from"));
  runs.overrides.push_back(override_of("byName", dashboard.shown("to"),
                                       {{"custom.hideFrom", {{"viz", true}, {"legend", false}, {"tooltip", false}}}}));
  const auto moment = [&](const char* column) {
    return fmt::format("${{__data.fields[\"{}\"].numeric}}", dashboard.shown(column));
  };
  runs.overrides.push_back(override_of(
      "byName", dashboard.shown("run"),
      {{"links",
        {{{"title", Localized{"Mostrar esta execução", "Show this run"}.in(config.lang)},
          {"url",
           fmt::format("/d/{}?${{datasource:queryparam}}&${{test:queryparam}}&var-run=${{__value.raw:percentencode}}"
                       "&var-endpoint=%24__all&from={}&to={}",
                       kMainDashboard, moment("from"), moment("to"))}}}}}));
  dashboard.add(std::move(runs));

  Panel throughput = dashboard.lines(View::throughput, same("Throughput (req/s)"), "reqps", while_it_runs);
  throughput.custom["fillOpacity"] = 15;
  dashboard.add(std::move(throughput));
  Panel error_rate = dashboard.lines(View::error_rate, same("Error Rate (%)"), "percentunit", while_it_runs);
  error_rate.custom["fillOpacity"] = 15;
  error_rate.custom["thresholdsStyle"] = {{"mode", "line"}};
  error_rate.thresholds = steps(errors.threshold, false);
  dashboard.add(std::move(error_rate));

  dashboard.add(
      {.title = same("Response Time (ms)"),
       .type = "heatmap",
       .view = View::response_time,
       .width = 12,
       .height = 9,
       .description = {"Quantas requisições caíram em cada faixa de tempo de resposta.",
                       "How many requests fell into each band of response time."},
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
                   {"yAxis", {{"axisPlacement", "left"}, {"reverse", false}, {"unit", queries.heatmap_unit()}}}}});
  dashboard.add(
      dashboard.lines(View::quantiles, same("Response Time (ms): p50, p95, p99"), "s", queries.about_quantiles()));

  Panel load =
      dashboard.lines(View::load, {"Usuários, throughput e p95", "Users, throughput and p95"}, "short",
                      {"Quanto o sistema aguenta: usuários e requisições por segundo à esquerda, p95 à direita.",
                       "How much the system can take: users and requests a second on the left, p95 on the right."});
  load.overrides.push_back(
      override_of("byRegexp", series_pattern("p95"), {{"unit", "s"}, {"custom.axisPlacement", "right"}}));
  dashboard.add(std::move(load));
  Panel users = dashboard.lines(View::active_users, same("Active Users"), "short",
                                {"Usuários virtuais ao mesmo tempo.", "Virtual users at once."});
  users.custom["fillOpacity"] = 15;
  users.no_value = {"sem dados neste período, ou a ferramenta de carga não informou usuários",
                    "no data in this period, or the load tool did not tell of users"};
  dashboard.add(std::move(users));

  const bool by_second = queries.counts_by_second();
  const Localized counted =
      by_second ? Localized{"Por segundo.", "Per second."} : Localized{"Em cada intervalo.", "In each interval."};
  const auto add_stack = [&](View view, const Localized& title, const Localized& no_value) {
    Panel panel = dashboard.lines(view, title, by_second ? "cps" : "locale", counted);
    panel.custom["drawStyle"] = "bars";
    panel.custom["lineWidth"] = 0;
    panel.custom["fillOpacity"] = 70;
    panel.custom["stacking"] = {{"mode", "normal"}, {"group", "A"}};
    panel.no_value = no_value;
    dashboard.add(std::move(panel));
  };
  add_stack(View::errors_by_type, {"Erros por tipo", "Errors by type"},
            {"nenhum erro neste período", "no error in this period"});
  add_stack(View::requests_by_status, {"Requisições por status", "Requests by status"},
            {"sem dados neste período", "no data in this period"});

  Panel resources = dashboard.lines(View::system_resources, same("System Resources"), "percent",
                                    {"CPU e memória durante o teste: do gerador de carga, ou como informadas.",
                                     "CPU and memory during the test: of the load generator, or as reported."});
  resources.overrides.push_back(override_of("byRegexp", series_pattern("memory(_mb)?"),
                                            {{"unit", "decmbytes"}, {"custom.axisPlacement", "right"}}));
  resources.thresholds = steps(busy.threshold, false);
  resources.no_value = {
      "ninguém mediu CPU e memória neste período: omniwriter run as mede, update_custom_metrics as informa",
      "nobody measured CPU and memory in this period: omniwriter run does, update_custom_metrics tells of them"};
  dashboard.add(std::move(resources));
  const bool bytes_by_second = queries.bytes_by_second();
  dashboard.add(dashboard.lines(
      View::bytes_over_time, {"Bytes recebidos e enviados", "Bytes received and sent"},
      bytes_by_second ? "Bps" : "bytes",
      bytes_by_second ? Localized{"Por segundo, da execução inteira.", "Per second, of the whole run."}
                      : Localized{"Em cada intervalo, da execução inteira.", "In each interval, of the whole run."}));

  dashboard.add(dashboard.lines(View::endpoint_throughput, {"Throughput por endpoint", "Throughput by endpoint"},
                                "reqps", while_it_runs));
  dashboard.add(dashboard.lines(View::endpoint_quantile, {"p95 por endpoint", "p95 by endpoint"}, "s",
                                queries.about_endpoint_quantiles()));
  dashboard.add_ranking(View::slowest, "p95", {"Endpoints mais lentos (p95)", "Slowest endpoints (p95)"}, "s",
                        {"Os dez com o maior p95 da execução.", "The ten with the highest p95 of the run."},
                        {"sem dados", "no data"});
  dashboard.add_ranking(
      View::most_failing, "errors", {"Endpoints com mais falhas (taxa de erro)", "Most failing endpoints (error rate)"},
      "percentunit", {"Os dez com a maior parte de erros.", "The ten with the highest share of errors."},
      {"nenhum erro", "no error"});
  Panel endpoints = dashboard.table(View::endpoints, same("Endpoints"),
                                    {"Da execução até agora, pela parte do tempo que custam.",
                                     "Of the run so far, by the share of time that they take."});
  endpoints.transformations.push_back(sort_by(dashboard.shown("share"), true));
  endpoints.no_value = {"sem dados", "no data"};
  dashboard.add(std::move(endpoints));
  for (const std::string& panel : config.of<GrafanaSettings>().extra_panels) dashboard.add_extra(json::parse(panel));
  add_details(dashboard);

  return std::move(dashboard).finish(kMainDashboard, "Dashboard Principal",
                                     {"Desempenho de uma execução de um teste de carga, entregue pelo Omni Writer.",
                                      "Performance of one run of a load test, delivered by Omni Writer."},
                                     true);
}

json alerts_dashboard(const Config& config, std::string_view system) {
  Dashboard dashboard(config, system);
  const json mappings = state_mappings(config.lang);
  Panel active = dashboard.table(View::active_alerts, same("Alertas Ativos"),
                                 {"O último estado de cada alerta na execução; os que disparam vêm primeiro.",
                                  "The last state of each alert in the run; those that fire come first."});
  active.transformations.push_back(sort_by(dashboard.shown("state"), true));
  active.overrides.push_back(
      override_of("byName", dashboard.shown("state"),
                  {{"mappings", mappings}, {"custom.cellOptions", {{"type", "color-background"}, {"mode", "basic"}}}}));
  dashboard.add(std::move(active));
  if (evaluates_rules(config)) dashboard.add_alert_list();

  Panel history{.title = same("Histórico de Alertas"),
                .type = "state-timeline",
                .view = View::alert_history,
                .width = kColumns,
                .height = 10,
                .description = {"Quando cada alerta mudou de estado. Pendente: a condição vale, mas ainda não há tempo "
                                "bastante.",
                                "When each alert changed its state. Pending: the condition holds, but not for long "
                                "enough yet."}};
  history.custom = {{"fillOpacity", 80}, {"lineWidth", 0}};
  if (dashboard.queries().longest_gap_ms() > 0) history.custom["insertNulls"] = dashboard.queries().longest_gap_ms();
  history.options = {{"mergeValues", true},
                     {"showValue", "auto"},
                     {"alignValue", "left"},
                     {"rowHeight", 0.9},
                     {"legend", {{"displayMode", "list"}, {"placement", "bottom"}, {"showLegend", true}}},
                     {"tooltip", {{"mode", "single"}, {"sort", "none"}}}};
  history.mappings = mappings;
  history.color = {{"mode", "thresholds"}};
  history.thresholds = {{"mode", "absolute"}, {"steps", {{{"color", "text"}, {"value", nullptr}}}}};
  history.most_points = 240;
  dashboard.add(std::move(history));
  return std::move(dashboard).finish(kAlertsDashboard, "Dashboard de Alertas",
                                     {"Alertas unificados dos testes de carga.", "The unified alerts of load tests."},
                                     false);
}

}  // namespace omniwriter::grafana
