#pragma once
/// The metrics of a load test, independent of any wire format: the seven that every load test has, and what a dashboard
/// needs beside them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "omniwriter/run.h"

namespace omniwriter {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

using Labels = std::vector<std::pair<std::string, std::string>>;  ///< in the order given; names are unique

struct MetricPoint {
  Labels labels;
  std::variant<double, const Histogram*> value;  ///< a histogram belongs to the run it was made from
};

struct MetricFamily {
  std::string_view name;  ///< as users write it: counters end in _total
  std::string_view unit;  ///< "seconds" or ""
  MetricType type;
  std::string_view help;
  std::vector<MetricPoint> points;
  std::span<const double> bounds = {};  ///< where it has a classic histogram of its own: see kDetailBuckets
};

/// Upper bounds in seconds of the classic histograms of phases and timings. They are fewer than those of response
/// times: there are up to seven phases for each endpoint.
inline constexpr std::array kDetailBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                           0.25,  0.5,    1.0,   2.5,  5.0,   10.0};

/// The labels that every metric of a run has besides its own: `testid` (the run id), then those that the user
/// configured.
[[nodiscard]] Labels run_labels(const Run& run, const std::map<std::string, std::string>& configured);

/// All labels of a series of the run: test_name, the series' own, then the extra ones.
[[nodiscard]] Labels metric_labels(const Run& run, Labels own, const Labels& extra_labels);

/// All metrics, without points: names, types and what they mean. In the order of LoadTestMetric.
[[nodiscard]] std::vector<MetricFamily> load_test_families();
enum class LoadTestMetric : std::uint8_t {
  requests,
  response_time,
  errors,
  users,
  throughput,
  cpu,
  memory,
  // Beside the seven:
  run_quantiles,
  run_mean,
  endpoint_quantiles,
  endpoint_mean,
  recent_quantiles,
  endpoint_errors,
  bytes_received,
  bytes_sent,
  run_start,
  run_end,
  run_duration,
  run_info,
  // Of runs that know of phases, checks, metrics of the test's own, or error messages:
  phase_durations,
  phase_means,
  dimension_durations,
  dimension_quantiles,
  dimension_means,
  dimension_errors,
  checks,
  rates,
  timings,
  numbers,
  number_means,
  counters,
  gauges,
  error_messages,
};
inline constexpr std::size_t kCustomMetrics = 7;  ///< the first of them
inline constexpr std::size_t kUsualMetrics = static_cast<std::size_t>(LoadTestMetric::run_info) + 1;

/// The quantiles that are told as they are, with the label `quantile` that they go under. The last is the maximum.
struct ToldQuantile {
  double q;
  std::string_view label;
};
inline constexpr std::array kToldQuantiles{ToldQuantile{0.5, "0.5"}, ToldQuantile{0.9, "0.9"},
                                           ToldQuantile{0.95, "0.95"}, ToldQuantile{0.99, "0.99"},
                                           ToldQuantile{1, "1"}};
/// Adds a point for each of them that is known; `own`: the labels before `quantile`.
void add_quantiles(std::vector<MetricPoint>& points, const Run& run, const Tally& tally, const Labels& own,
                   const Labels& extra_labels);

/// Adds the points of a series that is no request to all families, in the state that `tally` tells; `latest`: what a
/// gauge is then.
void add_detail(std::vector<MetricFamily>& families, const Run& run, const Series& series, const Tally& tally,
                const Tally& latest, const Labels& extra_labels);
/// Adds the points of the most frequent error messages.
void add_error_messages(std::vector<MetricFamily>& families, const Run& run, const Labels& extra_labels);

/// The seven first, whether they have points or not:
/// load_test_requests_total{test_name,endpoint,status}, load_test_response_time_seconds{test_name,endpoint},
/// load_test_errors_total{test_name,error_type}, load_test_active_users{test_name},
/// load_test_throughput_rps{test_name}, load_test_system_cpu_percent{test_name}, load_test_system_memory_mb{test_name},
/// in this order, each with `extra_labels` (by default testid). Active users, throughput, CPU and
/// memory are what was last reported. Without that, users are the maximum, throughput is that of the whole run, and CPU
/// and memory have no point. Then those of the others that have points. The result refers to `run`.
[[nodiscard]] std::vector<MetricFamily> load_test_metrics(const Run& run, const Labels& extra_labels);

/// The same of a run that goes on: it has no end, and `recent` are the requests that became known lately.
[[nodiscard]] std::vector<MetricFamily> load_test_metrics(const Run& so_far, const Labels& extra_labels,
                                                          const Tally& recent);

}  // namespace omniwriter
