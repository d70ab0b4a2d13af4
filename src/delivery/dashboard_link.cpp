#include "delivery/dashboard_link.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/http_client.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kMsPerSecond = 1'000;

std::string link(const Config& config, std::string_view variables) {
  const std::string source = grafana::datasource_uid(config, grafana::chosen_datasource(config));
  if (config.monitoring.grafana_url.empty() || source.empty()) return {};
  return join_url(config.monitoring.grafana_url,
                  fmt::format("/d/{}?var-datasource={}{}", grafana::kMainDashboard, url_encode(source), variables));
}

std::string variables(const Run& run, std::string_view to) {
  // What is kept of a time slot may be kept under the beginning of the slot.
  const std::int64_t slot_ns = run.interval_seconds * kNsPerSecond;
  const std::int64_t from = run.started_ns / slot_ns * run.interval_seconds * kMsPerSecond;
  return fmt::format("&var-test={}&var-run={}&from={}&to={}", url_encode(run.info.test_name),
                     url_encode(run.info.run_id), from, to);
}

}  // namespace

namespace grafana {

std::vector<std::string> datasources(const Config& config) {
  std::vector<std::string> systems;
  if (!config.monitoring.prometheus_url.empty()) systems.emplace_back("prometheus");
  if (!config.monitoring.influxdb_url.empty()) systems.emplace_back("influxdb");
  if (!config.monitoring.elasticsearch_url.empty()) systems.emplace_back("elasticsearch");
  return systems;
}

std::string chosen_datasource(const Config& config) {
  const std::string& asked = config.grafana.datasource;
  const auto there = datasources(config);
  if (asked.empty()) return there.empty() ? "" : there.front();
  // One that is there in Grafana needs no address here.
  return uses_own_datasource(config) || std::ranges::find(there, asked) != there.end() ? asked : "";
}

bool uses_own_datasource(const Config& config) {
  return !config.grafana.datasource_uid.empty() || !config.grafana.datasource_name.empty();
}

std::string datasource_uid(const Config& config, std::string_view system) {
  const bool chosen = system == chosen_datasource(config);
  if (chosen && !config.grafana.datasource_uid.empty()) return config.grafana.datasource_uid;
  if (chosen && !config.grafana.datasource_name.empty()) return config.grafana.datasource_name;
  return system.empty() ? "" : fmt::format("omniwriter-{}", system);
}

std::string datasource_name(const Config& config, std::string_view system) {
  if (uses_own_datasource(config) && system == chosen_datasource(config)) {
    return config.grafana.datasource_name.empty() ? config.grafana.datasource_uid : config.grafana.datasource_name;
  }
  if (system == "prometheus") return "Omni Writer Prometheus";
  return system == "influxdb" ? "Omni Writer InfluxDB" : "Omni Writer Elasticsearch";
}

}  // namespace grafana

std::string dashboard_link(const Config& config, const Run& run, std::int64_t known_ns) {
  // Prometheus comes for what it gets, and that may take a minute.
  constexpr std::int64_t kScrapeSeconds = 60;
  const std::int64_t slot = run.interval_seconds;
  std::int64_t to = (run.ended_ns / (slot * kNsPerSecond) + 1) * slot;
  if (grafana::chosen_datasource(config) == "prometheus") {
    to = std::max(to, known_ns / kNsPerSecond + 1) + kScrapeSeconds;
  }
  return link(config, variables(run, fmt::format("{}", to * kMsPerSecond)));
}

std::string live_dashboard_link(const Config& config, const Run& run) { return link(config, variables(run, "now")); }

std::string dashboard_link(const Config& config) { return link(config, {}); }

}  // namespace omniwriter
