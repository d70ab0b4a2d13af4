#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/fake_clock.h"
#include "support/fake_http_server.h"
#include "systems/elasticsearch/settings.h"
#include "systems/grafana/settings.h"
#include "systems/influxdb/settings.h"
#include "systems/prometheus/settings.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FakeHttpServer;
using testing::FakeReply;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::int64_t kNow = 1'795'449'873;  // Mon, 23 Nov 2026 16:04:33 GMT

/// Answers by path (and query); anything else is a 404. Fails the test on anything but GET, and writing nothing.
FakeHttpServer::Handler answers(std::map<std::string, FakeReply> replies) {
  return [replies = std::move(replies)](const FakeRequest& request) {
    const bool writes_nothing =
        request.method == "POST" && request.target.starts_with("/write?") && request.body.empty();
    EXPECT_TRUE(request.method == "GET" || writes_nothing) << request.target;
    const auto found = replies.find(request.target);
    return found == replies.end() ? FakeReply{.status = 404, .body = "not found"} : found->second;
  };
}

SystemState state_of(const std::string& system, const Config& config) {
  HttpClient http;
  const testing::FakeClock clock(kNow * 1'000'000'000);
  for (SystemState& state : check_systems(config, http, clock)) {
    if (state.system != system) continue;
    for (const Finding& finding : state.findings) {
      EXPECT_FALSE(finding.id.empty());
      for (const Localized& text : {finding.finding, finding.remedy}) {
        EXPECT_FALSE(text.pt_br.empty()) << finding.id;
        EXPECT_FALSE(text.en.empty()) << finding.id;
      }
    }
    EXPECT_EQ(state.configured && !state.ok,
              std::ranges::any_of(state.findings, [](const Finding& f) { return f.kind == FindingKind::fault; }));
    return state;
  }
  ADD_FAILURE() << "no such system";
  return {};
}

constexpr const char* kHealth = R"({"database": "ok", "version": "12.2.0", "commit": "probe"})";
constexpr const char* kRights =
    R"({"folders:create": ["folders:*"], "dashboards:create": ["folders:*"], "datasources:create": [""],
        "alert.rules:create": ["folders:*"]})";

Config grafana_at(const FakeHttpServer& server, const std::string& token) {
  Config config;
  config.of<GrafanaSettings>().url = server.url();
  config.of<GrafanaSettings>().api_key = Secret(token);
  return config;
}

TEST(Check, NothingConfiguredMeansNoRequestAndNoFault) {
  HttpClient http;
  const auto states = check_systems(Config{}, http, testing::FakeClock());
  ASSERT_EQ(states.size(), 5U);
  for (const SystemState& state : states) {
    EXPECT_FALSE(state.configured);
    EXPECT_FALSE(state.reachable);
    EXPECT_FALSE(state.ok);
    EXPECT_THAT(state.findings, IsEmpty());
  }
}

TEST(Check, AServerThatIsDownIsUnreachableAndNamesTheSetting) {
  Config config;
  {
    const FakeHttpServer gone(answers({}));
    config.of<GrafanaSettings>().url = config.of<PrometheusSettings>().url = config.of<PushgatewaySettings>().url =
        config.of<ElasticsearchSettings>().url = config.of<InfluxDbSettings>().url = gone.url();
  }
  for (const auto& [system, setting] : std::map<std::string, std::string>{{"grafana", "GRAFANA_URL"},
                                                                          {"prometheus", "PROMETHEUS_URL"},
                                                                          {"pushgateway", "PROMETHEUS_PUSHGATEWAY"},
                                                                          {"elasticsearch", "ELASTICSEARCH_URL"},
                                                                          {"influxdb", "INFLUXDB_URL"}}) {
    const SystemState state = state_of(system, config);
    EXPECT_TRUE(state.configured);
    EXPECT_FALSE(state.reachable) << system;
    EXPECT_FALSE(state.ok);
    ASSERT_EQ(state.findings.size(), 1U);
    EXPECT_THAT(state.findings[0].remedy.en, HasSubstr(setting));
  }
}

TEST(Check, SomethingElseAtTheAddressIsNotOk) {
  const FakeHttpServer server([](const FakeRequest&) { return FakeReply{.body = "<html>It works!</html>"}; });
  Config config;
  config.of<GrafanaSettings>().url = config.of<PushgatewaySettings>().url = config.of<ElasticsearchSettings>().url =
      config.of<InfluxDbSettings>().url = server.url();
  for (const char* system : {"grafana", "pushgateway", "elasticsearch", "influxdb"}) {
    const SystemState state = state_of(system, config);
    EXPECT_TRUE(state.reachable);
    EXPECT_FALSE(state.ok) << system;
    ASSERT_EQ(state.findings.size(), 1U) << system;
    EXPECT_EQ(state.findings[0].ill, state.findings[0].id == "wrong_server") << system;
  }
}

TEST(CheckGrafana, AnAdminTokenIsFine) {
  const FakeHttpServer server(answers({{"/api/health", {.body = kHealth}},
                                       {"/api/user", {.body = R"({"login": "sa-1-omniwriter"})"}},
                                       {"/api/access-control/user/permissions", {.body = kRights}}}));
  const SystemState state = state_of("grafana", grafana_at(server, "canary"));
  EXPECT_TRUE(state.ok);
  EXPECT_EQ(state.version, "12.2.0");
  EXPECT_THAT(state.findings, IsEmpty());
  EXPECT_EQ(server.requests()[0].header("Authorization"), "") << "health needs no token";
  EXPECT_EQ(server.requests()[1].header("Authorization"), "Bearer canary");
}

TEST(CheckGrafana, ATokenThatGrafanaDoesNotKnowIsAFault) {
  const FakeHttpServer server(
      answers({{"/api/health", {.body = kHealth}},
               {"/api/user", {.status = 401, .body = R"({"message": "Invalid API key", "statusCode": 401})"}}}));
  const SystemState state = state_of("grafana", grafana_at(server, "canary"));
  EXPECT_TRUE(state.reachable);
  EXPECT_FALSE(state.ok);
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_THAT(state.findings[0].finding.en, AllOf(HasSubstr("does not accept the token"), Not(HasSubstr("canary"))));
  EXPECT_THAT(state.findings[0].remedy.en, HasSubstr("GRAFANA_API_KEY"));
}

/// With anonymous access on, Grafana answers 200 to a wrong token.
TEST(CheckGrafana, AWrongTokenBehindAnonymousAccessIsAFault) {
  const FakeHttpServer server(answers({{"/api/health", {.body = kHealth}},
                                       {"/api/user", {.body = R"({"id": 0, "login": ""})"}},
                                       {"/api/access-control/user/permissions", {.body = kRights}}}));
  EXPECT_FALSE(state_of("grafana", grafana_at(server, "wrong")).ok);
}

TEST(CheckGrafana, MissingRightsAreNamed) {
  const FakeHttpServer server(
      answers({{"/api/health", {.body = kHealth}},
               {"/api/user", {.body = R"({"login": "sa-1-viewer"})"}},
               {"/api/access-control/user/permissions", {.body = R"({"dashboards:create": ["folders:*"]})"}}}));
  const SystemState state = state_of("grafana", grafana_at(server, "token"));
  EXPECT_FALSE(state.ok);
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_EQ(state.findings[0].finding.en,
            "the token lacks rights: folders:create, datasources:create, alert.rules:create");
}

/// As Grafana 12.2 words its 401: the reason is in messageId.
std::string unauthorized(const std::string& message, const std::string& message_id) {
  return R"({"extra": null, "message": ")" + message + R"(", "messageId": ")" + message_id +
         R"(", "statusCode": 401, "traceID": ""})";
}

TEST(CheckGrafana, TellsAnExpiredTokenFromAWrongOne) {
  const auto finding_of = [](const std::string& body) {
    const FakeHttpServer server(
        answers({{"/api/health", {.body = kHealth}}, {"/api/user", {.status = 401, .body = body}}}));
    const SystemState state = state_of("grafana", grafana_at(server, "canary"));
    EXPECT_FALSE(state.ok);
    EXPECT_EQ(state.findings.size(), 1U);
    return state.findings.at(0);
  };
  const Finding expired = finding_of(unauthorized("Expired API key", "api-key.expired"));
  EXPECT_EQ(expired.id, "grafana_token_expired");
  EXPECT_EQ(expired.finding.en, "the token for Grafana has expired");
  EXPECT_EQ(expired.finding.pt_br, "o token do Grafana expirou");
  for (const auto& [message, message_id] : std::map<std::string, std::string>{{"Invalid API key", "api-key.invalid"},
                                                                              {"Unauthorized", "auth.unauthorized"}}) {
    const Finding refused = finding_of(unauthorized(message, message_id));
    EXPECT_EQ(refused.id, "grafana_token_refused");
    EXPECT_THAT(refused.finding.en, HasSubstr(message_id));
    EXPECT_THAT(refused.finding.pt_br, HasSubstr(message_id));
  }
}

TEST(CheckGrafana, AnAnswerThatRepeatsTheTokenIsNotQuoted) {
  for (const std::string& body : {unauthorized("Bearer canary", "canary"), unauthorized("x", "api-key.canary-1")}) {
    const FakeHttpServer server(
        answers({{"/api/health", {.body = kHealth}}, {"/api/user", {.status = 401, .body = body}}}));
    const SystemState state = state_of("grafana", grafana_at(server, "canary"));
    ASSERT_EQ(state.findings.size(), 1U);
    EXPECT_EQ(state.findings[0].finding.en, "Grafana does not accept the token (HTTP 401)");
  }
}

TEST(CheckGrafana, AVersionTooOldOrUnreadableIsToldApart) {
  const auto at_version = [](const std::string& version) {
    const FakeHttpServer server(answers({{"/api/health", {.body = R"({"database": "ok")" + version + "}"}},
                                         {"/api/user", {.body = R"({"login": "sa-1-omniwriter"})"}},
                                         {"/api/access-control/user/permissions", {.body = kRights}}}));
    return state_of("grafana", grafana_at(server, "token"));
  };
  for (const char* old : {"8.5.27", "7.0.0-beta1"}) {
    const SystemState state = at_version(std::string(R"(, "version": ")") + old + "\"");
    EXPECT_FALSE(state.ok);
    ASSERT_EQ(state.findings.size(), 1U);
    EXPECT_EQ(state.findings[0].id, "grafana_too_old");
    EXPECT_THAT(state.findings[0].finding.en, HasSubstr(old));
  }
  for (const char* unreadable : {"", R"(, "version": "main")", R"(, "version": "12")", R"(, "version": 12)"}) {
    const SystemState state = at_version(unreadable);
    EXPECT_TRUE(state.ok) << "rights are there all the same";
    ASSERT_EQ(state.findings.size(), 1U) << unreadable;
    EXPECT_EQ(state.findings[0].id, "grafana_version_unknown");
  }
  for (const char* fine : {"9.0.0", "10.4.1-pre"}) {
    EXPECT_THAT(at_version(std::string(R"(, "version": ")") + fine + "\"").findings, IsEmpty());
  }
}

/// Servers tell the time to the second.
TEST(Check, AClockThatIsOffIsMeasured) {
  const auto findings_at = [](const char* date) {
    const FakeHttpServer server(answers({{"/api/health", {.body = kHealth, .headers = {{"Date", date}}}},
                                         {"/api/user", {.body = R"({"login": "sa-1-omniwriter"})"}},
                                         {"/api/access-control/user/permissions", {.body = kRights}}}));
    return state_of("grafana", grafana_at(server, "token")).findings;
  };
  for (const char* near : {"Mon, 23 Nov 2026 16:04:33 GMT", "Mon, 23 Nov 2026 16:04:38 GMT",
                           "Mon, 23 Nov 2026 16:04:27 GMT", "soon", ""}) {
    EXPECT_THAT(findings_at(near), IsEmpty()) << near;
  }
  const auto ahead = findings_at("Mon, 23 Nov 2026 16:05:33 GMT");
  ASSERT_EQ(ahead.size(), 1U);
  EXPECT_EQ(ahead[0].id, "clock_skew");
  EXPECT_EQ(ahead[0].kind, FindingKind::advice);
  EXPECT_EQ(ahead[0].finding.en, "the clock of Grafana is 60 s ahead of the one of this machine");
  EXPECT_EQ(ahead[0].finding.pt_br, "o relógio do Grafana está 60 s adiantado em relação ao desta máquina");
  const auto behind = findings_at("Mon, 23 Nov 2026 16:04:26 GMT");
  ASSERT_EQ(behind.size(), 1U);
  EXPECT_EQ(behind[0].finding.en, "the clock of Grafana is 6 s behind the one of this machine");
}

// Folders, dashboards and rules are made all the same.
TEST(CheckGrafana, AnEditorIsEnoughWhereDataSourcesAreThere) {
  const FakeHttpServer server(
      answers({{"/api/health", {.body = kHealth}},
               {"/api/user", {.body = R"({"login": "sa-1-omniwriter"})"}},
               {"/api/access-control/user/permissions",
                {.body = R"({"folders:create": [], "dashboards:create": [], "alert.rules:create": []})"}}}));
  const SystemState state = state_of("grafana", grafana_at(server, "token"));
  EXPECT_TRUE(state.ok);
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_EQ(state.findings[0].id, "grafana_datasources_closed");
  EXPECT_EQ(state.findings[0].kind, FindingKind::advice);
}

TEST(CheckGrafana, NoTokenIsAFaultWhereGrafanaAsksForOne) {
  const FakeHttpServer server(answers(
      {{"/api/health", {.body = kHealth}}, {"/api/access-control/user/permissions", {.status = 401, .body = "{}"}}}));
  const SystemState state = state_of("grafana", grafana_at(server, ""));
  EXPECT_FALSE(state.ok);
  EXPECT_EQ(state.version, "12.2.0");
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_THAT(state.findings[0].finding.en, HasSubstr("none is set"));
}

constexpr const char* kBuildInfo = R"({"status": "success", "data": {"version": "3.1.0"}})";

TEST(CheckPrometheus, SaysWhereThePushgatewayIsNotScraped) {
  const FakeHttpServer server(answers(
      {{"/-/ready", {}},
       {"/api/v1/status/buildinfo", {.body = kBuildInfo}},
       {"/api/v1/targets?state=active",
        {.body = R"({"data": {"activeTargets": [{"scrapeUrl": "http://localhost:9090/metrics", "health": "up"}]}})"}},
       {"/api/v1/query?query=pushgateway_build_info", {.body = R"({"data": {"result": []}})"}}}));
  Config config;
  config.of<PrometheusSettings>().url = server.url();
  EXPECT_THAT(state_of("prometheus", config).findings, IsEmpty()) << "no Pushgateway is configured";

  config.of<PushgatewaySettings>().url = "http://gateway:9091";
  const SystemState state = state_of("prometheus", config);
  EXPECT_TRUE(state.ok) << "nothing is refused";
  EXPECT_EQ(state.version, "3.1.0");
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_THAT(state.findings[0].finding.en, HasSubstr("does not scrape the Pushgateway"));
  EXPECT_THAT(state.findings[0].remedy.en, HasSubstr("targets: ['gateway:9091']"));
}

TEST(CheckPrometheus, APushgatewayInItsPlaceIsTold) {
  const FakeHttpServer server(answers(
      {{"/-/ready", {}}, {"/api/v1/status", {.body = R"({"data": {"build_information": {"version": "1.11.0"}}})"}}}));
  Config config;
  config.of<PrometheusSettings>().url = server.url();
  const SystemState state = state_of("prometheus", config);
  EXPECT_FALSE(state.ok);
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_EQ(state.findings[0].id, "prometheus_is_pushgateway");
  EXPECT_THAT(state.findings[0].remedy.en, HasSubstr("PROMETHEUS_PUSHGATEWAY"));
}

TEST(CheckPrometheus, KnowsThePushgatewayByAddressAndByItsOwnMetric) {
  const auto server = [](const char* target, const char* result) {
    return answers({{"/-/ready", {}},
                    {"/api/v1/status/buildinfo", {.body = kBuildInfo}},
                    {"/api/v1/targets?state=active",
                     {.body = std::string(R"({"data": {"activeTargets": [{"scrapeUrl": ")") + target +
                              R"(", "health": "down", "lastError": "connection refused"}]}})"}},
                    {"/api/v1/query?query=pushgateway_build_info",
                     {.body = std::string(R"({"data": {"result": [)") + result + "]}}"}}});
  };
  Config config;
  config.of<PushgatewaySettings>().url = "http://localhost:9091";
  {
    const FakeHttpServer prometheus(server("http://127.0.0.1:9091/metrics?x=y", ""));
    config.of<PrometheusSettings>().url = prometheus.url();
    const auto findings = state_of("prometheus", config).findings;
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_THAT(findings[0].finding.en, HasSubstr("fails to scrape the Pushgateway: connection refused"));
  }
  {
    const FakeHttpServer prometheus(server("http://other-name:9091/metrics", "{}"));
    config.of<PrometheusSettings>().url = prometheus.url();
    EXPECT_THAT(state_of("prometheus", config).findings, IsEmpty());
  }
}

std::vector<std::string> ids_of(const SystemState& state) {
  std::vector<std::string> ids;
  ids.reserve(state.findings.size());
  for (const Finding& finding : state.findings) ids.push_back(finding.id);
  return ids;
}

TEST(CheckPrometheus, TellsWhatItWasStartedAndConfiguredWithout) {
  const auto findings = [](const char* version, const char* flags, const char* yaml, const Config& settings = {}) {
    const FakeHttpServer server(
        answers({{"/-/ready", {}},
                 {"/api/v1/status/buildinfo",
                  {.body = fmt::format(R"({{"status": "success", "data": {{"version": "{}"}}}})", version)}},
                 {"/api/v1/status/flags", {.body = fmt::format(R"({{"status": "success", "data": {{{}}}}})", flags)}},
                 {"/api/v1/status/config",
                  {.body = fmt::format(R"({{"status": "success", "data": {{"yaml": "{}"}}}})", yaml)}}}));
    Config config = settings;
    config.of<PrometheusSettings>().url = server.url();
    const SystemState state = state_of("prometheus", config);
    EXPECT_TRUE(state.ok);
    return ids_of(state);
  };
  const char* const wide = R"(storage:\n  tsdb:\n    out_of_order_time_window: 30d\n)";
  EXPECT_THAT(findings("2.42.0", R"("enable-feature": "")", "global: {}"),
              ElementsAre("prometheus_no_native_histograms", "prometheus_no_out_of_order"));
  EXPECT_THAT(findings("2.42.0", R"("enable-feature": "x,native-histograms")", wide), IsEmpty());
  EXPECT_THAT(findings("3.1.0", R"("enable-feature": "")", R"(out_of_order_time_window: 0s\n)"),
              ElementsAre("prometheus_no_out_of_order"));
  Config config;
  config.of<PrometheusSettings>().rules_dir = "/rules";
  config.outputs["remote_write"] = "http://localhost:9090/api/v1/write";
  EXPECT_THAT(findings("3.1.0", R"("web.enable-lifecycle": "false")", "global: {}", config),
              ElementsAre("prometheus_no_lifecycle", "prometheus_no_out_of_order"));
}

TEST(CheckPrometheus, NotReadyIsAFault) {
  const FakeHttpServer server(
      answers({{"/-/ready", {.status = 503}}, {"/api/v1/status/buildinfo", {.body = kBuildInfo}}}));
  Config config;
  config.of<PrometheusSettings>().url = server.url();
  const SystemState state = state_of("prometheus", config);
  EXPECT_TRUE(state.reachable);
  EXPECT_FALSE(state.ok);
  EXPECT_EQ(state.version, "3.1.0");
}

std::string group(const char* job, const char* test_name, double pushed_at) {
  return fmt::format(
      R"({{"labels": {{"job": "{}", "test_name": "{}", "testid": "run-1"}}, "last_push_successful": true,
          "push_time_seconds": {{"type": "GAUGE", "metrics": [{{"labels": {{}}, "value": "{}"}}]}}}})",
      job, test_name, pushed_at);
}

std::vector<Finding> findings_for_groups(const std::string& groups) {
  const FakeHttpServer server(
      answers({{"/-/ready", {}},
               {"/api/v1/status", {.body = R"({"data": {"build_information": {"version": "1.9.0"}}})"}},
               {"/api/v1/metrics", {.body = groups}}}));
  Config config;
  config.of<PushgatewaySettings>().url = server.url();
  const SystemState state = state_of("pushgateway", config);
  EXPECT_TRUE(state.ok);
  EXPECT_EQ(state.version, "1.9.0");
  return state.findings;
}

TEST(CheckPushgateway, FindsOurNamesUnderAnotherType) {
  const auto state_with = [](const std::string& metric, const std::string& type, const std::string& job) {
    const FakeHttpServer server(
        answers({{"/-/ready", {}},
                 {"/api/v1/status", {.body = R"({"data": {"build_information": {"version": "1.9.0"}}})"}},
                 {"/api/v1/metrics",
                  {.body = fmt::format(R"({{"data": [{{"labels": {{"job": "{}", "instance": "a b"}},
                     "{}": {{"type": "{}", "metrics": []}}}}]}})",
                                       job, metric, type)}}}));
    Config config;
    config.of<PushgatewaySettings>().url = server.url();
    return state_of("pushgateway", config);
  };
  const SystemState clash = state_with("load_test_active_users", "COUNTER", "other");
  EXPECT_FALSE(clash.ok);
  ASSERT_EQ(clash.findings.size(), 1U);
  EXPECT_EQ(clash.findings[0].id, "pushgateway_type_clash");
  EXPECT_THAT(clash.findings[0].finding.en,
              AllOf(HasSubstr("load_test_active_users is there as COUNTER"), HasSubstr("no GAUGE")));
  EXPECT_THAT(clash.findings[0].remedy.en, HasSubstr("/metrics/job/other/instance/a%20b"));
  EXPECT_THAT(state_with("load_test_active_users", "COUNTER", "a/b").findings[0].remedy.en, Not(HasSubstr("curl")));
  EXPECT_TRUE(state_with("load_test_active_users", "GAUGE", "other").ok);
  EXPECT_TRUE(state_with("somebody_elses", "COUNTER", "other").ok);
}

TEST(CheckPushgateway, CountsGroupsThatNobodyPushesToAnyMore) {
  constexpr double kDay = 86'400;
  EXPECT_THAT(findings_for_groups(R"({"status": "success", "data": []})"), IsEmpty());
  EXPECT_THAT(findings_for_groups(R"({"data": [)" + group("load_test", "fresh", kNow - kDay) + "," +
                                  group("backup", "other job", kNow - 9 * kDay) + "]}"),
              IsEmpty());
  const auto findings = findings_for_groups(
      R"({"data": [)" + group("load_test", "older", kNow - 2.5 * kDay) + "," + group("load_test", "fresh", kNow) + "," +
      group("load_test", "oldest", kNow - 9.5 * kDay) + "," + group("load_test", "old", kNow - 1.1 * kDay) + "]}");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].id, "stale_pushgateway_group");
  EXPECT_EQ(findings[0].kind, FindingKind::advice);
  EXPECT_THAT(findings[0].finding.en, AllOf(HasSubstr("3 groups"), HasSubstr("oldest (run-1), for 9 days")));
  EXPECT_THAT(findings[0].finding.pt_br, AllOf(HasSubstr("3 grupos"), HasSubstr("há 9 dias")));
  EXPECT_THAT(findings[0].remedy.en, HasSubstr("curl -X DELETE http://127.0.0.1:"));
}

TEST(CheckPushgateway, AListThatWasCutOffIsNoReasonForSilence) {
  const auto findings = findings_for_groups(R"({"data": [{"labels": {"job": "load_)");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].id, "pushgateway_groups_unknown");
}

Config elasticsearch_at(const FakeHttpServer& server) {
  Config config;
  config.of<ElasticsearchSettings>().url = server.url();
  return config;
}

TEST(CheckElasticsearch, SaysThatTheTemplateWillBeCreated) {
  const FakeHttpServer server(answers(
      {{"/",
        {.body = R"({"version": {"number": "8.6.2", "build_flavor": "default"}, "tagline": "You Know, for Search"})"}},
       {"/_cluster/health", {.body = R"({"status": "green"})"}}}));
  const SystemState state = state_of("elasticsearch", elasticsearch_at(server));
  EXPECT_TRUE(state.ok);
  EXPECT_EQ(state.version, "8.6.2");
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_EQ(state.findings[0].finding.en, "there is no index template load-tests yet");
}

TEST(CheckElasticsearch, FindsTheVersionWhereTheFrontPageIsNotServed) {
  const FakeHttpServer server(answers(
      {{"/",
        {.status = 405, .body = R"({"error": "Incorrect HTTP method for uri [/] and method [GET]", "status": 405})"}},
       {"/_nodes/_local?filter_path=nodes.*.version", {.body = R"({"nodes": {"x1": {"version": "9.2.0"}}})"}},
       {"/_cluster/health", {.body = R"({"status": "red"})"}},
       {"/_index_template/load-tests", {.body = R"({"index_templates": [{}]})"}}}));
  const SystemState state = state_of("elasticsearch", elasticsearch_at(server));
  EXPECT_TRUE(state.ok);
  EXPECT_EQ(state.version, "9.2.0");
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_THAT(state.findings[0].finding.en, HasSubstr("cluster is red"));
}

TEST(CheckElasticsearch, KnowsOpenSearchEvenInDisguise) {
  for (const char* front :
       {R"({"version": {"distribution": "opensearch", "number": "2.19.4"}})",
        R"({"version": {"number": "7.10.2"}, "tagline": "The OpenSearch Project: https://opensearch.org/"})"}) {
    const FakeHttpServer server(answers({{"/", {.body = front}}}));
    EXPECT_THAT(state_of("elasticsearch", elasticsearch_at(server)).version, HasSubstr("opensearch "));
  }
}

TEST(CheckElasticsearch, ALoginIsAFault) {
  const FakeHttpServer server(answers({{"/", {.status = 401, .body = R"({"error": {}})"}}}));
  Config config = elasticsearch_at(server);
  const auto only_finding = [&] {
    const SystemState state = state_of("elasticsearch", config);
    EXPECT_TRUE(state.reachable);
    EXPECT_FALSE(state.ok);
    EXPECT_EQ(state.findings.size(), 1U);
    EXPECT_THAT(state.findings.at(0).remedy.en, HasSubstr("ELASTICSEARCH_API_KEY"));
    return state.findings.at(0).id;
  };
  EXPECT_EQ(only_finding(), "elasticsearch_login_missing");
  config.of<ElasticsearchSettings>().api_key = Secret("id:canary");
  EXPECT_EQ(only_finding(), "elasticsearch_login_refused");
  EXPECT_THAT(server.requests().back().header("Authorization"), HasSubstr("ApiKey "));
}

class CheckElasticsearchLimits : public ::testing::Test {
 protected:
  std::vector<std::string> findings() {
    const FakeHttpServer server(answers(replies_));
    config_.of<ElasticsearchSettings>().url = server.url();
    return ids_of(state_of("elasticsearch", config_));
  }
  void limits(const char* low, const char* flood, int shards = 1000) {
    replies_["/_cluster/settings?include_defaults=true&flat_settings=true"] = {
        .body = fmt::format(R"({{"persistent": {{"cluster.routing.allocation.disk.watermark.low": "{}"}},
                                 "defaults": {{"cluster.routing.allocation.disk.watermark.low": "85%",
                                 "cluster.routing.allocation.disk.watermark.flood_stage": "{}",
                                 "cluster.routing.allocation.disk.threshold_enabled": "true",
                                 "cluster.max_shards_per_node": "{}"}}}})",
                            low, flood, shards)};
  }
  void disk(const char* percent) {
    replies_["/_cat/allocation?format=json&h=node,disk.percent"] = {
        .body = fmt::format(
            R"([{{"node": "n1", "disk.percent": "{}"}}, {{"node": "UNASSIGNED", "disk.percent": null}}])", percent)};
  }
  std::map<std::string, FakeReply> replies_{
      {"/", {.body = R"({"version": {"number": "8.6.2"}})"}},
      {"/_cluster/health",
       {.body = R"({"status": "green", "number_of_data_nodes": 2, "active_shards": 150, "unassigned_shards": 30})"}},
      {"/_index_template/load-tests", {.body = "{}"}}};
  Config config_;
};

TEST_F(CheckElasticsearchLimits, DisksThatFillUp) {
  limits("80%", "95%");
  disk("79");
  EXPECT_THAT(findings(), IsEmpty());
  disk("80");
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_disk_high"));
  disk("95");
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_disk_full"));
  limits("0.8", "0.99");
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_disk_high"));
  limits("10gb", "1gb");  // what is left is not compared
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(CheckElasticsearchLimits, ShardsThatRunOut) {
  limits("85%", "95%", 101);
  EXPECT_THAT(findings(), IsEmpty());
  limits("85%", "95%", 100);
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_shards_high"));
  limits("85%", "95%", 90);
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_shards_full"));
}

TEST_F(CheckElasticsearchLimits, ANewIndexNeedsTwoShards) {
  limits("85%", "95%", 1);
  replies_["/_cluster/health"] = {.body = R"({"status": "green", "number_of_data_nodes": 1, "active_shards": 0})"};
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_shards_full"));
}

TEST_F(CheckElasticsearchLimits, TemplatesThatMeetOurs) {
  const auto other = [&](const std::string& patterns, int priority) {
    replies_["/_index_template"] = {
        .body = fmt::format(R"({{"index_templates": [{{"name": "load-tests", "index_template": {{"index_patterns":
                            ["load-tests-*"], "priority": 500}}}}, {{"name": "other", "index_template":
                            {{"index_patterns": [{}], "priority": {}}}}}]}})",
                            patterns, priority)};
  };
  other(R"("load*")", 500);
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_template_clash"));
  for (const char* pattern : {R"("*")", R"("x", "load-tests-2026*")", R"("*-tests-*")", R"("*.11.23")"}) {
    other(pattern, 500);
    EXPECT_THAT(findings(), ElementsAre("elasticsearch_template_clash")) << pattern;
  }
  other(R"("load*")", 501);
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_template_overruled"));
  other(R"("load*")", 499);
  EXPECT_THAT(findings(), IsEmpty());
  for (const char* pattern : {R"("load-test")", R"("logs-*")", R"("load-tests")", R"("*-metrics-*x")"}) {
    other(pattern, 500);
    const bool may_meet = std::string_view(pattern) == R"("*-metrics-*x")";  // load-tests-a-metrics-x
    EXPECT_EQ(findings().size(), may_meet ? 1U : 0U) << pattern;
  }
}

TEST_F(CheckElasticsearchLimits, AnIndexWithTheNameOfOurAlias) {
  replies_["/_index_template/load-tests"] = {
      .body = R"({"index_templates": [{"name": "load-tests", "index_template": {"template": {"aliases":
                 {"load-tests": {}}}}}]})"};
  replies_["/load-tests/_alias"] = {.body = R"({"load-tests-2026.11.23": {"aliases": {"load-tests": {}}}})"};
  EXPECT_THAT(findings(), IsEmpty()) << "it is an alias";
  replies_["/load-tests/_alias"] = {.body = R"({"load-tests": {"aliases": {}}})"};
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_alias_clash"));
}

TEST_F(CheckElasticsearchLimits, IndicesThatCanOnlyBeRead) {
  replies_["/load-tests-*/_settings/index.blocks.*?flat_settings=true&ignore_unavailable=true"] = {
      .body = R"({"load-tests-2026.11.23": {"settings": {"index.blocks.read_only_allow_delete": "true"}}})"};
  EXPECT_THAT(findings(), ElementsAre("elasticsearch_index_read_only"));
}

TEST_F(CheckElasticsearchLimits, RightsThatAreMissingWhereThereIsALogin) {
  replies_["/_security/user/_has_privileges"] = {
      .body =
          R"({"username": "ann", "has_all_requested": false, "cluster": {"monitor": true, "manage_index_templates": false},
                  "index": {"load-tests-*": {"create_index": true, "read": true, "write": false}}})"};
  EXPECT_THAT(findings(), IsEmpty()) << "no login";
  config_.of<ElasticsearchSettings>().username = "ann";
  const FakeHttpServer server(answers(replies_));
  config_.of<ElasticsearchSettings>().url = server.url();
  const SystemState state = state_of("elasticsearch", config_);
  ASSERT_EQ(ids_of(state), std::vector<std::string>{"elasticsearch_rights_missing"});
  EXPECT_THAT(state.findings[0].finding.en, HasSubstr("manage_index_templates, write"));
}

Config influxdb_at(const FakeHttpServer& server) {
  Config config;
  config.of<InfluxDbSettings>().url = server.url();
  return config;
}

FakeHttpServer::Handler influxdb(FakeReply databases) {
  return answers({{"/ping", {.status = 204, .headers = {{"X-Influxdb-Version", "v1.6.7"}}}},
                  {"/query?q=SHOW%20DATABASES", std::move(databases)}});
}

TEST(CheckInfluxdb, SaysThatTheDatabaseWillBeCreated) {
  const FakeHttpServer server(influxdb({.body = R"({"results": [{"series": [{"values": [["_internal"]]}]}]})"}));
  const SystemState state = state_of("influxdb", influxdb_at(server));
  EXPECT_TRUE(state.ok);
  EXPECT_EQ(state.version, "1.6.7");
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_EQ(state.findings[0].finding.en, "there is no database load_tests yet");
}

TEST(CheckInfluxdb, FindsTheDatabase) {
  const FakeHttpServer server(
      influxdb({.body = R"({"results": [{"series": [{"values": [["_internal"], ["load_tests"]]}]}]})"}));
  EXPECT_THAT(state_of("influxdb", influxdb_at(server)).findings, IsEmpty());
}

TEST(CheckInfluxdb, TellsHowLongPointsAreKept) {
  const auto found = [](const std::string& duration) {
    const FakeHttpServer server(answers(
        {{"/ping", {.status = 204, .headers = {{"X-Influxdb-Version", "v1.6.7"}}}},
         {"/query?q=SHOW%20DATABASES", {.body = R"({"results": [{"series": [{"values": [["load_tests"]]}]}]})"}},
         {"/query?q=SHOW%20RETENTION%20POLICIES%20ON%20%22load_tests%22",
          {.body = fmt::format(R"({{"results": [{{"series": [{{"columns": ["name", "duration", "default"],
                     "values": [["other", "1h0m0s", false], ["mine", "{}", true]]}}]}}]}})",
                               duration)}}}));
    const SystemState state = state_of("influxdb", influxdb_at(server));
    EXPECT_TRUE(state.ok);
    std::string text;
    for (const Finding& finding : state.findings) text += finding.id + ": " + finding.finding.en + "\n";
    return text;
  };
  EXPECT_EQ(found("0s"), "");
  EXPECT_EQ(found("168h0m0s"),
            "influxdb_retention: load_tests keeps points for 7 days: runs that are older are refused\n");
  EXPECT_THAT(found("1h30m0s"), HasSubstr("influxdb_retention_short: load_tests keeps points for 1 h"));
}

TEST(CheckInfluxdb, AWrongPasswordIsAFaultAndStaysSecret) {
  const FakeHttpServer server(influxdb({.status = 401, .body = R"({"error": "authorization failed"})"}));
  Config config = influxdb_at(server);
  config.of<InfluxDbSettings>().username = "admin";
  config.of<InfluxDbSettings>().password = Secret("canary");
  const SystemState state = state_of("influxdb", config);
  EXPECT_TRUE(state.reachable);
  EXPECT_FALSE(state.ok);
  ASSERT_EQ(state.findings.size(), 1U);
  EXPECT_THAT(state.findings[0].remedy.en, HasSubstr("INFLUXDB_PASSWORD"));
  EXPECT_THAT(state.findings[0].finding.en + state.findings[0].remedy.en, Not(HasSubstr("canary")));
  EXPECT_THAT(server.requests()[1].header("Authorization"), HasSubstr("Basic "));
  EXPECT_THAT(server.requests()[1].target, Not(HasSubstr("canary")));
}

TEST(CheckInfluxdb, AUserWhoMayNotWriteIsAFault) {
  const FakeHttpServer server(
      answers({{"/ping", {.status = 204, .headers = {{"X-Influxdb-Version", "1.8.10"}}}},
               {"/query?q=SHOW%20DATABASES", {.body = R"({"results": [{"series": [{"values": [["load_tests"]]}]}]})"}},
               {"/write?db=load_tests", {.status = 403, .body = R"({"error": "not authorized"})"}}}));
  Config config = influxdb_at(server);
  EXPECT_THAT(state_of("influxdb", config).findings, IsEmpty()) << "no login";
  config.of<InfluxDbSettings>().username = "reader";
  EXPECT_EQ(ids_of(state_of("influxdb", config)), std::vector<std::string>{"influxdb_write_refused"});
}

TEST(CheckInfluxdb, AsksVersion2ForItsBucket) {
  const auto findings = [](const FakeReply& buckets) {
    const FakeHttpServer server(answers({{"/ping", {.status = 204, .headers = {{"X-Influxdb-Version", "v2.7.6"}}}},
                                         {"/api/v2/buckets?org=me&name=load_tests", buckets}}));
    Config config = influxdb_at(server);
    config.of<InfluxDbSettings>().token = Secret("canary");
    config.of<InfluxDbSettings>().org = "me";
    return ids_of(state_of("influxdb", config));
  };
  EXPECT_THAT(findings({.body = R"({"buckets": [{"name": "load_tests"}]})"}), IsEmpty());
  EXPECT_THAT(findings({.body = R"({"buckets": []})"}), ElementsAre("influxdb_bucket_missing"));
  EXPECT_THAT(findings({.status = 404, .body = R"({"code": "not found", "message": "bucket not found"})"}),
              ElementsAre("influxdb_bucket_missing"));
  EXPECT_THAT(findings({.status = 401, .body = R"({"code": "unauthorized"})"}), ElementsAre("influxdb_login_refused"));
}

TEST(Check, OddAnswersAreFaultsNotCrashes) {
  for (const char* body :
       {"", "null", "[]", "5", "\"x\"", "{}", "{\"data\": []}", "{\"results\": {}}", "{\"results\": [5]}",
        "{\"version\": 5, \"database\": []}", "{\"nodes\": [1]}", "{\"nodes\": {\"a\": 5}}",
        "{\"status\": \"success\", \"data\": {\"activeTargets\": [5, {}], \"result\": 5}}",
        "{\"results\": [{\"series\": [{\"values\": [5, []]}]}]}", "\xff\xfe"}) {
    const FakeHttpServer server([&](const FakeRequest&) { return FakeReply{.body = body}; });
    Config config;
    config.of<GrafanaSettings>().url = config.of<PrometheusSettings>().url = config.of<PushgatewaySettings>().url =
        config.of<ElasticsearchSettings>().url = config.of<InfluxDbSettings>().url = server.url();
    HttpClient http;
    EXPECT_EQ(check_systems(config, http, testing::FakeClock()).size(), 5U);
  }
}

}  // namespace
}  // namespace omniwriter
