#include "config/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "config/judge_settings.h"
#include "config/vitals_settings.h"
#include "outputs/loki/settings.h"
#include "outputs/otlp/settings.h"
#include "systems/elasticsearch/settings.h"
#include "systems/grafana/settings.h"
#include "systems/influxdb/settings.h"
#include "systems/prometheus/settings.h"

namespace omniwriter {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "omniwriter-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  Result<Config> load(std::string_view text) const { return load_config(write("config.json", text), environment()); }

  std::string error_of(std::string_view text) const {
    const auto config = load(text);
    if (config) return "no error";
    EXPECT_EQ(config.error().code, ErrorCode::usage);
    return config.error().message;
  }

  Environment environment() const {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> variables_;
};

constexpr std::string_view kSeed = R"({
  "monitoring_config": {
    "grafana_url": "http://localhost:3000",
    "grafana_api_key": "",
    "prometheus_url": "http://localhost:9090",
    "prometheus_pushgateway": "http://localhost:9091",
    "elasticsearch_url": "http://localhost:9200",
    "elasticsearch_index": "load-tests",
    "influxdb_url": "http://localhost:8086",
    "influxdb_database": "load_tests",
    "influxdb_username": "",
    "influxdb_password": ""
  }
}
)";

TEST_F(ConfigTest, ReadsTheSeedFile) {
  const auto config = load(kSeed);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->of<GrafanaSettings>().url, "http://localhost:3000");
  EXPECT_TRUE(config->of<GrafanaSettings>().api_key.empty());
  EXPECT_EQ(config->of<PrometheusSettings>().url, "http://localhost:9090");
  EXPECT_EQ(config->of<PushgatewaySettings>().url, "http://localhost:9091");
  EXPECT_EQ(config->of<ElasticsearchSettings>().url, "http://localhost:9200");
  EXPECT_EQ(config->of<ElasticsearchSettings>().index, "load-tests");
  EXPECT_EQ(config->of<InfluxDbSettings>().url, "http://localhost:8086");
  EXPECT_EQ(config->of<InfluxDbSettings>().database, "load_tests");
  EXPECT_EQ(config->of<InfluxDbSettings>().username, "");
  EXPECT_TRUE(config->of<InfluxDbSettings>().password.empty());
}

TEST_F(ConfigTest, ReadsTheSeedVariables) {
  variables_ = {{"GRAFANA_URL", "http://g:3000"},       {"GRAFANA_API_KEY", "key"},
                {"PROMETHEUS_URL", "http://p:9090"},    {"PROMETHEUS_PUSHGATEWAY", "http://pg:9091"},
                {"ELASTICSEARCH_URL", "http://e:9200"}, {"ELASTICSEARCH_INDEX", "other"},
                {"INFLUXDB_URL", "http://i:8086"},      {"INFLUXDB_DATABASE", "db"},
                {"INFLUXDB_USERNAME", "12345"},         {"INFLUXDB_PASSWORD", "true"}};
  const auto config = load(kSeed);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->of<GrafanaSettings>().url, "http://g:3000");
  EXPECT_EQ(config->of<GrafanaSettings>().api_key.expose(), "key");
  EXPECT_EQ(config->of<PrometheusSettings>().url, "http://p:9090");
  EXPECT_EQ(config->of<PushgatewaySettings>().url, "http://pg:9091");
  EXPECT_EQ(config->of<ElasticsearchSettings>().url, "http://e:9200");
  EXPECT_EQ(config->of<ElasticsearchSettings>().index, "other");
  EXPECT_EQ(config->of<InfluxDbSettings>().url, "http://i:8086");
  EXPECT_EQ(config->of<InfluxDbSettings>().database, "db");
  EXPECT_EQ(config->of<InfluxDbSettings>().username, "12345");
  EXPECT_EQ(config->of<InfluxDbSettings>().password.expose(), "true");
}

TEST_F(ConfigTest, AnEmptyVariableSwitchesASystemOffAndElseIsNotSet) {
  variables_ = {{"GRAFANA_URL", ""}, {"ELASTICSEARCH_INDEX", ""}, {"INFLUXDB_DATABASE", ""}, {"OMNIWRITER_LANG", ""}};
  const auto config = load(R"({"monitoring_config": {"grafana_url": "http://g", "influxdb_database": "mine"}})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->of<GrafanaSettings>().url, "");
  EXPECT_EQ(config->of<ElasticsearchSettings>().index, "load-tests");
  EXPECT_EQ(config->of<InfluxDbSettings>().database, "mine");
  EXPECT_EQ(config->lang, Language::pt_br);
  EXPECT_EQ(config->spoken, Language::en);
}

TEST_F(ConfigTest, TheLocaleTellsTheLanguageUnlessItIsSet) {
  variables_ = {{"LANG", "pt_BR.UTF-8"}};
  EXPECT_EQ(load("{}")->spoken, Language::pt_br);
  EXPECT_EQ(load("lang: en")->spoken, Language::en);
  variables_ = {{"LANG", "en_US.UTF-8"}};
  EXPECT_EQ(load("{}")->lang, Language::en);
}

TEST_F(ConfigTest, ReadsFurtherMembersFromYaml) {
  const auto config = load(R"(# a comment
outputs:
  textfile: /var/lib/node_exporter/load.prom
labels: {team: checkout, region: "1"}
response_time_buckets: [0.1, 0.5, 1, 2.5]
limits:
  max_series: 50
  timeline_bytes: 2097152
  max_record_bytes: 4096
delivery:
  request_timeout_seconds: 2.5
  give_up_after_seconds: 30
store: runs/history.db
lang: en
)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->outputs.at("textfile"), "/var/lib/node_exporter/load.prom");
  EXPECT_EQ(config->labels.at("team"), "checkout");
  EXPECT_EQ(config->labels.at("region"), "1");
  EXPECT_EQ(config->response_time_buckets, (std::vector<double>{0.1, 0.5, 1, 2.5}));
  EXPECT_EQ(config->limits.max_series, 50U);
  EXPECT_EQ(config->limits.timeline_bytes, 2097152U);
  EXPECT_EQ(config->limits.max_record_bytes, 4096U);
  EXPECT_EQ(config->delivery.request_timeout, std::chrono::milliseconds(2500));
  EXPECT_EQ(config->delivery.give_up_after, std::chrono::seconds(30));
  EXPECT_EQ(config->store, folder_ / "runs/history.db") << "relative to the file that says so";
  EXPECT_EQ(config->lang, Language::en);
}

TEST_F(ConfigTest, EmptyFilesAndNullsMeanDefaults) {
  for (const char* text :
       {"", "# nothing\n", "{}", "monitoring_config:\n", "monitoring_config: {influxdb_url: null}"}) {
    const auto config = load(text);
    ASSERT_TRUE(config) << text << ": " << config.error().message;
    EXPECT_EQ(config->of<InfluxDbSettings>().url, "");
    EXPECT_EQ(config->limits.max_series, Limits{}.max_series);
  }
}

TEST_F(ConfigTest, AnUnknownSettingNamesTheNearestOneAndItsPlace) {
  EXPECT_THAT(error_of("{\n  \"monitoring_config\": {\n    \"grafana_ur\": \"http://g\"\n  }\n}\n"),
              AllOf(HasSubstr("config.json:3: "), HasSubstr("unknown setting \"grafana_ur\" in monitoring_config"),
                    HasSubstr("did you mean \"grafana_url\"?")));
  EXPECT_THAT(error_of("monitoring_confg: {}\n"), HasSubstr("did you mean \"monitoring_config\"?"));
  EXPECT_THAT(error_of("influxdb_url: http://i\n"), HasSubstr("did you mean \"monitoring_config.influxdb_url\"?"));
  EXPECT_THAT(error_of("limits: {max_serie: 5}\n"), HasSubstr("did you mean \"max_series\"?"));
  EXPECT_THAT(error_of("lable: {}\n"), HasSubstr("did you mean \"labels\"?"));
  EXPECT_THAT(error_of("monitoring_config.grafana_url: http://g\n"), HasSubstr("unknown setting"));
}

TEST_F(ConfigTest, WrongTypesAndValuesAreErrors) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"monitoring_config: 5", "must be a group of settings, not a single value"},
      {"[1, 2]", "must be a group of settings, not a list"},
      {"monitoring_config: {influxdb_username: 5}", "must be text, not a number or true/false; put it in quotes"},
      {"monitoring_config: {influxdb_username: true}", "must be text, not a number or true/false; put it in quotes"},
      {"monitoring_config: {influxdb_url: [a]}", "must be text, not a list"},
      {"monitoring_config: {influxdb_url: 'localhost:8086'}", "it must begin with http:// or https://"},
      {"monitoring_config: {elasticsearch_index: Load}", "lower case"},
      {"monitoring_config: {influxdb_database: ''}", "must not be empty"},
      {"limits: {max_series: -5}", "must not be negative, but is -5"},
      {"limits: {max_series: 0}", "must be a whole number from 1 to 1000000, but is 0"},
      {"limits: {max_series: 1.5}", "must be a whole number"},
      {"limits: {max_series: 1e99}", "must be a whole number"},
      {"limits: {max_series: many}", "must be a number, not \"many\""},
      {"limits: {max_series: '5'}", "must be a number, not \"5\""},
      {"limits: {max_series: .nan}", "must be a number"},
      {"limits: {max_series: nan}", "must be a number"},
      {"limits: {max_series: {}}", "must be a number, not a group of settings"},
      {"delivery: {request_timeout_seconds: -1}", "must not be negative"},
      {"delivery: {request_timeout_seconds: 0}", "must be from 0.001 to 86400 seconds"},
      {"response_time_buckets: 5", "must be a list of numbers"},
      {"response_time_buckets: []", "must hold from 1 to 500 numbers"},
      {"response_time_buckets: [1, 1]", "ascending"},
      {"response_time_buckets: [0, 1]", "greater than 0"},
      {"response_time_buckets: [1, x]", "must be a number"},
      {"labels: [a]", "must be a group of settings, not a list"},
      {"labels: {testid: x}", "sets this label itself"},
      {"labels: {9x: x}", "a label name holds letters"},
      {"labels: {a: x, a: y}", "holds \"a\" twice"},
      {"outputs: {influxdb: ''}", "must not be empty"},
      {"lang: de", "must be pt-BR or en"},
      {"store: ''", "must not be empty"},
      {"lang: en\nlang: en", "lang is set twice"},
      {"lang: en\n---\nlang: en", "one document is expected"},
      {"{\"lang\": \"en\"} x", "one document is expected"},
      {"{\"lang\": \"en\"", "not valid JSON or YAML"},
      {"? [a]\n: b\n", "the name of a setting must be text"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
}

std::vector<std::string> texts_of(const Config& config) {
  std::vector<std::string> texts;
  for (const Criterion& criterion : config.of<JudgeSettings>().criteria) {
    texts.push_back((criterion.only_warns ? "warn " : "") + criterion.text);
  }
  return texts;
}

TEST_F(ConfigTest, ReadsCriteriaAsAListOrAsK6HasThem) {
  EXPECT_THAT(texts_of(*load("criteria: p95<300ms\nwarn: [p99<1s, errors<1%]")),
              ElementsAre("p95<300ms", "warn p99<1s", "warn errors<1%"));
  const auto config = load(R"({"criteria": {
    "http_req_duration{name:home}": ["p(95)<300", {"threshold": "avg<200", "abortOnFail": true, "delayAbortEval": "1m30s"}],
    "errors": "rate<0.01"}})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(texts_of(*config), ElementsAre("http_req_duration{name:home}: p(95)<300",
                                             "http_req_duration{name:home}: avg<200", "errors: rate<0.01"));
  const auto& criteria = config->of<JudgeSettings>().criteria;
  EXPECT_FALSE(criteria[0].abort_on_fail);
  EXPECT_TRUE(criteria[1].abort_on_fail);
  EXPECT_EQ(criteria[1].delay_abort_eval, std::chrono::seconds(90));
}

TEST_F(ConfigTest, CriteriaOfTheEnvironmentTakeThePlaceOfTheSameSort) {
  variables_ = {{"OMNIWRITER_CRITERIA", "p50<1s; errors<2%;"}, {"OMNIWRITER_JUDGE_MARGIN", "0.05"}};
  const auto config =
      load("criteria: [p95<300ms]\nwarn: [p99<1s]\njudge: {strict: true, baseline: last-passed, history: runs}");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(texts_of(*config), ElementsAre("warn p99<1s", "p50<1s", "errors<2%"));
  const auto& settings = config->of<JudgeSettings>();
  EXPECT_EQ(settings.comparison.margin, 0.05);
  EXPECT_EQ(settings.baseline, "last-passed");
  EXPECT_TRUE(settings.strict);
  EXPECT_EQ(settings.history, folder_ / "runs");
}

TEST_F(ConfigTest, SaysWhatIsWrongWithCriteria) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"criteria: [5]", "must be text, not a number"},
      {"criteria: [p95<300q]", "p95<300q"},
      {"criteria: {errors: [{abortOnFail: true}]}", "a criterion is text, or a group"},
      {"criteria: {errors: [{threshold: rate<1%, abort: true}]}", "a criterion has no \"abort\""},
      {"criteria: {errors: [{threshold: rate<1%, abortOnFail: maybe}]}", "abortOnFail: must be true or false"},
      {"criteria: {errors: [{threshold: rate<1%, delayAbortEval: soon}]}", "delayAbortEval: must be a time"},
      {"warn: [{threshold: errors<1%, abortOnFail: true}]", "what only warns cannot stop a test"},
      {"judge: {margin: 2}", "must be from 0 to 1"},
      {"judge: {baseline_runs: 0}", "must be a whole number from 1 to 100"},
      {"judge: {strict: sometimes}", "must be true or false"},
      {"judge: {baselin: x}", "did you mean \"baseline\"?"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
}

TEST_F(ConfigTest, TheEnvironmentIsCheckedToo) {
  variables_ = {{"INFLUXDB_URL", "influx"}};
  EXPECT_THAT(error_of("{}"), HasSubstr("environment variable INFLUXDB_URL: "));
}

TEST_F(ConfigTest, ReadsSecretsFromFiles) {
  write("password", "from-file\n");
  variables_ = {{"GRAFANA_API_KEY_FILE", write("key", "token-from-file\r\n").string()}};
  const auto config = load(R"({"monitoring_config": {"influxdb_password_file": "password", "influxdb_password": ""}})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->of<InfluxDbSettings>().password.expose(), "from-file") << "relative to the configuration file";
  EXPECT_EQ(config->of<GrafanaSettings>().api_key.expose(), "token-from-file");
}

TEST_F(ConfigTest, TheEnvironmentWinsOverTheSecretOfTheFile) {
  variables_ = {{"INFLUXDB_PASSWORD", "from-environment"}};
  write("password", "from-file");
  const auto config = load(R"({"monitoring_config": {"influxdb_password_file": "password"}})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->of<InfluxDbSettings>().password.expose(), "from-environment");
}

TEST_F(ConfigTest, BadSecretFilesAreErrors) {
  EXPECT_THAT(error_of(R"({"monitoring_config": {"influxdb_password_file": "absent"}})"),
              HasSubstr("cannot be opened"));
  EXPECT_THAT(error_of(R"({"monitoring_config": {"influxdb_password_file": "."}})"), HasSubstr("it is a folder"));
  write("empty", "\n");
  EXPECT_THAT(error_of(R"({"monitoring_config": {"influxdb_password_file": "empty"}})"), HasSubstr("is empty"));
  write("two", "a\nb\n");
  EXPECT_THAT(error_of(R"({"monitoring_config": {"influxdb_password_file": "two"}})"), HasSubstr("on one line"));
  write("one", "a");
  EXPECT_THAT(error_of(R"({"monitoring_config": {"influxdb_password_file": "one", "influxdb_password": "b"}})"),
              HasSubstr("influxdb_password and influxdb_password_file are both set"));
}

TEST_F(ConfigTest, MessagesNeverHoldASecret) {
  write("bad", "canary\ncanary");
  for (const char* text :
       {"monitoring_config: {influxdb_password: [canary]}", "monitoring_config: {influxdb_password: \"canary\\n\"}",
        "monitoring_config: {influxdb_url: 'http://u:canary@h'}", "outputs: {influxdb: 'http://u:canary@h'}",
        "monitoring_config: {influxdb_password_file: bad}",
        "monitoring_config: {influxdb_password: \"canary\", influxdb_password_file: bad}",
        "monitoring_config: {influxdb_password: \"canary"}) {
    EXPECT_THAT(error_of(text), AllOf(Not(HasSubstr("canary")), Not(HasSubstr("no error")))) << text;
  }
}

TEST_F(ConfigTest, FilesThatCannotBeReadAreErrors) {
  EXPECT_THAT(load_config(folder_ / "absent.json", environment()).error().message, HasSubstr("cannot be opened"));
  EXPECT_THAT(load_config(folder_, environment()).error().message, HasSubstr("it is a folder"));
  EXPECT_THAT(error_of(std::string((std::size_t{1} << 20) + 1, '#')), HasSubstr("larger than 1024 KiB"));
}

TEST_F(ConfigTest, FindsTheStore) {
  variables_ = {{"HOME", "/home/me"}};
  EXPECT_EQ(load("")->store, "/home/me/.local/share/omniwriter/omniwriter.db");
  variables_["XDG_DATA_HOME"] = "/data";
  EXPECT_EQ(load("")->store, "/data/omniwriter/omniwriter.db");
  EXPECT_EQ(load("store: /file.db")->store, "/file.db");
  variables_["OMNIWRITER_STORE"] = "here.db";
  EXPECT_EQ(load("store: /file.db")->store, "here.db");
}

TEST_F(ConfigTest, TlsHoldsForAllAndForEach) {
  const std::string pem = ::testing::TempDir() + "omniwriter_tls.pem";
  std::ofstream(pem) << "certificate";
  const std::string other = ::testing::TempDir() + "omniwriter_other.pem";
  std::ofstream(other) << "certificate";
  const auto config = load(
      fmt::format("tls: {{ca_file: {0}, client_cert_file: {0}, client_key_file: {0}, insecure_skip_verify: true}}\n"
                  "monitoring_config: {{grafana_ca_file: {1}, influxdb_client_cert_file: {1}, "
                  "influxdb_insecure_skip_verify: false}}\n"
                  "loki: {{ca_file: {1}}}",
                  pem, other));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->of<GrafanaSettings>().tls.ca_file, other);
  EXPECT_EQ(config->of<GrafanaSettings>().tls.client_cert_file, pem);
  EXPECT_EQ(config->of<ElasticsearchSettings>().tls.ca_file, pem);
  EXPECT_EQ(config->of<ElasticsearchSettings>().tls.client_key_file, pem);
  EXPECT_EQ(config->of<InfluxDbSettings>().tls.client_cert_file, other);
  EXPECT_EQ(config->of<InfluxDbSettings>().tls.client_key_file, "") << "a key of another certificate is none";
  EXPECT_EQ(config->of<InfluxDbSettings>().tls.insecure_skip_verify, false);
  EXPECT_EQ(config->of<LokiSettings>().tls.ca_file, other);
  EXPECT_EQ(config->of<OtlpSettings>().tls.ca_file, pem);
  EXPECT_EQ(config->unverified.size(), 7U) << "all but influxdb";
  variables_ = {{"PROMETHEUS_PUSHGATEWAY_CA_FILE", pem}, {"OMNIWRITER_LOKI_INSECURE_SKIP_VERIFY", "true"}};
  const auto of_environment = load("");
  ASSERT_TRUE(of_environment) << of_environment.error().message;
  EXPECT_EQ(of_environment->of<PushgatewaySettings>().tls.ca_file, pem);
  EXPECT_EQ(of_environment->of<PrometheusSettings>().tls.ca_file, "");
  EXPECT_EQ(of_environment->unverified, std::vector<std::string>{"loki"});
  variables_.clear();
  EXPECT_FALSE(load("tls: {client_key_file: " + pem + "}"));
  EXPECT_FALSE(load("tls: {ca_file: /nowhere.pem}"));
  EXPECT_FALSE(load("tls: {insecure_skip_verify: perhaps}"));
  std::filesystem::remove(pem);
  std::filesystem::remove(other);
}

/// The table states each default as text; the structs hold it as a value.
TEST_F(ConfigTest, TheReferenceStatesTheDefaults) {
  for (const OptionHelp& option : option_reference()) {
    if (option.fallback.empty()) continue;
    std::string text = option.fallback;
    std::string_view key = option.key;
    for (auto dot = key.rfind('.'); dot != std::string_view::npos; dot = key.rfind('.')) {
      text = fmt::format("{{{}: {}}}", key.substr(dot + 1), text);
      key = key.substr(0, dot);
    }
    const auto config = load(fmt::format("{}: {}", key, text));
    ASSERT_TRUE(config) << config.error().message;
    const Config standard;
    EXPECT_EQ(config->of<ElasticsearchSettings>().index, standard.of<ElasticsearchSettings>().index);
    EXPECT_EQ(config->of<InfluxDbSettings>().database, standard.of<InfluxDbSettings>().database);
    EXPECT_EQ(config->of<GrafanaSettings>().folder, standard.of<GrafanaSettings>().folder);
    EXPECT_EQ(config->of<GrafanaSettings>().datasource, standard.of<GrafanaSettings>().datasource);
    EXPECT_EQ(config->of<GrafanaSettings>().alert_rules, standard.of<GrafanaSettings>().alert_rules);
    EXPECT_EQ(config->of<GrafanaSettings>().refresh, standard.of<GrafanaSettings>().refresh);
    EXPECT_EQ(config->of<GrafanaSettings>().time_range, standard.of<GrafanaSettings>().time_range);
    EXPECT_EQ(config->of<PrometheusSettings>().alert_stale_after, standard.of<PrometheusSettings>().alert_stale_after);
    for (std::size_t i = 0; i < standard.alerts.size(); ++i) {
      EXPECT_EQ(config->alerts[i].threshold, standard.alerts[i].threshold);
      EXPECT_EQ(config->alerts[i].severity, standard.alerts[i].severity);
      EXPECT_EQ(config->alerts[i].hold, standard.alerts[i].hold);
      EXPECT_EQ(config->alerts[i].enabled, standard.alerts[i].enabled);
    }
    EXPECT_EQ(config->limits.max_series, standard.limits.max_series);
    EXPECT_EQ(config->limits.timeline_bytes, standard.limits.timeline_bytes);
    EXPECT_EQ(config->limits.max_record_bytes, standard.limits.max_record_bytes);
    EXPECT_EQ(config->delivery.request_timeout, standard.delivery.request_timeout);
    EXPECT_EQ(config->delivery.give_up_after, standard.delivery.give_up_after);
    EXPECT_EQ(config->lang, standard.lang);
  }
}

std::string reference_page() {
  std::string page =
      "# Configuration\n\n"
      "<!-- Generated from what each component declares, see src/config/options.h: UPDATE_GOLDEN=1 unit_tests "
      "--gtest_filter='ConfigReference.TheReferencePageIsCurrent' -->\n\n"
      "A setting comes from, in this order: a flag of the command, an environment variable, the configuration file, "
      "the "
      "default.\n\n"
      "The file is the one that `--config FILE` names; without it the first there is of `config.json`, "
      "`tests/load/integration/config.json` and `omniwriter.yaml`, seen from the current folder. JSON and YAML are "
      "read "
      "alike. A setting that does not exist is an error, and so is a value of a wrong type. A `config.json` that was "
      "found, and in which not one setting is ours, is another program's: it is ignored. `omniwriter config` shows "
      "which file was taken, what is in effect, and where each value comes from.\n\n"
      "- A system whose address is empty or missing is not used. An environment variable that is set but empty "
      "switches "
      "its system off where it is an address, and counts as not set everywhere else.\n"
      "- An address begins with `http://` or `https://` and holds no credentials.\n"
      "- Secrets come from the file, the environment, or a file of their own (`…_file`, `…_FILE`); never from the "
      "command "
      "line. A file of their own holds the secret alone, on one line. Naming both the secret and its file is an "
      "error.\n"
      "- A secret of the environment, or of a file of its own, goes to an address of the environment, of the command "
      "line's `--config FILE`, or nowhere: a file that was only found may be anybody's, so one that names an address "
      "for "
      "such a secret is an error until it is named.\n"
      "- Relative paths in the configuration file start from the folder of that file.\n"
      "- Over `https://`, a server is trusted by the authorities of the system, or those of the environment variable "
      "`SSL_CERT_FILE`; a `ca_file` names others, and they alone count then. The group `tls` holds for all servers; "
      "each can have settings of its own. With `insecure_skip_verify` any certificate is taken: each run warns of it, "
      "and so does `check`. Data sources in Grafana get the same.\n"
      "- Proxies come from the environment, as with curl: `HTTPS_PROXY`, `http_proxy` (in lower case alone), "
      "`ALL_PROXY`, "
      "and `NO_PROXY` for hosts that are reached without.\n\n"
      "| Setting | Environment | Default | Meaning |\n|---|---|---|---|\n";
  const auto code = [](const std::string& text) { return text.empty() ? std::string() : "`" + text + "`"; };
  for (const OptionHelp& option : option_reference()) {
    page += fmt::format("| `{}` | {} | {} | {}{} |\n", option.key, code(option.environment), code(option.fallback),
                        option.meaning, option.secret ? " Secret." : "");
  }
  return page;
}

TEST(ConfigReference, TheReferencePageIsCurrent) {
  const std::filesystem::path file = std::filesystem::path(OMNIWRITER_SOURCE_DIR) / "docs" / "configuration.md";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(file) << reference_page();
  std::ifstream stream(file);
  std::stringstream content;
  content << stream.rdbuf();
  EXPECT_EQ(content.str(), reference_page()) << "update it: UPDATE_GOLDEN=1";
}

TEST_F(ConfigTest, ArbitraryBytesNeverCrashIt) {
  std::mt19937 random(20261123);
  const std::string alphabet = "{}[]:,-?!&*|>'\"#%@` \n\tab1.\\\xc3\xff";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    if (round % 3 == 0) {  // noise
      for (std::size_t i = random() % 200; i > 0; --i) text += static_cast<char>(random());
    } else if (round % 3 == 1) {  // the characters that mean something
      for (std::size_t i = random() % 200; i > 0; --i) text += alphabet[random() % alphabet.size()];
    } else {  // a good file with faults
      text = kSeed;
      for (int i = 0; i < 5; ++i) text[random() % text.size()] = alphabet[random() % alphabet.size()];
    }
    const auto config = load(text);
    if (!config) {
      EXPECT_EQ(config.error().code, ErrorCode::usage);
      EXPECT_FALSE(config.error().message.empty());
    }
  }
}

TEST_F(ConfigTest, EveryPrefixOfAFileIsReadOrRefused) {
  std::size_t refused = 0;
  for (std::size_t length = 0; length < kSeed.size(); ++length) {
    SCOPED_TRACE(length);
    const auto config = load(kSeed.substr(0, length));
    if (config) {
      // Nothing yet but space, or all but the space behind the last brace.
      EXPECT_TRUE(kSeed.substr(0, length).find_first_not_of(" \n") == std::string::npos ||
                  kSeed.find_first_not_of(" \n", length) == std::string::npos);
      continue;
    }
    ++refused;
    EXPECT_EQ(config.error().code, ErrorCode::usage);
    EXPECT_THAT(config.error().message, HasSubstr("config.json"));
  }
  EXPECT_GT(refused, kSeed.size() / 2);
  EXPECT_TRUE(load(kSeed));
}

TEST_F(ConfigTest, HostileFilesStayHarmless) {
  const auto repeated = [](std::string_view piece) {
    std::string text;
    while (text.size() + piece.size() <= (std::size_t{1} << 20)) text += piece;
    return text;
  };
  for (const char* piece : {"[", "{", "{a: ", "- ", "? ", "&a ", "\"", "'", "|\n ", "a: [\n"}) {
    const auto config = load(repeated(piece));
    ASSERT_FALSE(config) << piece;
    EXPECT_EQ(config.error().code, ErrorCode::usage) << piece;
  }

  // Each level names the one before ten times: ten billion values, were they ever written out.
  std::string bomb = "labels: &l0 {a: x}\n";
  for (int i = 1; i <= 10; ++i) {
    bomb += fmt::format("l{}: &l{} [", i, i);
    for (int j = 0; j < 10; ++j) bomb += fmt::format("*l{}, ", i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(error_of(bomb), HasSubstr("aliases"));
}

TEST_F(ConfigTest, AlertsAreConfigurable) {
  const auto config = load(R"({"alerts": {"high_error_rate": {"ratio": 0.2, "severity": "critical", "for_seconds": 0},
                                          "high_cpu_usage": {"percent": 75, "enabled": false}}})");
  ASSERT_TRUE(config) << config.error().message;
  const AlertRule& errors = config->alerts[0];
  EXPECT_EQ(errors.threshold, 0.2);
  EXPECT_EQ(errors.severity, Severity::critical);
  EXPECT_EQ(errors.hold, std::chrono::seconds(0));
  EXPECT_EQ(config->alerts[1].threshold, default_alert_rules()[1].threshold) << "as it comes";
  EXPECT_EQ(config->alerts[3].threshold, 75);
  EXPECT_FALSE(config->alerts[3].enabled);

  EXPECT_THAT(error_of(R"({"alerts": {"high_error_rate": {"ratio": 5}}})"), HasSubstr("from 0 to 1"));
  EXPECT_THAT(error_of(R"({"alerts": {"high_error_rate": {"severity": "bad"}}})"),
              HasSubstr("info, warning or critical"));
  EXPECT_THAT(error_of(R"({"alerts": {"high_eror_rate": {}}})"), HasSubstr("high_error_rate"));
}

TEST_F(ConfigTest, QueriesOverTheTimeOfARun) {
  const auto config = load(R"-({"vitals": {"queries": {"db_connections": "sum(x)", "cpu_percent": "y{a=\"b\"}"},
                               "prometheus_url": "http://mimir:9009/prometheus", "prometheus_username": "us"}})-");
  ASSERT_TRUE(config) << config.error().message;
  const auto& vitals = config->of<VitalsSettings>();
  EXPECT_EQ(vitals.queries,
            (std::map<std::string, std::string>{{"cpu_percent", "y{a=\"b\"}"}, {"db_connections", "sum(x)"}}));
  EXPECT_EQ(vitals.prometheus_url, "http://mimir:9009/prometheus");
  EXPECT_EQ(vitals.prometheus.username, "us");
  EXPECT_THAT(error_of(R"({"vitals": {"queries": {"a": ""}}})"), HasSubstr("vitals.queries: a: must not be empty"));
  EXPECT_THAT(error_of(R"({"vitals": {"queries": {"a\nb": "x"}}})"), HasSubstr("text on one line"));
  EXPECT_THAT(error_of(R"({"vitals": {"queries": ["x"]}})"), HasSubstr("vitals.queries"));
}

TEST_F(ConfigTest, ALoginForQueriesGoesToNoAddressThatWasOnlyFound) {
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  variables_["OMNIWRITER_VITALS_PROMETHEUS_TOKEN"] = "secret";
  write("config.json", R"({"vitals": {"prometheus_url": "http://elsewhere:9090"}})");
  const auto found = load_config(std::nullopt, environment());
  std::filesystem::current_path(here);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, AllOf(HasSubstr("OMNIWRITER_VITALS_PROMETHEUS_TOKEN would be sent to"),
                                           HasSubstr("vitals.prometheus_url"), Not(HasSubstr("secret"))));
}

TEST_F(ConfigTest, PanelsComeFromTheConfiguration) {
  const auto config = load(R"(
grafana:
  hidden_panels: ["Active Users"]
  extra_panels:
    - title: 'JVM "heap"'
      type: timeseries
      targets: [{expr: "jvm_memory_used_bytes", refId: A, instant: false, step: 5, id: "5"}]
)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->of<GrafanaSettings>().hidden_panels, std::vector<std::string>{"Active Users"});
  ASSERT_EQ(config->of<GrafanaSettings>().extra_panels.size(), 1U);
  EXPECT_EQ(config->of<GrafanaSettings>().extra_panels[0],
            R"({"title":"JVM \"heap\"","type":"timeseries","targets":[{"expr":"jvm_memory_used_bytes","refId":"A",)"
            R"("instant":false,"step":5,"id":"5"}]})");
  EXPECT_THAT(error_of(R"({"grafana": {"extra_panels": [{"title": "x"}]}})"), HasSubstr("title and type"));
  EXPECT_THAT(error_of(R"({"grafana": {"extra_panels": {}}})"), HasSubstr("a list"));
}

TEST_F(ConfigTest, GrafanaSettings) {
  const auto config = load(R"({"grafana": {"datasource": "influxdb", "alert_rules": true, "refresh": ""},
                               "prometheus": {"rules_dir": "rules"}})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->of<GrafanaSettings>().datasource, "influxdb");
  EXPECT_EQ(config->of<GrafanaSettings>().alert_rules, Choice::yes);
  EXPECT_EQ(config->of<GrafanaSettings>().refresh, "");
  EXPECT_EQ(config->of<PrometheusSettings>().rules_dir, folder_ / "rules") << "from the folder of the file";
  EXPECT_THAT(error_of(R"({"grafana": {"datasource": "mysql"}})"), HasSubstr("must be auto, prometheus"));
  const auto theirs = load(R"({"grafana": {"datasource_uid": "P1809-a_b", "datasource_name": "Our Prometheus"}})");
  ASSERT_TRUE(theirs) << theirs.error().message;
  EXPECT_EQ(theirs->of<GrafanaSettings>().datasource_uid, "P1809-a_b");
  EXPECT_EQ(theirs->of<GrafanaSettings>().datasource_name, "Our Prometheus");
  EXPECT_THAT(error_of(R"({"grafana": {"datasource_uid": "Our Prometheus"}})"), HasSubstr("must be a uid"));
  EXPECT_THAT(error_of(R"({"grafana": {"refresh": "10"}})"), HasSubstr("as in \"10s\""));
  EXPECT_THAT(error_of(R"({"grafana": {"alert_rules": "maybe"}})"), HasSubstr("true, false or auto"));
}

// A few lines that stand for billions of values.
TEST_F(ConfigTest, ABombOfAliasesIsRefused) {
  std::string bomb = "grafana:\n  extra_panels:\n  - title: t\n    type: text\n    a: &a {k: [x,x,x,x,x,x,x,x,x]}\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    bomb += std::string("    ") + c + ": &" + c + " {k: [";
    for (int i = 0; i < 9; ++i) bomb += (i == 0 ? "*" : ",*") + before;
    bomb += "]}\n";
  }
  EXPECT_THAT(error_of(bomb), HasSubstr("aliases"));
}

TEST_F(ConfigTest, EndpointRules) {
  const auto config = load(R"x({"endpoints": {"fold": false, "rules": [{"match": "^/v\\d+/(.*)", "name": "$1"}]}})x");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_FALSE(config->endpoints.fold);
  ASSERT_EQ(config->endpoints.rules.size(), 1U);
  EXPECT_EQ(config->endpoints.rules[0].pattern, R"x(^/v\d+/(.*))x");
  EXPECT_THAT(error_of(R"({"endpoints": {"rules": [{"match": "(", "name": "x"}]}})"),
              HasSubstr("no regular expression"));
  EXPECT_THAT(error_of(R"x({"endpoints": {"rules": [{"match": "(?=x)", "name": "x"}]}})x"), HasSubstr("can be used"));
  EXPECT_THAT(error_of(R"({"endpoints": {"rules": [{"match": "x"}]}})"), HasSubstr("match"));
}

}  // namespace
}  // namespace omniwriter
