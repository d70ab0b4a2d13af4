#include "model/load_test_metrics.h"

#include <utility>

namespace omniwriter {

Labels run_labels(const Run& run, const std::map<std::string, std::string>& configured) {
  Labels labels{{"testid", run.info.run_id}};
  labels.insert(labels.end(), configured.begin(), configured.end());
  return labels;
}

Labels metric_labels(const Run& run, Labels own, const Labels& extra_labels) {
  own.insert(own.begin(), {"test_name", run.info.test_name});
  own.insert(own.end(), extra_labels.begin(), extra_labels.end());
  return own;
}

std::vector<MetricFamily> load_test_families() {
  return {
      {"load_test_requests_total", "", MetricType::counter, "Requests of the load test.", {}},
      {"load_test_response_time_seconds", "seconds", MetricType::histogram, "Response time of requests.", {}},
      {"load_test_errors_total", "", MetricType::counter, "Requests that failed, by kind of error.", {}},
      {"load_test_active_users", "", MetricType::gauge, "Virtual users active at once.", {}},
      {"load_test_throughput_rps", "", MetricType::gauge, "Requests a second.", {}},
      {"load_test_system_cpu_percent", "", MetricType::gauge, "CPU use during the test, 0 to 100 percent.", {}},
      {"load_test_system_memory_mb", "", MetricType::gauge, "Memory use during the test, in MB.", {}},
  };
}

std::vector<MetricFamily> load_test_metrics(const Run& run, const Labels& extra_labels) {
  const auto labels = [&](Labels own) { return metric_labels(run, std::move(own), extra_labels); };
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };

  auto families = load_test_families();
  const auto points_of = [&](LoadTestMetric metric) -> std::vector<MetricPoint>& {
    return families[static_cast<std::size_t>(metric)].points;
  };
  for (const Series& series : run.series) {
    if (series.kind != SampleKind::request) continue;
    for (const auto& [status, count] : run.by_status(series.total)) {
      points_of(LoadTestMetric::requests)
          .push_back({labels({{"endpoint", series.endpoint}, {"status", status}}), number(count)});
    }
    points_of(LoadTestMetric::response_time)
        .push_back({labels({{"endpoint", series.endpoint}}), &series.total.response_time});
  }
  const Tally total = run.total();
  for (const auto& [error_type, count] : run.by_error_type(total)) {
    points_of(LoadTestMetric::errors).push_back({labels({{"error_type", error_type}}), number(count)});
  }
  Vitals last;
  for (const auto& [slot, vitals] : run.vitals) {
    if (vitals.active_users) last.active_users = vitals.active_users;
    if (vitals.cpu_percent) last.cpu_percent = vitals.cpu_percent;
    if (vitals.memory_mb) last.memory_mb = vitals.memory_mb;
  }
  if (last.active_users) {
    points_of(LoadTestMetric::users).push_back({labels({}), *last.active_users});
  } else if (!run.active_users.empty()) {
    points_of(LoadTestMetric::users).push_back({labels({}), number(run.active_users_max())});
  }
  points_of(LoadTestMetric::throughput).push_back({labels({}), run.throughput_rps(total.samples())});
  if (last.cpu_percent) points_of(LoadTestMetric::cpu).push_back({labels({}), *last.cpu_percent});
  if (last.memory_mb) points_of(LoadTestMetric::memory).push_back({labels({}), *last.memory_mb});
  return families;
}

}  // namespace omniwriter
