#pragma once
/// What the panels of the dashboards ask, in the language of each data source. Durations are in seconds and ratios from
/// 0 to 1 everywhere. A panel shows one run; where it tells requests apart, all of them or those of the endpoints that
/// are chosen.

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace omniwriter::grafana {

/// What a panel shows.
enum class View : std::uint8_t {
  // One number of the run, or of the endpoints that are chosen. Several of these: the worst time of them, and the sum
  // of
  // all else.
  requests,
  mean_throughput,
  error_ratio,
  mean,
  p95,
  p99,
  bytes,  ///< two numbers: "received" and "sent" of the run
  // Over time.
  throughput,          ///< of all requests, or of each endpoint that is chosen
  error_rate,          ///< "errors"
  response_time,       ///< heatmap
  quantiles,           ///< "p50", "p95", "p99", "mean"
  load,                ///< "users", "throughput" and "p95"
  errors_by_type,      ///< one series a type
  requests_by_status,  ///< one series a status
  active_users,        ///< "users"
  system_resources,    ///< "cpu" and "memory"
  bytes_over_time,     ///< "received" and "sent", a second
  endpoint_throughput,
  endpoint_quantile,  ///< the 95th percentile of each
  alert_history,      ///< the state of each alert: 0 ok, 1 pending, 2 firing
  // Tables.
  runs,           ///< all of the test: columns run, from, to, duration, requests, throughput, errors, mean, p95
  endpoints,      ///< endpoint, requests, throughput, errors, mean, p50, p90, p95, p99, max, share
  slowest,        ///< endpoint, p95
  most_failing,   ///< endpoint, errors
  active_alerts,  ///< alertname, severity, state, value, unit where the value has none, threshold, run
};

/// A data source that the dashboards can read.
class Queries {
 public:
  Queries() = default;
  Queries(const Queries&) = delete;
  Queries& operator=(const Queries&) = delete;
  virtual ~Queries() = default;

  [[nodiscard]] virtual std::string_view system() const = 0;  ///< "prometheus": type of the data source, too
  /// The queries of a panel, without `datasource`; `refId` tells them apart.
  [[nodiscard]] virtual std::vector<nlohmann::json> targets(View view) const = 0;
  /// Members of the definition of a variable: `query`, and `regex`, which makes its values of the answer. The newest
  /// run comes first.
  [[nodiscard]] virtual nlohmann::json variable(std::string_view name) const = 0;
  /// What `endpoint` is where all are chosen.
  [[nodiscard]] virtual std::string_view all_endpoints() const = 0;
  [[nodiscard]] virtual std::string_view heatmap_unit() const = 0;  ///< "ms" or "s"
  /// Points further apart than this many milliseconds are not joined; 0 where the server tells of gaps.
  [[nodiscard]] virtual int longest_gap_ms() const = 0;
  /// What makes one table of a table view's answer, as transformations of Grafana.
  [[nodiscard]] virtual nlohmann::json transformations(View view) const = 0;
  /// The columns of a table view: the name each has then, and the one that View gives it.
  struct Column {
    std::string name;
    std::string_view meaning;
  };
  [[nodiscard]] virtual std::vector<Column> columns(View view) const = 0;
  /// Whether table views see the runs of the dashboard's time only.
  [[nodiscard]] virtual bool bound_to_time() const { return false; }
  /// The query, refId A, of an alert rule that Grafana evaluates: the value of its signal for each run.
  [[nodiscard]] virtual nlohmann::json signal(const AlertRule& rule) const = 0;
};

/// For "prometheus", "influxdb" or "elasticsearch".
[[nodiscard]] std::unique_ptr<Queries> make_queries(std::string_view system, const Config& config);

std::unique_ptr<Queries> prometheus_queries(const Config& config);
std::unique_ptr<Queries> influxdb_queries(const Config& config);
std::unique_ptr<Queries> elasticsearch_queries(const Config& config);

}  // namespace omniwriter::grafana
