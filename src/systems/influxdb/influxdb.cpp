#include "systems/influxdb/influxdb.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "delivery/logins.h"
#include "formats/line_protocol/line_protocol.h"
#include "systems/metrics_record.h"
#include "systems/plan.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

const std::string& url(const Config& config) { return config.of<InfluxDbSettings>().url; }

nlohmann::json datasource(const Config& config) {
  const auto& settings = config.of<InfluxDbSettings>();
  return {{"url", url(config)},
          {"jsonData",
           {{"dbName", influxdb_place(settings, influxdb_api(settings, ""))},
            {"httpMode", "POST"},
            {"version", "InfluxQL"}}}};
}

grafana::DatasourceLogin datasource_login(const Config& config) {
  grafana::DatasourceLogin login;
  const HttpLogin ours = influxdb_login(config);
  if (!ours.token.empty()) {
    login.log_in(ours, "INFLUXDB", "TOKEN");
  } else {
    // Of version 1, which knows them as parameters of a query.
    login.members["user"] = ours.username;
    if (!ours.password.empty()) {
      login.secrets["password"] = ours.password;
      login.placeholders["password"] = "$INFLUXDB_PASSWORD";
    }
  }
  login.trust(url(config), ours.tls);
  return login;
}

std::vector<OutputItem> records(const Config& config, const MetricsRecord& record, const std::string& run_id,
                                std::int64_t time_ns) {
  const MetricsUpdate& metrics = record.metrics;
  LineTags tags{{"test_name", metrics.test_name}, {"testid", run_id}};
  tags.insert(tags.end(), config.labels.begin(), config.labels.end());
  LineFields fields{{"requests", metrics.requests_count},
                    {"errors", metrics.errors_count},
                    {"throughput_rps", metrics.throughput},
                    {"mean", metrics.response_time_ms / 1000}};
  std::vector<OutputItem> items;
  const auto emit = [&](const char* measurement, LineTags more_tags, LineFields these_fields, std::uint64_t samples) {
    more_tags.insert(more_tags.end(), tags.begin(), tags.end());
    items.push_back({encode_line({measurement, std::move(more_tags), std::move(these_fields), time_ns}), samples});
  };
  emit("load_test_interval", LineTags{{"endpoint", kAllRequests}}, fields, 0);
  if (record.has_users) {
    fields.emplace_back("active_users", static_cast<std::uint64_t>(std::llround(metrics.active_users)));
  }
  if (record.has_cpu) fields.emplace_back("cpu_percent", metrics.cpu_usage);
  if (record.has_memory) fields.emplace_back("memory_mb", metrics.memory_usage);
  for (const auto& [name, value] : record.numbers) fields.emplace_back(name, value);
  for (const auto& [name, value] : record.texts) fields.emplace_back(name, value);
  emit("load_test_interval_total", LineTags{}, std::move(fields), 1);
  for (const auto& [upper_ms, count] : buckets_of(metrics)) {
    emit("load_test_buckets", LineTags{{"le_ms", upper_ms}}, LineFields{{"count", count}}, 0);
  }
  return items;
}

OutputItem record_of_integration(const Config& /*config*/, std::int64_t time_ns) {
  return {encode_line({.measurement = "load_test_integration",
                       .tags = {{"tool", "omniwriter"}},
                       .fields = {{"ok", std::uint64_t{1}}},
                       .timestamp_ns = time_ns}),
          1};
}

}  // namespace

HttpLogin influxdb_login(const Config& config) {
  const auto& settings = config.of<InfluxDbSettings>();
  return trusting(
      settings.token.empty() ? by_user(settings.username, settings.password) : by_token(settings.token, "Token"),
      settings.tls);
}

InfluxDbApi influxdb_api(const InfluxDbSettings& settings, std::string_view version) {
  if (settings.api != InfluxDbApi::automatic) return settings.api;
  const bool has_token = !settings.token.empty();
  if (!has_token && !settings.username.empty()) return InfluxDbApi::v1;
  if (version.starts_with('v')) version.remove_prefix(1);
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  if (major >= 3) return InfluxDbApi::v3;
  return has_token ? InfluxDbApi::v2 : InfluxDbApi::v1;
}

const std::string& influxdb_place(const InfluxDbSettings& settings, InfluxDbApi api) {
  const bool bucket = api != InfluxDbApi::v1 && !settings.bucket.empty();
  return bucket ? settings.bucket : settings.database;
}

const System& system_influxdb() {
  static const DataSource kDataSource{
      .rank = 2, .queries = influxdb_queries, .members = datasource, .login = datasource_login};
  static const Records kRecords{.of = records, .of_integration = record_of_integration};
  static const System kSystem{.name = "influxdb",
                              .title = "InfluxDB",
                              .setting = "INFLUXDB_URL",
                              .url = url,
                              .declare_options = declare_influxdb_options,
                              .check = check_influxdb,
                              .provider = influxdb_provider,
                              .data_source = &kDataSource,
                              .records = &kRecords};
  return kSystem;
}

}  // namespace omniwriter
