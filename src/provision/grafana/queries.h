#pragma once
/// What the panels of the dashboards ask, in the language of each data source.

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
  requests,             ///< a number: all requests
  throughput_now,       ///< a number
  error_rate_now,       ///< a number
  response_time_now,    ///< a number: the 95th percentile
  throughput,           ///< over time
  response_time,        ///< heatmap
  quantiles,            ///< over time
  error_rate,           ///< over time
  active_users,         ///< over time
  system_resources,     ///< over time: CPU and memory
  endpoint_throughput,  ///< over time
  endpoint_quantile,    ///< over time: the 95th percentile of each
  endpoints,            ///< table
  active_alerts,        ///< table: alertname, severity, test_name, testid, state
  alert_history,        ///< over time: the state of each alert
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
  [[nodiscard]] virtual nlohmann::json targets(View view) const = 0;
  /// The definition of a variable's query: what `query` of a query variable holds.
  [[nodiscard]] virtual nlohmann::json variable(std::string_view name) const = 0;
  /// Units of what the queries give, as Grafana names them.
  [[nodiscard]] virtual std::string_view time_unit() const = 0;            ///< "ms" or "s"
  [[nodiscard]] virtual std::string_view heatmap_unit() const = 0;         ///< "ms" or "s"
  [[nodiscard]] virtual std::string_view error_rate_now_unit() const = 0;  ///< "percent" or "percentunit"
  /// How a number panel makes one of a series: "lastNotNull", "sum".
  [[nodiscard]] virtual std::string_view reducer(View view) const = 0;
  /// The columns of the table views under the names that they come with.
  struct Column {
    std::string name;
    std::string shown;  ///< empty: hidden
    std::string unit;
  };
  [[nodiscard]] virtual std::vector<Column> columns(View view) const = 0;
  /// Whether a table view comes as series over time, whose labels and last values are its cells.
  [[nodiscard]] virtual bool table_of_series(View /*view*/) const { return false; }
  /// The state of a firing alert in View::active_alerts and View::alert_history.
  [[nodiscard]] virtual int firing() const = 0;
  /// The query, refId A, of an alert rule that Grafana evaluates: the value of its signal for each run.
  [[nodiscard]] virtual nlohmann::json signal(const AlertRule& rule) const = 0;
};

/// For "prometheus", "influxdb" or "elasticsearch".
[[nodiscard]] std::unique_ptr<Queries> make_queries(std::string_view system, const Config& config);

std::unique_ptr<Queries> prometheus_queries(const Config& config);
std::unique_ptr<Queries> influxdb_queries(const Config& config);
std::unique_ptr<Queries> elasticsearch_queries(const Config& config);

}  // namespace omniwriter::grafana
