#include "systems/grafana/dashboards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>

#include "systems/data_source.h"
#include "systems/elasticsearch/settings.h"
#include "systems/grafana/settings.h"
#include "systems/influxdb/settings.h"
#include "systems/prometheus/settings.h"
#include "systems/system.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Config all_systems() {
  Config config;
  config.of<GrafanaSettings>().url = "http://grafana";
  config.of<PrometheusSettings>().url = "http://prometheus";
  config.of<InfluxDbSettings>().url = "http://influxdb";
  config.of<ElasticsearchSettings>().url = "http://elasticsearch";
  return config;
}

json datasource_of(const Config& config, std::string_view system) { return datasource(config, *find_system(system)); }
DatasourceLogin datasource_login(const Config& config, std::string_view system) {
  return find_system(system)->data_source->login(config);
}

/// With those within rows.
std::vector<json> panels_of(const json& dashboard) {
  std::vector<json> all;
  for (const json& panel : dashboard["panels"]) {
    if (panel["type"] != "row") all.push_back(panel);
    for (const json& inner : panel.value("panels", json::array())) all.push_back(inner);
  }
  return all;
}

std::set<std::string> titles(const json& dashboard) {
  std::set<std::string> result;
  for (const json& panel : panels_of(dashboard)) result.insert(panel["title"].get<std::string>());
  return result;
}

class EachDataSource : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Dashboards, EachDataSource, ::testing::Values("prometheus", "influxdb", "elasticsearch"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST_P(EachDataSource, HasThePanelsThatUsersWereGiven) {
  const auto shown = titles(main_dashboard(all_systems(), GetParam()));
  for (const char* title :
       {"Throughput (req/s)", "Response Time (ms)", "Error Rate (%)", "Active Users", "System Resources"}) {
    EXPECT_THAT(shown, Contains(title));
  }
  Config config = all_systems();
  EXPECT_EQ(titles(alerts_dashboard(config, GetParam())),
            (std::set<std::string>{"Alertas Ativos", "Regras que o Grafana avalia", "Histórico de Alertas"}));
  config.of<GrafanaSettings>().alert_rules = Choice::no;
  EXPECT_EQ(titles(alerts_dashboard(config, GetParam())),
            (std::set<std::string>{"Alertas Ativos", "Histórico de Alertas"}));
}

// The names that texts of a panel or variable have, wherever they stand.
void add_texts(const json& value, std::set<std::string>& texts) {
  if (value.is_object()) {
    for (const char* name : {"title", "label", "description", "noValue", "text", "displayName"}) {
      if (value.contains(name) && value[name].is_string()) texts.insert(value[name].get<std::string>());
    }
    if (value.contains("renameByName")) {
      for (const json& shown : value["renameByName"]) texts.insert(shown.get<std::string>());
    }
  }
  if (value.is_structured()) {
    for (const json& inner : value) add_texts(inner, texts);
  }
}

TEST_P(EachDataSource, SpeaksOneLanguage) {
  // What is the same in both: names that users were given, and words of the trade.
  const std::set<std::string> common{"",
                                     "Throughput (req/s)",
                                     "Response Time (ms)",
                                     "Response Time (ms): p50, p95, p99",
                                     "Error Rate (%)",
                                     "Active Users",
                                     "System Resources",
                                     "Dashboard Principal",
                                     "Dashboard de Alertas",
                                     "Alertas Ativos",
                                     "Histórico de Alertas",
                                     "Throughput",
                                     "p50",
                                     "p90",
                                     "p95",
                                     "p99",
                                     "CPU",
                                     "Total",
                                     "Endpoint",
                                     "Endpoints",
                                     "Omni Writer",
                                     "Omni Writer Prometheus",
                                     "Omni Writer InfluxDB",
                                     "Omni Writer Elasticsearch",
                                     "ok",
                                     "Checks",
                                     "Check",
                                     "DNS",
                                     "TLS",
                                     "${__field.labels.phase}",
                                     "${__field.labels.check}",
                                     "${__field.labels.dimension_value}"};
  Config config = all_systems();
  std::array<std::set<std::string>, 2> texts;
  for (const Language language : {Language::pt_br, Language::en}) {
    config.lang = language;
    auto& own = texts[language == Language::en ? 1 : 0];
    add_texts(main_dashboard(config, GetParam()), own);
    add_texts(alerts_dashboard(config, GetParam()), own);
  }
  EXPECT_EQ(texts[0].size(), texts[1].size());
  for (const std::string& text : texts[0]) {
    EXPECT_TRUE(common.contains(text) || !texts[1].contains(text)) << text;
  }
}

TEST_P(EachDataSource, ShowsOneRun) {
  for (const json& dashboard :
       {main_dashboard(all_systems(), GetParam()), alerts_dashboard(all_systems(), GetParam())}) {
    for (const json& variable : dashboard["templating"]["list"]) {
      const bool many = variable["name"] == "endpoint";
      EXPECT_EQ(variable["multi"], many) << variable["name"];
      EXPECT_EQ(variable["includeAll"], many) << variable["name"];
    }
    EXPECT_THAT(dashboard["annotations"]["list"][0]["target"]["tags"], Contains("run:$run"));
  }
}

TEST_P(EachDataSource, DrawsNothingAcrossGapsAndFromZero) {
  const json dashboard = main_dashboard(all_systems(), GetParam());
  for (const json& panel : panels_of(dashboard)) {
    if (panel["type"] != "timeseries") continue;
    const json& defaults = panel["fieldConfig"]["defaults"];
    EXPECT_EQ(defaults["min"], 0) << panel["title"];
    EXPECT_EQ(defaults["custom"]["spanNulls"], false) << panel["title"];
    EXPECT_EQ(defaults["custom"].value("insertNulls", 0), GetParam() == std::string("prometheus") ? 0 : 90'000);
    EXPECT_EQ(panel["options"]["legend"]["calcs"], json({"mean", "max"})) << panel["title"];
  }
}

TEST(Dashboards, SayHowFarBucketsMayBeOff) {
  Config config = all_systems();
  config.response_time_buckets = {0.1, 0.2, 0.5};
  const json dashboard = main_dashboard(config, "prometheus");
  const auto described = [&](const char* title) {
    for (const json& panel : dashboard["panels"]) {
      if (panel["title"] == title) return panel["description"].get<std::string>();
    }
    return std::string();
  };
  EXPECT_THAT(described("p95 por endpoint"), HasSubstr("150 %"));
  EXPECT_THAT(described("Response Time (ms): p50, p95, p99"), HasSubstr("150 %"));
}

TEST(DatasourceLogin, IsThatOfTheOutputs) {
  Config config = all_systems();
  config.of<ElasticsearchSettings>().username = "ann";
  config.of<ElasticsearchSettings>().password = Secret("s3cret");
  json source = datasource_of(config, "elasticsearch");
  EXPECT_EQ(source["basicAuth"], true);
  EXPECT_EQ(source["basicAuthUser"], "ann");
  EXPECT_EQ(datasource_login(config, "elasticsearch").secrets.at("basicAuthPassword").expose(), "s3cret");
  EXPECT_THAT(source.dump(), Not(HasSubstr("s3cret")));

  config.of<ElasticsearchSettings>().api_key = Secret("id:key");
  source = datasource_of(config, "elasticsearch");
  EXPECT_FALSE(source.contains("basicAuth"));
  EXPECT_EQ(source["jsonData"]["httpHeaderName1"], "Authorization");
  auto login = datasource_login(config, "elasticsearch");
  EXPECT_EQ(login.secrets.at("httpHeaderValue1").expose(), "ApiKey aWQ6a2V5");
  EXPECT_EQ(login.placeholders.at("httpHeaderValue1"), "ApiKey $ELASTICSEARCH_API_KEY");

  config.of<InfluxDbSettings>().username = "ann";
  config.of<InfluxDbSettings>().password = Secret("s3cret");
  EXPECT_EQ(datasource_of(config, "influxdb")["user"], "ann");
  EXPECT_EQ(datasource_login(config, "influxdb").secrets.at("password").expose(), "s3cret");
  config.of<InfluxDbSettings>().token = Secret("t0ken");
  config.of<InfluxDbSettings>().bucket = "results";
  source = datasource_of(config, "influxdb");
  EXPECT_EQ(source.value("user", ""), "");
  EXPECT_EQ(source["jsonData"]["dbName"], "results");
  login = datasource_login(config, "influxdb");
  EXPECT_EQ(login.secrets.size(), 1U);
  EXPECT_EQ(login.secrets.at("httpHeaderValue1").expose(), "Token t0ken");
}

TEST(DatasourceLogin, GrafanaTrustsAsWeDo) {
  const std::string file = ::testing::TempDir() + "omniwriter_ca.pem";
  std::ofstream(file) << "-----BEGIN CERTIFICATE-----";
  const TlsSettings tls{.ca_file = file, .client_cert_file = file, .client_key_file = {}, .insecure_skip_verify = {}};
  Config config = all_systems();
  config.of<ElasticsearchSettings>().api_key = Secret("id:key");
  config.of<ElasticsearchSettings>().tls = config.of<InfluxDbSettings>().tls = config.of<PrometheusSettings>().tls =
      tls;
  for (const char* system : {"elasticsearch", "influxdb", "prometheus"}) {
    EXPECT_FALSE(datasource_login(config, system).json_data.contains("tlsAuthWithCACert")) << "over plain http";
  }
  config.of<ElasticsearchSettings>().url = config.of<InfluxDbSettings>().url = config.of<PrometheusSettings>().url =
      "https://x";
  for (const char* system : {"elasticsearch", "influxdb", "prometheus"}) {
    const auto login = datasource_login(config, system);
    EXPECT_EQ(login.json_data.at("tlsAuthWithCACert"), true) << system;
    EXPECT_EQ(login.json_data.at("tlsAuth"), true) << system;
    EXPECT_FALSE(login.json_data.contains("tlsSkipVerify")) << system;
    EXPECT_EQ(login.secrets.at("tlsCACert").expose(), "-----BEGIN CERTIFICATE-----") << system;
    EXPECT_EQ(login.secrets.at("tlsClientKey").expose(), "-----BEGIN CERTIFICATE-----") << system;
    EXPECT_EQ(login.placeholders.at("tlsCACert"), "$__file{" + file + "}") << system;
  }
  EXPECT_EQ(datasource_login(config, "elasticsearch").json_data.at("httpHeaderName1"), "Authorization");
  config.of<ElasticsearchSettings>().tls.insecure_skip_verify = true;
  EXPECT_EQ(datasource_login(config, "elasticsearch").json_data.at("tlsSkipVerify"), true);
  std::filesystem::remove(file);
}

TEST(DatasourceLogin, PrometheusGetsThatOfRemoteWriteOnlyWhereItIsTheSameServer) {
  Config config = all_systems();
  config.of<RemoteWriteSettings>().token = Secret("t0ken");
  config.of<RemoteWriteSettings>().headers = {{"X-Scope-OrgID", "team"}};
  EXPECT_TRUE(datasource_login(config, "prometheus").secrets.empty());
  for (const char* other : {"https://prometheus/api/v1/write", "http://prometheus:81/x", "http://elsewhere/x"}) {
    config.outputs["remote_write"] = other;
    EXPECT_TRUE(datasource_login(config, "prometheus").secrets.empty()) << other;
  }
  config.outputs["remote_write"] = "http://Prometheus:80/api/v1/write";
  const auto login = datasource_login(config, "prometheus");
  EXPECT_EQ(login.json_data, json({{"httpHeaderName1", "Authorization"}, {"httpHeaderName2", "X-Scope-OrgID"}}));
  EXPECT_EQ(login.secrets.at("httpHeaderValue1").expose(), "Bearer t0ken");
  EXPECT_EQ(login.secrets.at("httpHeaderValue2").expose(), "team");
  EXPECT_EQ(login.placeholders.at("httpHeaderValue2"), "$OMNIWRITER_REMOTE_WRITE_X_SCOPE_ORGID");
}

TEST_P(EachDataSource, PanelsDoNotOverlapAndAllAskTheDataSourceOfTheVariable) {
  const json dashboard = main_dashboard(all_systems(), GetParam());
  std::set<std::pair<int, int>> taken;
  std::set<int> ids;
  const auto check_place = [&](const json& panel) {
    EXPECT_TRUE(ids.insert(panel["id"].get<int>()).second);
    const json& at = panel["gridPos"];
    for (int x = at["x"]; x < at["x"].get<int>() + at["w"].get<int>(); ++x) {
      EXPECT_LT(x, 24);
      for (int y = at["y"]; y < at["y"].get<int>() + at["h"].get<int>(); ++y) {
        EXPECT_TRUE(taken.emplace(x, y).second) << panel["title"];
      }
    }
  };
  for (const json& panel : dashboard["panels"]) check_place(panel);
  for (const json& panel : dashboard["panels"]) {
    taken.clear();  // what is in a row that is opened moves what is below it
    for (const json& inner : panel.value("panels", json::array())) check_place(inner);
  }
  for (const json& panel : panels_of(dashboard)) {
    ASSERT_FALSE(panel["targets"].empty()) << panel["title"];
    for (const json& target : panel["targets"]) {
      if (target["datasource"]["type"] == "__expr__") continue;
      EXPECT_EQ(target["datasource"]["uid"], "${datasource}");
      EXPECT_EQ(target["datasource"]["type"], GetParam());
    }
  }
  EXPECT_EQ(dashboard["templating"]["list"][0]["current"]["value"], datasource_uid({}, GetParam()));
}

TEST_P(EachDataSource, PanelsCanBeHiddenAndAdded) {
  Config config = all_systems();
  config.of<GrafanaSettings>().hidden_panels = {"Active Users", "Runs of the test"};  // in whichever language
  config.of<GrafanaSettings>().extra_panels = {R"({"title":"JVM","type":"timeseries","targets":[]})"};
  const json dashboard = main_dashboard(config, GetParam());
  EXPECT_THAT(titles(dashboard), Not(Contains("Active Users")));
  EXPECT_THAT(titles(dashboard), Not(Contains("Execuções do teste")));
  const auto found =
      std::ranges::find_if(dashboard["panels"], [](const json& panel) { return panel["title"] == "JVM"; });
  ASSERT_NE(found, dashboard["panels"].end());
  const json& extra = *found;
  EXPECT_EQ(extra["datasource"]["uid"], "${datasource}");
  EXPECT_TRUE(extra.contains("gridPos"));
}

TEST_P(EachDataSource, WhatOnlySomeToolsTellIsInClosedRowsBelowAllElse) {
  Config config = all_systems();
  config.lang = Language::en;
  config.of<GrafanaSettings>().extra_panels = {R"({"title":"A","type":"text","gridPos":{"x":0,"y":300,"w":4,"h":2}})"};
  const json panels = main_dashboard(config, GetParam())["panels"];
  std::vector<std::string> rows;
  for (const json& panel : panels) {
    if (panel["type"] != "row") {
      EXPECT_TRUE(rows.empty()) << panel["title"] << ": what is below a row belongs to it";
      continue;
    }
    rows.push_back(panel["title"]);
    EXPECT_EQ(panel["collapsed"], true);
    EXPECT_GE(panel["gridPos"]["y"], 302);
    EXPECT_FALSE(panel["panels"].empty());
  }
  EXPECT_EQ(rows,
            (std::vector<std::string>{"Phases of requests", "Requests by $dimension", "Checks", "Error messages"}));
  config.of<GrafanaSettings>().hidden_panels = {"Checks passed", "Results of checks"};
  EXPECT_THAT(main_dashboard(config, GetParam()).dump(), Not(HasSubstr(R"("title":"Checks")")));
}

TEST_P(EachDataSource, RulesLookAtTheSameDataSource) {
  const Config config = all_systems();
  const json rule = alert_rule(config, config.alerts[2], GetParam());
  EXPECT_EQ(rule["uid"], "omniwriter-low-throughput");
  EXPECT_EQ(rule["title"], "LowThroughput");
  EXPECT_EQ(rule["for"], "120s");
  EXPECT_EQ(rule["data"][0]["datasourceUid"], datasource_uid({}, GetParam()));
  const json& evaluator = rule["data"][2]["model"]["conditions"][0]["evaluator"];
  EXPECT_EQ(evaluator["type"], "lt");
  EXPECT_EQ(evaluator["params"][0], 10);
}

// Where a query failed there is no value, and a template that formats one prints "%!g(<nil>)".
TEST_P(EachDataSource, RulesSpeakOfAValueOnlyWhereThereIsOne) {
  Config config = all_systems();
  config.lang = Language::en;
  for (const AlertRule& rule : config.alerts) {
    const std::string text = alert_rule(config, rule, GetParam())["annotations"]["description"];
    EXPECT_THAT(text, StartsWith("{{ with $values.B }}"));
    EXPECT_THAT(text, HasSubstr(".Value"));
    EXPECT_THAT(text, EndsWith("{{ else }}Grafana could not ask the data source{{ end }}"));
  }
}

TEST_P(EachDataSource, RulesLeadToThePanelThatShowsWhatTheyLookAt) {
  const Config config = all_systems();
  const json dashboard = main_dashboard(config, GetParam());
  std::set<std::string> shown;
  for (const AlertRule& rule : config.alerts) {
    const json annotations = alert_rule(config, rule, GetParam())["annotations"];
    EXPECT_EQ(annotations["__dashboardUid__"], "omniwriter-main");
    for (const json& panel : dashboard["panels"]) {
      if (std::to_string(panel["id"].get<int>()) == annotations["__panelId__"].get<std::string>())
        shown.insert(panel["title"]);
    }
    EXPECT_THAT(annotations["dashboard"].get<std::string>(),
                StartsWith("http://grafana/d/omniwriter-main?var-datasource=omniwriter-"));
  }
  EXPECT_EQ(shown,
            (std::set<std::string>{"Error Rate (%)", "Response Time (ms)", "Throughput (req/s)", "System Resources"}));
}

TEST(Dashboards, ReadTheFirstSystemThatIsConfigured) {
  Config config = all_systems();
  EXPECT_EQ(chosen_datasource(config), "prometheus");
  config.of<PrometheusSettings>().url.clear();
  EXPECT_EQ(chosen_datasource(config), "influxdb");
  config.of<GrafanaSettings>().datasource = "elasticsearch";
  EXPECT_EQ(chosen_datasource(config), "elasticsearch");
  config.of<GrafanaSettings>().datasource = "prometheus";
  EXPECT_EQ(chosen_datasource(config), "") << "not configured";
}

TEST(Dashboards, HoldNoSecret) {
  Config config = all_systems();
  config.of<InfluxDbSettings>().password = Secret("a-secret");
  config.of<GrafanaSettings>().api_key = Secret("a-secret");
  for (const System* system : datasources(config)) {
    EXPECT_THAT(datasource(config, *system).dump(), Not(HasSubstr("a-secret")));
    EXPECT_THAT(main_dashboard(config, system->name).dump(), Not(HasSubstr("a-secret")));
  }
}

}  // namespace
}  // namespace omniwriter::grafana
