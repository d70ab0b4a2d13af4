#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/report.h"
#include "support/golden.h"
#include "support/report_runs.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

SystemState in_order(const char* system, const char* url, const char* version) {
  return {.system = system,
          .url = url,
          .configured = true,
          .reachable = true,
          .version = version,
          .ok = true,
          .findings = {}};
}

/// The moment of the example that users know.
constexpr std::int64_t kTime = 1'737'996'000'000'000'000;  // 2025-01-27T16:40:00Z

IntegrationReport all_in_order() {
  IntegrationReport report;
  report.time_ns = kTime;
  report.systems = {in_order("grafana", "http://localhost:3000", "12.2.0"),
                    in_order("prometheus", "http://localhost:9090", "2.42.0"),
                    in_order("pushgateway", "http://localhost:9091", "1.5.1"),
                    in_order("elasticsearch", "http://localhost:9200", "8.6.2"),
                    in_order("influxdb", "http://localhost:8086", "1.6.7")};
  report.metrics = 7;
  report.dashboards = 2;
  report.alert_rules = 4;
  report.firing_alerts = 0;
  return report;
}

/// Grafana refuses, Prometheus is well but its Pushgateway is not, Elasticsearch is red, InfluxDB is not used.
IntegrationReport much_amiss() {
  IntegrationReport report = all_in_order();
  report.systems[0].ok = false;
  report.systems[0].findings = {{"grafana_token_expired",
                                 {"o token do Grafana expirou", "the token for Grafana has expired"},
                                 {"crie um token novo", "create a new token"}}};
  report.systems[2].ok = report.systems[2].reachable = false;
  report.systems[2].findings = {{"unreachable", {"não há resposta", "no answer"}, {"inicie o sistema", "start it"}}};
  report.systems[3].findings = {{"elasticsearch_cluster_red",
                                 {"o cluster está vermelho", "the cluster is red"},
                                 {"veja o log", "look at the log"},
                                 FindingKind::advice,
                                 true}};
  report.systems[4] = {.system = "influxdb", .url = "", .version = "", .findings = {}};
  report.dashboards = report.alert_rules = report.firing_alerts = std::nullopt;
  return report;
}

TEST(IntegrationReport, BeginsWithTheLinesThatUsersKnow) {
  EXPECT_THAT(integration_report_markdown(all_in_order(), Language::pt_br),
              StartsWith(R"(# Relatório de Integração com Monitoramento

## Resumo Executivo
- Integração Grafana: ✅
- Integração Prometheus: ✅
- Integração Logs: ✅
- Dashboards criados: 2
- Métricas customizadas: 7
- Alertas unificados: 4

## Status das Integrações
- Grafana: ✅
- Prometheus: ✅
- Elasticsearch: ✅
- InfluxDB: ✅
)"));
}

TEST(IntegrationReport, InBothLanguages) {
  const auto run = testing::shop_run();
  IntegrationReport report = much_amiss();
  report.run = &run;
  report.ledger = testing::shop_ledger();
  testing::expect_golden(integration_report_markdown(report, Language::pt_br),
                         "src/reports/integration/testdata/amiss_pt_br.md");
  testing::expect_golden(integration_report_markdown(report, Language::en),
                         "src/reports/integration/testdata/amiss_en.md");
  testing::expect_golden(integration_report_markdown(all_in_order(), Language::en),
                         "src/reports/integration/testdata/in_order_en.md");
}

TEST(IntegrationReport, SaysWhatIsAmissAndWhatIsNotKnown) {
  const std::string text = integration_report_markdown(much_amiss(), Language::pt_br);
  EXPECT_THAT(text, HasSubstr("- Integração Grafana: ❌\n"));
  EXPECT_THAT(text, HasSubstr("- Integração Prometheus: ❌\n")) << "its Pushgateway is unreachable";
  EXPECT_THAT(text, HasSubstr("- Integração Logs: ✅\n")) << "Elasticsearch alone was asked for";
  EXPECT_THAT(text, HasSubstr("- InfluxDB: ❌ (não configurado)\n"));
  EXPECT_THAT(text, HasSubstr("- Dashboards criados: 0 (desconhecido: Grafana com problema)\n"));
  EXPECT_THAT(text, HasSubstr("- Alertas unificados: 0 (desconhecido: nenhum sistema pôde dizer)\n"));
  EXPECT_THAT(text, HasSubstr("Ainda não há nenhuma execução."));
}

TEST(IntegrationReport, APushgatewayAloneIsNoPrometheus) {
  IntegrationReport report = all_in_order();
  report.systems[1] = {.system = "prometheus", .url = "", .version = "", .findings = {}};
  EXPECT_THAT(integration_report_markdown(report, Language::en), HasSubstr("- Prometheus: ❌ (not configured)\n"));
  EXPECT_EQ(json::parse(integration_report_json(report, Language::en))["integration_status"]["prometheus"], false);
}

TEST(IntegrationReport, JsonHasTheMembersThatUsersKnowInTheirOrder) {
  const auto run = testing::sample_run();
  IntegrationReport report = all_in_order();
  report.run = &run;
  const auto object = nlohmann::ordered_json::parse(integration_report_json(report, Language::pt_br));
  std::vector<std::string> members;
  for (const auto& [name, value] : object.items()) members.push_back(name);
  ASSERT_GE(members.size(), 7U);
  members.resize(7);
  EXPECT_EQ(members, (std::vector<std::string>{"report_id", "timestamp", "integration_status", "metrics_summary",
                                               "system_health", "performance_metrics", "recommendations"}));
  EXPECT_EQ(object["report_id"], "consolidated_1737996000");
  EXPECT_EQ(object["timestamp"], "2025-01-27T16:40:00Z");
  const auto all_true = json{{"grafana", true}, {"prometheus", true}, {"elasticsearch", true}, {"influxdb", true}};
  EXPECT_EQ(json(object["integration_status"]), all_true);
  EXPECT_EQ(json(object["system_health"]), all_true);
  EXPECT_EQ(json(object["metrics_summary"]),
            (json{{"total_metrics", 7}, {"active_dashboards", 2}, {"active_alerts", 0}}));
  const auto& performance = object["performance_metrics"];
  EXPECT_EQ(performance.size(), 4U);
  EXPECT_EQ(performance["total_requests"], testing::kSampleRunRequests);
  EXPECT_DOUBLE_EQ(performance["error_rate"], 40.0 / 1200);
  EXPECT_DOUBLE_EQ(performance["throughput"], 1200 / run.duration_seconds());
  EXPECT_DOUBLE_EQ(performance["avg_response_time"], run.total().response_time.mean_seconds() * 1000)
      << "in milliseconds, the unit of this member";
  EXPECT_EQ(object["unknown"], json::array());
  EXPECT_EQ(object["run"]["run_id"], "run-1");
}

TEST(IntegrationReport, JsonTellsStatusFromHealth) {
  const json object = json::parse(integration_report_json(much_amiss(), Language::pt_br));
  EXPECT_EQ(object["integration_status"],
            (json{{"grafana", false}, {"prometheus", false}, {"elasticsearch", true}, {"influxdb", false}}));
  EXPECT_EQ(object["system_health"],
            (json{{"grafana", true}, {"prometheus", false}, {"elasticsearch", false}, {"influxdb", false}}))
      << "Grafana is well, the token is not; Elasticsearch refuses nothing, but is red";
  EXPECT_EQ(object["metrics_summary"], (json{{"total_metrics", 7}, {"active_dashboards", 0}, {"active_alerts", 0}}));
  EXPECT_EQ(object["unknown"], (json{"active_dashboards", "active_alerts", "alert_rules"}));
  EXPECT_EQ(object["performance_metrics"],
            (json{{"avg_response_time", 0.0}, {"total_requests", 0}, {"error_rate", 0.0}, {"throughput", 0.0}}));
  EXPECT_EQ(object["run"], nullptr);
  const json& first = object["recommendations"].at(0);
  EXPECT_EQ(first, (json{{"id", "grafana_token_expired"},
                         {"text", "Grafana: crie um token novo"},
                         {"evidence", "o token do Grafana expirou"}}));
}

TEST(IntegrationReport, HostileNamesStayText) {
  const auto run = testing::hostile_run();
  IntegrationReport report = all_in_order();
  report.run = &run;
  report.ledger = testing::hostile_ledger();
  report.systems[0].version = "<img>|\x1b[1m";
  report.systems[0].findings = {{"x", {"<b>\n| pt", "<b>\n| en"}, {"# pt", "# en"}, FindingKind::advice}};
  const std::string text = integration_report_markdown(report, Language::en);
  EXPECT_THAT(text, Not(HasSubstr("<")));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\xff'), std::string::npos);
  EXPECT_TRUE(json::accept(integration_report_json(report, Language::en)));
}

}  // namespace
}  // namespace omniwriter
