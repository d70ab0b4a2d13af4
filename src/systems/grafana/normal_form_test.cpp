#include "systems/grafana/normal_form.h"

#include <gtest/gtest.h>

#include "systems/grafana/dashboards.h"
#include "systems/plan.h"
#include "systems/prometheus/settings.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

// tests/e2e saves whole dashboards and rules as the browser does.

TEST(NormalForm, WhatTheBrowserFillsInDoesNotCount) {
  const json made = R"({"title": "a", "panels": [{"id": 1, "type": "timeseries", "title": "b", "options": {},
      "fieldConfig": {"defaults": {"unit": "ms", "custom": {"lineWidth": 2, "showPoints": "auto"}}},
      "targets": [{"refId": "A", "expr": "up"}]}]})"_json;
  const json saved = R"({"title": "a", "schemaVersion": 42, "fiscalYearStartMonth": 0, "timepicker": {},
      "annotations": {"list": [{"builtIn": 1, "name": "Annotations & Alerts"}]},
      "panels": [{"id": 1, "type": "timeseries", "title": "b", "pluginVersion": "12.2.0",
        "options": {"legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": true},
                    "tooltip": {"hideZeros": false, "mode": "single", "sort": "none"}},
        "fieldConfig": {"overrides": [],
          "defaults": {"unit": "ms", "color": {"mode": "palette-classic"}, "mappings": [],
            "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": 0}, {"color": "red", "value": 80}]},
            "custom": {"lineWidth": 2, "axisPlacement": "auto", "barWidthFactor": 0.6,
                       "hideFrom": {"legend": false, "tooltip": false, "viz": false},
                       "stacking": {"group": "A", "mode": "none"}}}},
        "targets": [{"refId": "A", "expr": "up", "editorMode": "code", "legendFormat": "__auto"}]}]})"_json;
  EXPECT_EQ(fingerprint(normal_dashboard(saved)), fingerprint(normal_dashboard(made)));
}

TEST(NormalForm, WhatPeopleChooseCounts) {
  const json made = R"({"panels": [{"type": "timeseries", "options": {"legend": {"displayMode": "table"}},
      "fieldConfig": {"defaults": {"thresholds": {"mode": "absolute", "steps": [{"color": "red", "value": null}]}}}}]})"_json;
  const std::string before = fingerprint(normal_dashboard(made));
  for (const auto& [pointer, value] :
       std::map<std::string, json>{{"/panels/0/options/legend/displayMode", "list"},
                                   {"/panels/0/fieldConfig/defaults/decimals", 2},
                                   {"/panels/0/fieldConfig/defaults/color", {{"mode", "thresholds"}}},
                                   {"/panels/0/fieldConfig/defaults/custom", {{"lineWidth", 3}}},
                                   {"/panels/0/fieldConfig/defaults/thresholds/steps/0/color", "blue"},
                                   {"/panels/0/description", "mine"},
                                   {"/timezone", "utc"}}) {
    json changed = made;
    changed[json::json_pointer(pointer)] = value;
    EXPECT_NE(fingerprint(normal_dashboard(changed)), before) << pointer;
  }
}

TEST(NormalForm, WhatTheEditorOfRulesFillsInDoesNotCount) {
  Config config;
  config.of<PrometheusSettings>().url = "http://prometheus";
  const json made = alert_rule(config, config.alerts[0], "prometheus");
  json saved = made;
  for (json& query : saved["data"]) {
    query["model"]["hide"] = false;
    query["model"]["datasource"] = {{"type", "any"}, {"uid", query["datasourceUid"]}};
  }
  saved["data"][0]["model"]["editorMode"] = "code";
  saved["data"][1]["relativeTimeRange"] = {{"from", 0}, {"to", 0}};
  saved["data"][1]["model"]["conditions"] = {{{"type", "query"}, {"evaluator", {{"type", "gt"}}}}};
  EXPECT_EQ(fingerprint(normal_rule(saved)), fingerprint(normal_rule(made)));
  saved["data"][2]["model"]["conditions"][0]["evaluator"]["params"][0] = 0.5;
  EXPECT_NE(fingerprint(normal_rule(saved)), fingerprint(normal_rule(made)));
}

TEST(NormalForm, AnyJsonIsBorne) {
  for (const char* text : {"{}", R"({"panels": {}, "templating": [], "annotations": []})",
                           R"({"panels": [1, null, {"type": 5, "targets": 3, "fieldConfig": []}]})",
                           R"({"data": [1, {"model": 2}, {"model": {"conditions": {}}}]})"}) {
    EXPECT_NO_THROW((void)normal_dashboard(json::parse(text))) << text;
    EXPECT_NO_THROW((void)normal_rule(json::parse(text))) << text;
  }
}

}  // namespace
}  // namespace omniwriter::grafana
