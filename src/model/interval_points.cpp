#include "model/interval_points.h"

#include <optional>

namespace omniwriter {
namespace {

template <typename Number>
void add_known(Measures& measures, std::string_view name, const std::optional<Number>& value) {
  if (value) measures.emplace_back(name, *value);
}

// `received`, `sent`: where they are known.
Measures measures_with_bytes(const Run& run, const Tally& tally, double seconds, std::optional<std::uint64_t> received,
                             std::optional<std::uint64_t> sent) {
  Measures measures{{"requests", tally.samples()},
                    {"errors", run.errors(tally)},
                    {"throughput_rps", Run::rate(tally.samples(), seconds)}};
  add_known(measures, "mean", tally.mean());
  add_known(measures, "min", tally.minimum());
  add_known(measures, "p50", tally.quantile(0.5));
  add_known(measures, "p90", tally.quantile(0.9));
  add_known(measures, "p95", tally.quantile(0.95));
  add_known(measures, "p99", tally.quantile(0.99));
  add_known(measures, "max", tally.maximum());
  add_known(measures, "bytes_received", received);
  add_known(measures, "bytes_sent", sent);
  return measures;
}

}  // namespace

Measures measures_of(const Run& run, const Tally& tally, double seconds) {
  return measures_with_bytes(run, tally, seconds, run.received(tally.bytes_received), run.sent(tally.bytes_sent));
}

Measures interval_total_measures(const Run& run, std::int64_t start_seconds, std::uint32_t users, const Tally& all) {
  Measures measures = measures_of(run, all, static_cast<double>(run.interval_seconds));
  if (users != 0) measures.emplace_back("active_users", std::uint64_t{users});
  if (const auto vitals = run.vitals.find(start_seconds / run.interval_seconds); vitals != run.vitals.end()) {
    add_known(measures, "cpu_percent", vitals->second.cpu_percent);
    add_known(measures, "memory_mb", vitals->second.memory_mb);
  }
  return measures;
}

Measures run_measures(const Run& run) {
  const Tally total = run.total();
  Measures measures =
      measures_with_bytes(run, total, run.duration_seconds(), run.bytes_received(total), run.bytes_sent(total));
  add_known(measures, "p99_9", total.quantile(0.999));
  measures.emplace_back("duration_seconds", run.duration_seconds());
  if (!run.active_users.empty()) measures.emplace_back("active_users", std::uint64_t{run.active_users_max()});
  measures.emplace_back("bad_records", run.bad_records);
  return measures;
}

Measures endpoint_measures(const Run& run, const Series& endpoint) {
  const Tally& tally = endpoint.total;
  Measures measures = measures_of(run, tally, run.duration_seconds());
  add_known(measures, "p99_9", tally.quantile(0.999));
  measures.emplace_back("error_ratio", Run::rate(run.errors(tally), static_cast<double>(tally.samples())));
  add_known(measures, "time_share", time_share(run, endpoint));
  return measures;
}

std::optional<double> time_share(const Run& run, const Series& endpoint) {
  if (!endpoint.total.mean()) return std::nullopt;
  double all = 0;
  for (const Series& series : run.series) {
    if (series.kind == SampleKind::request) all += series.total.response_time.sum_seconds();
  }
  return all > 0 ? endpoint.total.response_time.sum_seconds() / all : 0;
}

void for_each_interval_point(const Run& run, const std::function<void(const IntervalPoint&)>& visit, SlotRange slots) {
  const auto seconds = static_cast<double>(run.interval_seconds);
  run.for_each_interval(
      [&](std::int64_t start, std::uint32_t users, const std::vector<Run::Cell>& cells) {
        for (const auto& [series, tally] : cells) {
          visit({start, series, measures_of(run, *tally, seconds), tally->samples()});
        }
        visit({start, nullptr, interval_total_measures(run, start, users, run.interval_total(start, cells)), 0});
      },
      slots);
}

}  // namespace omniwriter
