#include "model/load_test_metrics.h"

namespace omniwriter {

Labels run_labels(const Run& run, const std::map<std::string, std::string>& configured) {
  Labels labels{{"testid", run.info.run_id}};
  labels.insert(labels.end(), configured.begin(), configured.end());
  return labels;
}

std::vector<MetricFamily> load_test_metrics(const Run& run, const Labels& extra_labels) {
  const auto labels = [&](Labels own) {
    own.insert(own.begin(), {"test_name", run.info.test_name});
    own.insert(own.end(), extra_labels.begin(), extra_labels.end());
    return own;
  };
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };

  MetricFamily requests{"load_test_requests_total", "", MetricType::counter, "Requests of the load test.", {}};
  MetricFamily response_time{
      "load_test_response_time_seconds", "seconds", MetricType::histogram, "Response time of requests.", {}};
  MetricFamily errors{"load_test_errors_total", "", MetricType::counter, "Requests that failed, by kind of error.", {}};
  MetricFamily users{"load_test_active_users", "", MetricType::gauge, "Virtual users active at once.", {}};
  MetricFamily throughput{"load_test_throughput_rps", "", MetricType::gauge, "Requests a second.", {}};
  MetricFamily cpu{
      "load_test_system_cpu_percent", "", MetricType::gauge, "CPU use during the test, 0 to 100 percent.", {}};
  MetricFamily memory{"load_test_system_memory_mb", "", MetricType::gauge, "Memory use during the test, in MB.", {}};

  for (const Series& series : run.series) {
    if (series.kind != SampleKind::request) continue;
    for (const auto& [status, count] : run.by_status(series.total)) {
      requests.points.push_back({labels({{"endpoint", series.endpoint}, {"status", status}}), number(count)});
    }
    response_time.points.push_back({labels({{"endpoint", series.endpoint}}), &series.total.response_time});
  }
  const Tally total = run.total();
  for (const auto& [error_type, count] : run.by_error_type(total)) {
    errors.points.push_back({labels({{"error_type", error_type}}), number(count)});
  }
  Vitals last;
  for (const auto& [slot, vitals] : run.vitals) {
    if (vitals.active_users) last.active_users = vitals.active_users;
    if (vitals.cpu_percent) last.cpu_percent = vitals.cpu_percent;
    if (vitals.memory_mb) last.memory_mb = vitals.memory_mb;
  }
  if (last.active_users) {
    users.points.push_back({labels({}), *last.active_users});
  } else if (!run.active_users.empty()) {
    users.points.push_back({labels({}), number(run.active_users_max())});
  }
  throughput.points.push_back({labels({}), run.throughput_rps(total.samples())});
  if (last.cpu_percent) cpu.points.push_back({labels({}), *last.cpu_percent});
  if (last.memory_mb) memory.points.push_back({labels({}), *last.memory_mb});
  return {std::move(requests),   std::move(response_time), std::move(errors), std::move(users),
          std::move(throughput), std::move(cpu),           std::move(memory)};
}

}  // namespace omniwriter
