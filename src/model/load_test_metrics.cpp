#include "model/load_test_metrics.h"

#include <algorithm>
#include <utility>

#include "model/detail_points.h"

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
      {"load_test_run_response_time_seconds",
       "seconds",
       MetricType::gauge,
       "Response time of the run so far, exact to 0.27 %.",
       {}},
      {"load_test_run_response_time_mean_seconds",
       "seconds",
       MetricType::gauge,
       "Mean response time of the run so far.",
       {}},
      {"load_test_endpoint_response_time_seconds",
       "seconds",
       MetricType::gauge,
       "Response time of an endpoint so far, exact to 0.27 %.",
       {}},
      {"load_test_endpoint_response_time_mean_seconds",
       "seconds",
       MetricType::gauge,
       "Mean response time of an endpoint so far.",
       {}},
      {"load_test_recent_response_time_seconds",
       "seconds",
       MetricType::gauge,
       "Response time of the latest requests, exact to 0.27 %.",
       {}},
      {"load_test_endpoint_errors_total",
       "",
       MetricType::counter,
       "Requests of an endpoint that failed, by kind of error.",
       {}},
      {"load_test_bytes_received_total", "", MetricType::counter, "Bytes that the load test received.", {}},
      {"load_test_bytes_sent_total", "", MetricType::counter, "Bytes that the load test sent.", {}},
      {"load_test_run_start_time_seconds",
       "seconds",
       MetricType::gauge,
       "When the first request of the run began, in Unix time.",
       {}},
      {"load_test_run_end_time_seconds",
       "seconds",
       MetricType::gauge,
       "When the last request of a run that is over ended, in Unix time.",
       {}},
      {"load_test_run_duration_seconds",
       "seconds",
       MetricType::gauge,
       "From the first request of the run to the end of the last so far.",
       {}},
      {"load_test_run_info", "", MetricType::gauge, "1; the labels tell of the run.", {}},
      {"load_test_phase_duration_seconds",
       "seconds",
       MetricType::histogram,
       "What phases of requests took: waiting for a connection, connecting, waiting for the first byte, ...",
       {},
       kDetailBuckets},
      {"load_test_phase_duration_mean_seconds",
       "seconds",
       MetricType::gauge,
       "Mean duration of a phase of an endpoint's requests so far.",
       {}},
      {"load_test_dimension_duration_seconds",
       "seconds",
       MetricType::histogram,
       "Response time of the requests that have something in common: a scenario, a region, ...",
       {},
       kDetailBuckets},
      {"load_test_dimension_response_time_seconds",
       "seconds",
       MetricType::gauge,
       "Quantiles of the same so far; 1 is the maximum.",
       {}},
      {"load_test_dimension_response_time_mean_seconds", "seconds", MetricType::gauge, "Mean of the same so far.", {}},
      {"load_test_dimension_errors_total", "", MetricType::counter, "Those of them that failed.", {}},
      {"load_test_checks_total", "", MetricType::counter, "Checks of the test, by what came of them.", {}},
      {"load_test_rate_total", "", MetricType::counter, "Samples of a metric that holds or does not.", {}},
      {"load_test_timing_seconds",
       "seconds",
       MetricType::histogram,
       "A metric of the test that is a time.",
       {},
       kDetailBuckets},
      {"load_test_number", "", MetricType::gauge, "A metric of the test that is a number, so far.", {}},
      {"load_test_number_mean", "", MetricType::gauge, "Mean of a metric of the test that is a number, so far.", {}},
      {"load_test_counter_total", "", MetricType::counter, "A metric of the test that is added to.", {}},
      {"load_test_gauge", "", MetricType::gauge, "A metric of the test that is what it was last.", {}},
      {"load_test_error_messages_total",
       "",
       MetricType::counter,
       "Requests that failed, by what the load tool said; the most frequent ones.",
       {}},
  };
}

void add_quantiles(std::vector<MetricPoint>& points, const Run& run, const Tally& tally, const Labels& own,
                   const Labels& extra_labels) {
  if (tally.samples() == 0) return;
  for (const auto& [q, label] : kToldQuantiles) {
    const auto value = q == 1 ? tally.maximum() : tally.quantile(q);
    if (!value) continue;
    Labels labels = own;
    labels.emplace_back("quantile", label);
    points.push_back({metric_labels(run, std::move(labels), extra_labels), *value});
  }
}

void add_detail(std::vector<MetricFamily>& families, const Run& run, const Series& series, const Tally& tally,
                const Tally& latest, const Labels& extra_labels) {
  const auto add = [&](LoadTestMetric metric, Labels own, std::variant<double, const Histogram*> value) {
    families[static_cast<std::size_t>(metric)].points.push_back(
        {metric_labels(run, std::move(own), extra_labels), value});
  };
  const std::string& name = series.endpoint;
  const bool is_check = series.kind == SampleKind::check;
  switch (series.kind) {
    case SampleKind::check:
    case SampleKind::rate:
      for (const auto& [result, count] : results_of(run, tally)) {
        add(is_check ? LoadTestMetric::checks : LoadTestMetric::rates,
            {{is_check ? "check" : "metric", name}, {"result", std::string(result)}}, static_cast<double>(count));
      }
      break;
    case SampleKind::dimension: {
      const auto [dimension, value] = name_and_value(series);
      const Labels own{{"dimension", std::string(dimension)}, {"value", std::string(value)}};
      add(LoadTestMetric::dimension_durations, own, &tally.response_time);
      add_quantiles(families[static_cast<std::size_t>(LoadTestMetric::dimension_quantiles)].points, run, tally, own,
                    extra_labels);
      if (const auto mean = tally.mean()) add(LoadTestMetric::dimension_means, own, *mean);
      add(LoadTestMetric::dimension_errors, own, static_cast<double>(run.errors(tally)));
      break;
    }
    case SampleKind::timing:
      add(LoadTestMetric::timings, {{"metric", name}}, &tally.response_time);
      break;
    case SampleKind::number:
      if (tally.samples() == 0) break;
      for (const auto& [q, label] : kToldQuantiles) {
        add(LoadTestMetric::numbers, {{"metric", name}, {"quantile", std::string(label)}},
            units_of(q == 1 ? tally.response_time.max_seconds() : tally.response_time.quantile(q)));
      }
      add(LoadTestMetric::number_means, {{"metric", name}}, units_of(tally.response_time.mean_seconds()));
      break;
    case SampleKind::counter:
      add(LoadTestMetric::counters, {{"metric", name}}, units_of(tally.response_time.sum_seconds()));
      break;
    case SampleKind::gauge:
      if (latest.samples() == 0) break;
      add(LoadTestMetric::gauges, {{"metric", name}}, units_of(latest.response_time.mean_seconds()));
      break;
    default: {
      if (!is_phase(series.kind)) break;
      const Labels own{{"endpoint", name}, {"phase", std::string(name_of(series.kind))}};
      add(LoadTestMetric::phase_durations, own, &tally.response_time);
      if (tally.samples() > 0) add(LoadTestMetric::phase_means, own, tally.response_time.mean_seconds());
    }
  }
}

void add_error_messages(std::vector<MetricFamily>& families, const Run& run, const Labels& extra_labels) {
  for (const ErrorMessage& one : labelled_messages(run)) {
    Labels own{{"endpoint", one.endpoint}, {"error_type", one.error_type}, {"message", one.message}};
    families[static_cast<std::size_t>(LoadTestMetric::error_messages)].points.push_back(
        {metric_labels(run, std::move(own), extra_labels), static_cast<double>(one.count)});
  }
}

namespace {

std::vector<MetricFamily> metrics_of(const Run& run, const Labels& extra_labels, bool finished, const Tally& recent) {
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
    for (const auto& [error_type, count] : run.by_error_type(series.total)) {
      points_of(LoadTestMetric::endpoint_errors)
          .push_back({labels({{"endpoint", series.endpoint}, {"error_type", error_type}}), number(count)});
    }
    add_quantiles(points_of(LoadTestMetric::endpoint_quantiles), run, series.total, {{"endpoint", series.endpoint}},
                  extra_labels);
    if (const auto mean = series.total.mean()) {
      points_of(LoadTestMetric::endpoint_mean).push_back({labels({{"endpoint", series.endpoint}}), *mean});
    }
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

  if (total.samples() > 0) {
    add_quantiles(points_of(LoadTestMetric::run_quantiles), run, total, {}, extra_labels);
    if (const auto mean = total.mean()) points_of(LoadTestMetric::run_mean).push_back({labels({}), *mean});
    add_quantiles(points_of(LoadTestMetric::recent_quantiles), run, recent, {}, extra_labels);
    if (const auto received = run.bytes_received(total)) {
      points_of(LoadTestMetric::bytes_received).push_back({labels({}), number(*received)});
    }
    if (const auto sent = run.bytes_sent(total)) {
      points_of(LoadTestMetric::bytes_sent).push_back({labels({}), number(*sent)});
    }
    points_of(LoadTestMetric::run_start).push_back({labels({}), static_cast<double>(run.started_ns) / 1e9});
    if (finished) points_of(LoadTestMetric::run_end).push_back({labels({}), static_cast<double>(run.ended_ns) / 1e9});
    points_of(LoadTestMetric::run_duration).push_back({labels({}), run.duration_seconds()});
    points_of(LoadTestMetric::run_info).push_back({labels({{"tool", run.info.tool}}), 1.0});
  }
  for (const Series& series : run.series) {
    if (!is_detail(series.kind)) continue;
    const Tally latest = series.kind == SampleKind::gauge ? latest_of(series) : Tally();
    add_detail(families, run, series, series.total, latest, extra_labels);
  }
  add_error_messages(families, run, extra_labels);
  const auto others = families.begin() + kCustomMetrics;
  families.erase(std::remove_if(others, families.end(), [](const auto& family) { return family.points.empty(); }),
                 families.end());
  return families;
}

}  // namespace

std::vector<MetricFamily> load_test_metrics(const Run& run, const Labels& extra_labels) {
  return metrics_of(run, extra_labels, true, {});
}

std::vector<MetricFamily> load_test_metrics(const Run& so_far, const Labels& extra_labels, const Tally& recent) {
  return metrics_of(so_far, extra_labels, false, recent);
}

}  // namespace omniwriter
