#include "systems/grafana/normal_form.h"

#include <map>
#include <string>

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

bool same(const json& a, const json& b) {
  return a.is_number() && b.is_number() ? a.get<double>() == b.get<double>() : a == b;
}

/// Takes the members away that are as in `defaults`, which nests as `value` does.
void strip(json& value, const json& defaults) {
  if (!value.is_object()) return;
  for (const auto& [name, fallback] : defaults.items()) {
    const auto found = value.find(name);
    if (found == value.end()) continue;
    if (fallback.is_object() && found->is_object()) {
      strip(*found, fallback);
    } else if (same(*found, fallback)) {
      value.erase(found);
    }
  }
}

template <typename Change>
void each(json& from, const char* list, const Change& change) {
  const auto found = from.is_object() ? from.find(list) : from.end();
  if (found == from.end() || !found->is_array()) return;
  for (json& entry : *found) change(entry);
}

void erase(json& from, std::initializer_list<const char*> names) {
  if (!from.is_object()) return;
  for (const char* name : names) from.erase(name);
}

// Whatever is false, 0, "" or empty by default needs no mention: it counts nowhere (see fingerprint()).
const json& defaults_of(const std::string& type) {
  static const json kLegend{{"displayMode", "list"}, {"placement", "bottom"}, {"showLegend", true}};
  static const json kTooltip{{"mode", "single"}, {"sort", "none"}};
  static const json kLinear{{"type", "linear"}};
  static const json kAxis{{"axisColorMode", "text"}, {"axisPlacement", "auto"}, {"scaleDistribution", kLinear}};
  static const json kByThreshold{{"defaults", {{"color", {{"mode", "thresholds"}}}}}};
  static const json kReduce{{"calcs", {"lastNotNull"}}};
  static const std::map<std::string, json> kAll{
      {"timeseries",
       {{"fieldConfig",
         {{"defaults",
           {{"color", {{"mode", "palette-classic"}}},
            {"custom",
             {{"axisColorMode", "text"},
              {"axisPlacement", "auto"},
              {"barWidthFactor", 0.6},
              {"drawStyle", "line"},
              {"gradientMode", "none"},
              {"lineInterpolation", "linear"},
              {"lineWidth", 1},
              {"pointSize", 5},
              {"scaleDistribution", kLinear},
              {"showPoints", "auto"},
              {"stacking", {{"group", "A"}, {"mode", "none"}}},
              {"thresholdsStyle", {{"mode", "off"}}}}}}}}},
        {"options", {{"legend", kLegend}, {"tooltip", kTooltip}}}}},
      {"barchart",
       {{"fieldConfig",
         {{"defaults",
           {{"color", {{"mode", "palette-classic"}}},
            {"custom",
             {{"axisColorMode", "text"},
              {"axisPlacement", "auto"},
              {"fillOpacity", 80},
              {"gradientMode", "none"},
              {"lineWidth", 1},
              {"scaleDistribution", kLinear},
              {"thresholdsStyle", {{"mode", "off"}}}}}}}}},
        {"options",
         {{"barWidth", 0.97},
          {"groupWidth", 0.7},
          {"legend", kLegend},
          {"orientation", "auto"},
          {"showValue", "auto"},
          {"stacking", "none"},
          {"tooltip", kTooltip}}}}},
      {"stat",
       {{"fieldConfig", kByThreshold},
        {"options",
         {{"colorMode", "value"},
          {"graphMode", "area"},
          {"justifyMode", "auto"},
          {"orientation", "auto"},
          {"percentChangeColorMode", "standard"},
          {"reduceOptions", kReduce},
          {"textMode", "auto"},
          {"wideLayout", true}}}}},
      {"gauge",
       {{"fieldConfig", kByThreshold},
        {"options",
         {{"minVizHeight", 75},
          {"minVizWidth", 75},
          {"orientation", "auto"},
          {"reduceOptions", kReduce},
          {"showThresholdMarkers", true},
          {"sizing", "auto"}}}}},
      {"bargauge",
       {{"fieldConfig", kByThreshold},
        {"options",
         {{"displayMode", "gradient"},
          {"legend", kLegend},
          {"maxVizHeight", 300},
          {"minVizHeight", 16},
          {"minVizWidth", 8},
          {"namePlacement", "auto"},
          {"orientation", "auto"},
          {"reduceOptions", kReduce},
          {"showUnfilled", true},
          {"sizing", "auto"},
          {"valueMode", "color"}}}}},
      {"table",
       {{"fieldConfig",
         {{"defaults",
           {{"color", {{"mode", "thresholds"}}},
            {"custom", {{"align", "auto"}, {"cellOptions", {{"type", "auto"}}}, {"minWidth", 150}}}}}}},
        {"options",
         {{"cellHeight", "sm"}, {"footer", {{"reducer", {"sum"}}, {"reducers", {"sum"}}}}, {"showHeader", true}}}}},
      {"heatmap",
       {{"fieldConfig", {{"defaults", {{"custom", kAxis}}}}},
        {"options",
         {{"cellGap", 1},
          {"color",
           {{"exponent", 0.5},
            {"fill", "dark-orange"},
            {"mode", "scheme"},
            {"scale", "exponential"},
            {"scheme", "Oranges"},
            {"steps", 64}}},
          {"exemplars", {{"color", "rgba(255,0,255,0.7)"}}},
          {"filterValues", {{"le", 1e-9}}},
          {"legend", {{"show", true}}},
          {"rowsFrame", {{"layout", "auto"}}},
          {"showValue", "auto"},
          {"tooltip", {{"mode", "single"}}},
          {"yAxis", {{"axisPlacement", "left"}}}}}}},
      {"state-timeline",
       {{"fieldConfig",
         {{"defaults",
           {{"color", {{"mode", "continuous-GrYlRd"}}},
            {"custom", {{"axisPlacement", "auto"}, {"fillOpacity", 70}}}}}}},
        {"options",
         {{"alignValue", "left"},
          {"legend", kLegend},
          {"mergeValues", true},
          {"rowHeight", 0.9},
          {"showValue", "auto"},
          {"tooltip", kTooltip}}}}},
      {"status-history",
       {{"fieldConfig",
         {{"defaults",
           {{"color", {{"mode", "thresholds"}}},
            {"custom", {{"axisPlacement", "auto"}, {"fillOpacity", 70}, {"lineWidth", 1}}}}}}},
        {"options",
         {{"colWidth", 0.9}, {"legend", kLegend}, {"rowHeight", 0.9}, {"showValue", "auto"}, {"tooltip", kTooltip}}}}},
      {"alertlist",
       {{"options",
         {{"groupMode", "default"},
          {"maxItems", 20},
          {"sortOrder", 1},
          {"stateFilter", {{"error", true}, {"firing", true}, {"pending", true}, {"recovering", true}}},
          {"viewMode", "list"}}}}},
      {"text", {{"options", {{"code", {{"language", "plaintext"}}}, {"mode", "markdown"}}}}},
  };
  static const json kNone = json::object();
  const auto found = kAll.find(type);
  return found == kAll.end() ? kNone : found->second;
}

// The first step begins nowhere; Grafana writes null or 0.
void strip_thresholds(json& defaults) {
  static const json kFirst{{"color", "green"}};
  static const json kSecond{{"color", "red"}, {"value", 80}};
  if (!defaults.is_object() || !defaults.contains("thresholds") || !defaults["thresholds"].is_object()) return;
  json& thresholds = defaults["thresholds"];
  each(thresholds, "steps", [](json& step) {
    if (step.is_object() && step.contains("value") && (step["value"].is_null() || same(step["value"], 0))) {
      step.erase("value");
    }
  });
  const json steps = thresholds.value("steps", json::array());
  const bool unset = thresholds.value("mode", "absolute") == "absolute" &&
                     (steps == json::array({kFirst}) || steps == json::array({kFirst, kSecond}));
  if (unset) defaults.erase("thresholds");
}

void normalise_query(json& query) {
  // Which page of the editor was open, and what that page does not show.
  erase(query, {"editorMode"});
  strip(query, {{"legendFormat", "__auto"}, {"format", "time_series"}});
  if (query.is_object() && query.value("rawQuery", false)) {
    erase(query, {"groupBy", "measurement", "orderByTime", "policy", "select", "tags"});
  }
}

void normalise_panel(json& panel) {
  if (!panel.is_object()) return;
  erase(panel, {"pluginVersion"});
  each(panel, "targets", normalise_query);
  each(panel, "panels", normalise_panel);
  if (panel.contains("fieldConfig") && panel["fieldConfig"].is_object() && panel["fieldConfig"].contains("defaults")) {
    strip_thresholds(panel["fieldConfig"]["defaults"]);
  }
  if (panel.contains("type") && panel["type"].is_string()) strip(panel, defaults_of(panel["type"]));
}

}  // namespace

json normal_dashboard(json dashboard) {
  static const json kIntervals{"5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"};
  static const json kOptions{"5m", "15m", "1h", "6h", "12h", "24h", "2d", "7d", "30d"};
  // Which Grafana wrote it last.
  erase(dashboard, {"schemaVersion", "revision", "iteration"});
  strip(dashboard, {{"timepicker", {{"refresh_intervals", kIntervals}, {"time_options", kOptions}}}});
  each(dashboard, "panels", normalise_panel);
  if (dashboard.contains("templating")) {
    each(dashboard["templating"], "list", [](json& variable) {
      erase(variable, {"options", "definition"});
      strip(variable, {{"allowCustomValue", true}, {"regexApplyTo", "value"}});
    });
  }
  if (dashboard.contains("annotations") && dashboard["annotations"].is_object()) {
    json kept = json::array();
    each(dashboard["annotations"], "list", [&](json& source) {
      if (!source.is_object() || !source.contains("builtIn")) kept.push_back(std::move(source));
    });
    dashboard["annotations"]["list"] = std::move(kept);
  }
  return dashboard;
}

json normal_rule(json rule) {
  each(rule, "data", [](json& query) {
    if (!query.is_object() || !query.contains("model") || !query["model"].is_object()) return;
    json& model = query["model"];
    const bool expression = query.value("datasourceUid", "") == "__expr__";
    erase(model, {"datasource"});  // said beside the model
    strip(model, {{"intervalMs", 1000}, {"maxDataPoints", 43200}});
    normalise_query(model);
    if (!expression) return;
    erase(query, {"relativeTimeRange"});
    // Left over from when conditions were all there was.
    if (model.value("type", "") != "threshold") erase(model, {"conditions"});
    each(model, "conditions", [](json& condition) { erase(condition, {"operator", "query", "reducer", "type"}); });
  });
  return rule;
}

}  // namespace omniwriter::grafana
