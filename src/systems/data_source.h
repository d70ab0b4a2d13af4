#pragma once
/// How Grafana reads results from a system: what its panels ask there, and how it logs in.
///
/// Panels ask in the language of each data source. Durations are in seconds and ratios from 0 to 1 everywhere. A panel
/// shows one run; where it tells requests apart, all of them or those of the endpoints that are chosen.

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "config/config.h"
#include "model/alert_rules.h"
#include "model/language.h"
#include "net/http_client.h"

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
  phases,             ///< the mean of each, named as name_of(SampleKind)
  checks,             ///< what part of each passed
  dimension,          ///< the mean response time of requests by their value of the dimension that is chosen
  // Tables.
  runs,              ///< all of the test: columns run, from, to, duration, requests, throughput, errors, mean, p95
  endpoints,         ///< endpoint, requests, throughput, errors, mean, p50, p90, p95, p99, max, share
  slowest,           ///< endpoint, p95
  most_failing,      ///< endpoint, errors
  active_alerts,     ///< alertname, severity, state, value, unit where the value has none, threshold, run
  endpoint_phases,   ///< endpoint, the mean of each phase
  check_results,     ///< check, passed, failed, share_passed
  dimension_values,  ///< value, requests, errors, mean, p50, p95, p99, max
  error_messages,    ///< endpoint, error_type, message, count
};

/// What the dashboards ask of a data source.
class Queries {
 public:
  Queries() = default;
  Queries(const Queries&) = delete;
  Queries& operator=(const Queries&) = delete;
  virtual ~Queries() = default;

  /// The queries of a panel, without `datasource`; `refId` tells them apart.
  [[nodiscard]] virtual std::vector<nlohmann::json> targets(View view) const = 0;
  /// Members of the definition of a variable: `query`, and `regex`, which makes its values of the answer. The newest
  /// run comes first.
  [[nodiscard]] virtual nlohmann::json variable(std::string_view name) const = 0;
  /// What `endpoint` is where all are chosen.
  [[nodiscard]] virtual std::string_view all_endpoints() const = 0;
  [[nodiscard]] virtual std::string_view heatmap_unit() const = 0;  ///< "ms" or "s"
  /// The label that names the series of a view where its queries cannot.
  [[nodiscard]] virtual std::string_view named_by(View /*view*/) const { return {}; }
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
  /// Those of View::endpoint_phases, where phases are columns.
  [[nodiscard]] static std::vector<Column> phase_columns(std::string endpoint);
  /// Whether errors and statuses are counted by the second; else in each interval. The same for bytes over time.
  [[nodiscard]] virtual bool counts_by_second() const { return false; }
  [[nodiscard]] virtual bool bytes_by_second() const { return true; }
  /// How exact percentiles are: those of a run, and those of an endpoint.
  [[nodiscard]] virtual Localized about_quantiles() const;
  [[nodiscard]] virtual Localized about_endpoint_quantiles() const { return about_quantiles(); }
  /// Whether table views see the runs of the dashboard's time only.
  [[nodiscard]] virtual bool bound_to_time() const { return false; }
  /// The query, refId A, of an alert rule that Grafana evaluates: the value of its signal for each run.
  [[nodiscard]] virtual nlohmann::json signal(const AlertRule& rule) const = 0;
};

/// The login of a data source, in Grafana's terms: as we log in, and trust. `variables` is what begins the names of the
/// environment variables that hold the same, as in "INFLUXDB".
struct DatasourceLogin {
  nlohmann::json members = nlohmann::json::object();    ///< of the data source: who, and the names of headers
  nlohmann::json json_data = nlohmann::json::object();  ///< of its jsonData
  std::map<std::string, Secret> secrets;                ///< of its secureJsonData
  /// The same, as a provisioning file has them: Grafana fills them in from its own environment ("$INFLUXDB_TOKEN").
  std::map<std::string, std::string> placeholders;

  /// Headers are numbered, so they come before all else.
  void add_header(const std::string& name, const std::string& value, std::string placeholder);
  /// By token, whose variable is called so behind `variables`, or by user and password.
  void log_in(const HttpLogin& as, std::string_view variables, std::string_view token);
  /// Grafana asks the server itself, so it has to trust it as we do, and show it what we show it. Certificates are read
  /// from their files.
  void trust(const std::string& url, const HttpTls& tls);
};

}  // namespace omniwriter::grafana

namespace omniwriter {

/// The setting with the address of whom the logins of data sources go to, too.
inline constexpr std::string_view kReaderOfDataSources = "monitoring_config.grafana_url";

/// A system that Grafana reads as a data source of the type that is the system's name.
struct DataSource {
  /// Of those that are used, the dashboards read that with the lowest.
  int rank;
  /// `config` must outlive what is given.
  std::unique_ptr<grafana::Queries> (*queries)(const Config& config);
  /// Its members `url` and `jsonData`, without the login.
  nlohmann::json (*members)(const Config& config);
  grafana::DatasourceLogin (*login)(const Config& config);
  /// Whether results stand under the time when they came, up to a minute late, instead of that of the run.
  bool dated_by_arrival = false;
};

}  // namespace omniwriter
