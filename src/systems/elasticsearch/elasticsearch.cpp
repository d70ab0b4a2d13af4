#include "systems/elasticsearch/elasticsearch.h"

#include <fmt/format.h>

#include <utility>

#include "base/base64.h"
#include "base/rfc3339.h"
#include "base/stable_hash.h"
#include "delivery/logins.h"
#include "formats/es_bulk/es_bulk.h"
#include "systems/metrics_record.h"
#include "systems/plan.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

using nlohmann::json;

const std::string& url(const Config& config) { return config.of<ElasticsearchSettings>().url; }

json datasource(const Config& config) {
  return {{"url", url(config)},
          {"jsonData",
           {{"index", config.of<ElasticsearchSettings>().index + "-*"},
            {"timeField", "@timestamp"},
            {"maxConcurrentShardRequests", 5}}}};
}

grafana::DatasourceLogin datasource_login(const Config& config) {
  grafana::DatasourceLogin login;
  const HttpLogin ours = elasticsearch_login(config);
  login.log_in(ours, "ELASTICSEARCH", "API_KEY");
  login.trust(url(config), ours.tls);
  return login;
}

std::vector<std::pair<std::string, std::string>> files(const Config& config) {
  if (url(config).empty()) return {};
  const std::string& name = config.of<ElasticsearchSettings>().index;
  return {{"elasticsearch/index_template.json", json::parse(index_template(name, name, true)).dump(2) + "\n"}};
}

/// The document also holds the record's own members.
std::vector<OutputItem> records(const Config& config, const MetricsRecord& record, const std::string& run_id,
                                std::int64_t time_ns) {
  const MetricsUpdate& metrics = record.metrics;
  const auto requests = static_cast<double>(metrics.requests_count);
  json common{{"@timestamp", format_rfc3339(time_ns)},
              {"testid", run_id},
              {"test_name", metrics.test_name},
              {"samples", metrics.requests_count},
              {"errors", metrics.errors_count},
              {"error_ratio", Run::rate(metrics.errors_count, requests)},
              {"throughput_rps", metrics.throughput},
              {"response_time_seconds",
               {{"mean", metrics.response_time_ms / 1000}, {"sum", metrics.response_time_ms / 1000 * requests}}}};
  for (const auto& [key, value] : config.labels) common["labels"].push_back(fmt::format("{}={}", key, value));
  const std::string index = fmt::format("{}-{}", config.of<ElasticsearchSettings>().index, format_day(time_ns));
  std::vector<OutputItem> items;
  const auto emit = [&](const char* type, json document, std::uint64_t samples) {
    document["doc_type"] = type;
    const auto id = stable_hash({run_id, type, fmt::format("{}", time_ns)});
    items.push_back({encode_bulk_create(index, id, document), samples});
  };
  json interval = common;
  interval["endpoint"] = kAllRequests;
  emit("interval", std::move(interval), 0);
  // What is said twice is said in our words: those fields have types that queries rely on.
  json total = record.original;
  total.update(common);
  if (record.has_users) total["active_users"] = metrics.active_users;
  if (record.has_cpu) total["cpu_percent"] = metrics.cpu_usage;
  if (record.has_memory) total["memory_mb"] = metrics.memory_usage;
  emit("interval_total", std::move(total), 1);
  for (const auto& [upper_ms, count] : buckets_of(metrics)) {
    emit("bucket",
         {{"@timestamp", common["@timestamp"]},
          {"testid", run_id},
          {"test_name", metrics.test_name},
          {"le_ms", upper_ms},
          {"count", count}},
         0);
  }
  return items;
}

OutputItem record_of_integration(const Config& config, std::int64_t time_ns) {
  const json document{{"@timestamp", format_rfc3339(time_ns)},
                      {"doc_type", "integration"},
                      {"tool", "omniwriter"},
                      {"level", "info"},
                      {"message", "integration with Elasticsearch verified"}};
  const std::string index = fmt::format("{}-{}", config.of<ElasticsearchSettings>().index, format_day(time_ns));
  return {encode_bulk_create(index, stable_hash({"integration", fmt::format("{}", time_ns)}), document), 1};
}

}  // namespace

HttpLogin elasticsearch_login(const Config& config) {
  const auto& settings = config.of<ElasticsearchSettings>();
  const std::string& key = settings.api_key.expose();
  const bool encoded = key.find(':') == std::string::npos;
  return trusting(key.empty() ? by_user(settings.username, settings.password)
                              : by_token(Secret(encoded ? key : base64(key)), "ApiKey"),
                  settings.tls);
}

const System& system_elasticsearch() {
  static const DataSource kDataSource{
      .rank = 3, .queries = elasticsearch_queries, .members = datasource, .login = datasource_login};
  static const Records kRecords{.of = records, .of_integration = record_of_integration};
  static const System kSystem{.name = "elasticsearch",
                              .title = "Elasticsearch",
                              .setting = "ELASTICSEARCH_URL",
                              .url = url,
                              .declare_options = declare_elasticsearch_options,
                              .check = check_elasticsearch,
                              .provider = elasticsearch_provider,
                              .files = files,
                              .data_source = &kDataSource,
                              .records = &kRecords};
  return kSystem;
}

}  // namespace omniwriter
