#include "model/metrics_over_time.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "model/detail_points.h"
#include "model/histogram_conversions.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

using Counts = std::vector<std::pair<std::string, std::uint64_t>>;

bool is_of_requests(const Series& series) { return series.kind == SampleKind::request; }

/// Tells of one thing after the other; knows what was told of each series last.
class CumulativeSeriesWriter {
 public:
  CumulativeSeriesWriter(const Run& run, const Labels& extra_labels, const VisitMetrics& visit,
                         std::int64_t slots_per_step = 1)
      : run_(run),
        extra_labels_(extra_labels),
        visit_(visit),
        slots_per_step_(slots_per_step),
        step_ms_(run.interval_seconds * slots_per_step * kMsPerSecond) {
    for (const Series& series : run.series) {
      if (!is_detail(series.kind) || series.timeline.empty()) continue;
      first_detail_ = std::min(first_detail_, series.timeline.first());
      last_detail_ = std::max(last_detail_, series.timeline.last());
    }
  }

  // Or a phase of one, a check, a metric.
  struct Endpoint {
    const Series* series;
    Tally sum;                       // all samples told of
    std::optional<std::int64_t> at;  // the last step told of
  };

  // None of a run without requests.
  [[nodiscard]] static std::vector<Endpoint> endpoints_of(const Run& run) {
    std::vector<Endpoint> endpoints;
    if (std::ranges::none_of(run.series, is_of_requests)) return endpoints;
    for (const Series& series : run.series) {
      if (is_told(series.kind)) endpoints.push_back({&series, {}, {}});
    }
    return endpoints;
  }

  /// Tells how things stood at the start of a step in which `coming` happens, where that is not known yet.
  void approach(Endpoint& endpoint, std::int64_t step, const Tally& coming) {
    const bool unknown = endpoint.at != step - 1;
    begin(step * step_ms_);
    add_beginning(*endpoint.series, endpoint.sum, coming, unknown);
    tell(0);
  }
  void reach(Endpoint& endpoint, std::int64_t step, const Tally& cell) {
    endpoint.sum.merge(cell);
    endpoint.at = step;
    begin((step + 1) * step_ms_);
    add_state(*endpoint.series, endpoint.sum, cell);
    tell(is_of_requests(*endpoint.series) ? cell.samples() : 0);
  }

  /// What is of a moment ends where no request is, be there something else.
  void pass(std::int64_t step) {
    if (!all_at_ || *all_at_ >= step - 1) return;
    begin((*all_at_ + 2) * step_ms_);
    add_told_gauges(std::exchange(momentary_, {}));
    now_.ends = true;
    tell(0);
  }

  /// The same for what belongs to no endpoint.
  void approach_all(std::int64_t step, const Tally& coming) {
    pass(step);
    begin(step * step_ms_);
    const bool unknown = all_at_ != step - 1;
    add_new_counts(LoadTestMetric::errors, nullptr, run_.by_error_type(all_), run_.by_error_type(coming), unknown);
    if (unknown) add_bytes_over_time();
    tell(0);
  }
  void reach_all(std::int64_t step, const Tally& coming, const Vitals& gauges) {
    count(coming);
    all_at_ = step;
    begin((step + 1) * step_ms_);
    add_errors(all_);
    add_momentary(coming, gauges);
    add_bytes_over_time();
    add_state_of_run(all_, std::min((step + 1) * step_ms_ * kNsPerMs, run_.ended_ns));
    note_gauges(gauges_);
    tell(0);
  }

  /// What was told before.
  void count(const Tally& tally) { all_.merge(tally); }
  void remember(std::int64_t step, const Tally& cell, const Vitals& gauges) {
    all_at_ = step;
    begin((step + 1) * step_ms_);
    add_momentary(cell, gauges);
  }

  /// Zero of what appears in the final state alone.
  void announce(const Endpoint& endpoint) {
    if (!endpoint.series->timeline.empty()) return;
    begin(starts_ms());
    add_beginning(*endpoint.series, endpoint.sum, endpoint.series->total, true);
    tell(0);
  }
  void announce_all() {
    if (last_step()) return;
    begin(starts_ms());
    add_new_counts(LoadTestMetric::errors, nullptr, {}, run_.by_error_type(run_.total()), true);
    add_bytes_over_time();
    tell(0);
  }

  void conclude(const Endpoint& endpoint) {
    begin(concludes_ms());
    add_final_state(*endpoint.series);
    const std::uint64_t all = endpoint.series->total.samples();
    tell(is_of_requests(*endpoint.series) ? all - std::min(all, endpoint.sum.samples()) : 0);
  }
  void conclude_all() {
    begin(concludes_ms());
    const Tally total = run_.total();
    add_errors(total);
    if (!last_step()) {
      for (const MetricFamily& family : load_test_metrics(run_, extra_labels_)) {
        const auto found = std::ranges::find(now_.families, family.name, &MetricFamily::name);
        const bool custom = found - now_.families.begin() < static_cast<std::ptrdiff_t>(kCustomMetrics);
        if (custom && family.type == MetricType::gauge) found->points = family.points;
      }
    }
    add_bytes(run_.bytes_received(total), run_.bytes_sent(total));
    add_state_of_run(total, run_.ended_ns);
    add_gauge(LoadTestMetric::run_end, static_cast<double>(run_.ended_ns) / 1e9);
    note_gauges(gauges_);
    add_error_messages(now_.families, run_, extra_labels_);
    tell(0);
  }

  void end(const Endpoint& endpoint) {
    begin(concludes_ms() + step_ms_);
    add_final_state(*endpoint.series);
    now_.ends = true;
    tell(0);
  }
  void end_all() {
    begin(concludes_ms() + step_ms_);
    const Tally total = run_.total();
    add_errors(total);
    add_bytes(run_.bytes_received(total), run_.bytes_sent(total));
    add_told_gauges(gauges_);
    add_error_messages(now_.families, run_, extra_labels_);
    now_.ends = true;
    tell(0);
  }

 private:
  void begin(std::int64_t time_ms) {
    now_ = {.time_ms = time_ms, .samples = 0, .first_of_moment = false, .ends = false, .families = {}};
    now_.families = load_test_families();
  }
  void tell(std::uint64_t samples) {
    std::erase_if(now_.families, [](const MetricFamily& family) { return family.points.empty(); });
    if (now_.families.empty() && samples == 0) return;
    now_.samples = samples;
    now_.first_of_moment = told_ms_ != now_.time_ms;
    told_ms_ = now_.time_ms;
    visit_(now_);
  }

  [[nodiscard]] Labels labels(Labels own) const { return metric_labels(run_, std::move(own), extra_labels_); }
  std::vector<MetricPoint>& points_of(LoadTestMetric metric) {
    return now_.families[static_cast<std::size_t>(metric)].points;
  }

  // By status or kind of error; of an endpoint, or of all.
  void add_count(LoadTestMetric metric, const Series* series, const std::string& name, std::uint64_t count) {
    Labels own;
    if (series != nullptr) own.emplace_back("endpoint", series->endpoint);
    own.emplace_back(metric == LoadTestMetric::requests ? "status" : "error_type", name);
    points_of(metric).push_back({labels(std::move(own)), static_cast<double>(count)});
  }
  void add_new_counts(LoadTestMetric metric, const Series* series, const Counts& known, const Counts& coming,
                      bool known_too) {
    for (const auto& [name, count] : known) {
      if (known_too) add_count(metric, series, name, count);
    }
    for (const auto& [name, count] : coming) {
      if (std::ranges::find(known, name, &Counts::value_type::first) == known.end()) add_count(metric, series, name, 0);
    }
  }
  // How a series stood before `coming`.
  void add_beginning(const Series& series, const Tally& known, const Tally& coming, bool known_too) {
    if (!is_of_requests(series)) {
      if (known_too) add_detail(now_.families, run_, series, known, {}, extra_labels_);
      return;
    }
    add_new_counts(LoadTestMetric::requests, &series, run_.by_status(known), run_.by_status(coming), known_too);
    add_new_counts(LoadTestMetric::endpoint_errors, &series, run_.by_error_type(known), run_.by_error_type(coming),
                   known_too);
    if (known_too) add_times(series, known);
  }
  void add_times(const Series& series, const Tally& tally) {
    points_of(LoadTestMetric::response_time).push_back({labels({{"endpoint", series.endpoint}}), &tally.response_time});
  }
  void add_final_state(const Series& series) {
    add_state(series, series.total, series.kind == SampleKind::gauge ? latest_of(series) : Tally());
  }
  // `latest`: what happened in the last step.
  void add_state(const Series& series, const Tally& tally, const Tally& latest) {
    if (!is_of_requests(series)) return add_detail(now_.families, run_, series, tally, latest, extra_labels_);
    for (const auto& [status, requests] : run_.by_status(tally)) {
      add_count(LoadTestMetric::requests, &series, status, requests);
    }
    add_times(series, tally);
    const Labels own{{"endpoint", series.endpoint}};
    add_quantiles(points_of(LoadTestMetric::endpoint_quantiles), run_, tally, own, extra_labels_);
    if (tally.samples() > 0) add_gauge(LoadTestMetric::endpoint_mean, tally.mean(), own);
    for (const auto& [error_type, errors] : run_.by_error_type(tally)) {
      add_count(LoadTestMetric::endpoint_errors, &series, error_type, errors);
    }
  }
  void add_errors(const Tally& all) {
    for (const auto& [error_type, errors] : run_.by_error_type(all)) {
      add_count(LoadTestMetric::errors, nullptr, error_type, errors);
    }
  }
  void add_bytes(std::optional<std::uint64_t> received, std::optional<std::uint64_t> sent) {
    const auto add = [&](LoadTestMetric metric, const std::optional<std::uint64_t>& bytes) {
      if (bytes) points_of(metric).push_back({labels({}), static_cast<double>(*bytes)});
    };
    add(LoadTestMetric::bytes_received, received);
    add(LoadTestMetric::bytes_sent, sent);
  }
  // When bytes came that belong to no request is not known: then there is the final state alone.
  void add_bytes_over_time() {
    if (run_.unattributed_received == 0 && run_.unattributed_sent == 0) {
      add_bytes(run_.received(all_.bytes_received), run_.sent(all_.bytes_sent));
    }
  }
  void add_state_of_run(const Tally& so_far, std::int64_t until_ns) {
    add_quantiles(points_of(LoadTestMetric::run_quantiles), run_, so_far, {}, extra_labels_);
    if (so_far.samples() > 0) add_gauge(LoadTestMetric::run_mean, so_far.mean());
    add_gauge(LoadTestMetric::run_start, static_cast<double>(run_.started_ns) / 1e9);
    add_gauge(LoadTestMetric::run_duration, static_cast<double>(until_ns - run_.started_ns) / 1e9);
    add_gauge(LoadTestMetric::run_info, 1.0, {{"tool", run_.info.tool}});
  }
  // What is of a step alone.
  void add_momentary(const Tally& coming, const Vitals& gauges) {
    const double seconds = static_cast<double>(step_ms_) / kMsPerSecond;
    add_gauge(LoadTestMetric::users, gauges.active_users);
    add_gauge(LoadTestMetric::throughput, gauges.throughput_rps.value_or(Run::rate(coming.samples(), seconds)));
    add_gauge(LoadTestMetric::cpu, gauges.cpu_percent);
    add_gauge(LoadTestMetric::memory, gauges.memory_mb);
    add_quantiles(points_of(LoadTestMetric::recent_quantiles), run_, coming, {}, extra_labels_);
    note_gauges(momentary_);
  }
  void add_gauge(LoadTestMetric metric, const std::optional<double>& value, Labels own = {}) {
    if (value) points_of(metric).push_back({labels(std::move(own)), *value});
  }

  using Gauges = std::set<std::pair<std::size_t, Labels>>;  // family, labels
  void note_gauges(Gauges& gauges) const {
    for (std::size_t i = 0; i < now_.families.size(); ++i) {
      if (now_.families[i].type != MetricType::gauge) continue;
      for (const MetricPoint& point : now_.families[i].points) gauges.emplace(i, point.labels);
    }
  }
  void add_told_gauges(const Gauges& gauges) {
    for (const auto& [family, labels] : gauges) now_.families[family].points.push_back({labels, 0.0});
  }

  [[nodiscard]] std::optional<std::int64_t> last_step() const {
    const SlotRange all = run_.slots();
    return all.first < all.end ? std::optional((all.end - 1) / slots_per_step_) : std::nullopt;
  }
  [[nodiscard]] std::int64_t starts_ms() const {
    const std::int64_t started = run_.started_ns / kNsPerMs;
    const SlotRange all = run_.slots();
    const std::int64_t first = std::min(all.first, first_detail_);
    return first < kNever ? std::min(started, first * run_.interval_seconds * kMsPerSecond) : started;
  }
  [[nodiscard]] std::int64_t concludes_ms() const {
    auto last = last_step();
    // A check may come behind the last request.
    if (last_detail_ != -kNever) {
      last = std::max(last.value_or(last_detail_ / slots_per_step_), last_detail_ / slots_per_step_);
    }
    const std::int64_t last_ms = last ? (*last + 1) * step_ms_ : std::numeric_limits<std::int64_t>::min();
    const std::int64_t step_ns = step_ms_ * kNsPerMs;
    const std::int64_t ended_ms = (run_.ended_ns + step_ns - 1) / step_ns * step_ms_;
    return std::max(last_ms, ended_ms) + step_ms_;
  }

  const Run& run_;
  const Labels& extra_labels_;
  const VisitMetrics& visit_;
  std::int64_t slots_per_step_;
  std::int64_t step_ms_;
  std::int64_t first_detail_ = kNever;  // slots
  std::int64_t last_detail_ = -kNever;
  Tally all_;
  std::optional<std::int64_t> all_at_;
  Gauges momentary_;  // of the last step
  Gauges gauges_;     // all that were told
  std::optional<std::int64_t> told_ms_;
  MetricsAt now_;
};

// What is in `whole` and not in `part`.
Tally difference(const Tally& whole, const Tally& part) {
  if (part.samples() == 0) return whole;
  Tally rest;
  rest.response_time = omniwriter::difference(whole.response_time, part.response_time);
  for (const auto& [outcome, count] : whole.outcomes.entries()) {
    std::uint64_t left = count;
    for (const auto& [other, of_part] : part.outcomes.entries()) left -= other == outcome ? of_part : 0;
    if (left != 0) rest.outcomes.add(outcome, left);
  }
  rest.bytes_received = whole.bytes_received - part.bytes_received;
  rest.bytes_sent = whole.bytes_sent - part.bytes_sent;
  rest.reported = whole.reported;
  return rest;
}

Vitals gauges_of(const Run& run, std::int64_t slot, std::uint32_t users) {
  Vitals gauges;
  if (const auto known = run.vitals.find(slot); known != run.vitals.end()) gauges = known->second;
  if (users != 0 && !gauges.active_users) gauges.active_users = users;
  return gauges;
}

void tell_slots(const Run& run, SlotRange slots, CumulativeSeriesWriter& writer,
                std::vector<CumulativeSeriesWriter::Endpoint>& endpoints) {
  const auto endpoint_of = [&](const Run::Cell& cell) -> CumulativeSeriesWriter::Endpoint& {
    // Both are in the order of the run's series.
    return *std::ranges::lower_bound(endpoints, cell.series, {}, &CumulativeSeriesWriter::Endpoint::series);
  };
  std::vector<Run::Cell> requests;
  for_each_slot_of(
      run, is_told,
      [&](std::int64_t slot, const std::vector<Run::Cell>& cells) {
        requests.clear();
        std::ranges::copy_if(cells, std::back_inserter(requests),
                             [](const Run::Cell& cell) { return is_of_requests(*cell.series); });
        const Tally all = run.interval_total(slot * run.interval_seconds, requests);
        writer.pass(slot);
        if (!requests.empty()) writer.approach_all(slot, all);
        for (const Run::Cell& cell : cells) writer.approach(endpoint_of(cell), slot, *cell.tally);
        const auto users = run.active_users.find(slot);
        const auto gauges = gauges_of(run, slot, users == run.active_users.end() ? 0 : users->second);
        if (!requests.empty()) writer.reach_all(slot, all, gauges);
        for (const Run::Cell& cell : cells) writer.reach(endpoint_of(cell), slot, *cell.tally);
      },
      slots);
}

}  // namespace

void visit_metrics_over_time(const Run& run, const Labels& extra_labels, const VisitMetrics& visit) {
  CumulativeSeriesWriter writer(run, extra_labels, visit);
  auto endpoints = CumulativeSeriesWriter::endpoints_of(run);
  if (endpoints.empty()) return;
  writer.announce_all();
  for (const CumulativeSeriesWriter::Endpoint& endpoint : endpoints) writer.announce(endpoint);
  tell_slots(run, {}, writer, endpoints);
  writer.conclude_all();
  for (const CumulativeSeriesWriter::Endpoint& endpoint : endpoints) writer.conclude(endpoint);
  writer.end_all();
  for (const CumulativeSeriesWriter::Endpoint& endpoint : endpoints) writer.end(endpoint);
}

void visit_metrics_over_time(const Run& so_far, const Labels& extra_labels, SlotRange slots,
                             const VisitMetrics& visit) {
  CumulativeSeriesWriter writer(so_far, extra_labels, visit);
  auto endpoints = CumulativeSeriesWriter::endpoints_of(so_far);
  if (slots.first == SlotRange{}.first) return tell_slots(so_far, slots, writer, endpoints);
  // What is before `slots` is what is neither there nor behind: so little needs to be read.
  for (CumulativeSeriesWriter::Endpoint& endpoint : endpoints) {
    Tally behind;
    auto cell = endpoint.series->timeline.lower_bound(slots.first - 1);
    const bool told_just_before = cell != Timeline::end() && cell->first == slots.first - 1;
    if (told_just_before) ++cell;
    for (; cell != Timeline::end(); ++cell) behind.merge(cell->second);
    endpoint.sum = difference(endpoint.series->total, behind);
    if (endpoint.sum.samples() != 0) endpoint.at = slots.first - (told_just_before ? 1 : 2);
    if (is_of_requests(*endpoint.series)) writer.count(endpoint.sum);
  }
  struct Told {
    std::int64_t slot;
    Tally all;
  };
  std::optional<Told> last;
  const auto look = [&](std::int64_t from) {
    so_far.for_each_total([&](std::int64_t slot, const Tally& all) { last = Told{slot, all}; }, {from, slots.first});
  };
  constexpr std::int64_t kNear = 64;
  look(slots.first - kNear);
  if (!last) look(SlotRange{}.first);
  if (last) {
    const auto users = so_far.active_users.find(last->slot);
    const auto gauges = gauges_of(so_far, last->slot, users == so_far.active_users.end() ? 0 : users->second);
    writer.remember(last->slot, last->all, gauges);
  }
  tell_slots(so_far, slots, writer, endpoints);
}

void visit_endpoint_over_time(const Run& run, const Series& series, const Labels& extra_labels,
                              std::int64_t slots_per_step, const VisitMetrics& visit) {
  CumulativeSeriesWriter writer(run, extra_labels, visit, slots_per_step);
  CumulativeSeriesWriter::Endpoint endpoint{&series, {}, {}};
  writer.announce(endpoint);
  for (auto cell = series.timeline.begin(); cell != Timeline::end();) {
    const std::int64_t step = cell->first / slots_per_step;
    Tally coming;
    for (; cell != Timeline::end() && cell->first / slots_per_step == step; ++cell) coming.merge(cell->second);
    writer.approach(endpoint, step, coming);
    writer.reach(endpoint, step, coming);
  }
  writer.conclude(endpoint);
}

void visit_all_over_time(const Run& run, const Labels& extra_labels, std::int64_t slots_per_step,
                         const VisitMetrics& visit) {
  CumulativeSeriesWriter writer(run, extra_labels, visit, slots_per_step);
  if (CumulativeSeriesWriter::endpoints_of(run).empty()) return;
  writer.announce_all();
  struct Step {
    std::int64_t number;
    Tally all;
    Vitals gauges;  // of its last slot
  };
  std::optional<Step> now;
  const auto tell = [&] {
    if (!now) return;
    writer.approach_all(now->number, now->all);
    writer.reach_all(now->number, now->all, now->gauges);
  };
  run.for_each_interval([&](std::int64_t start, std::uint32_t users, const std::vector<Run::Cell>& cells) {
    const std::int64_t slot = start / run.interval_seconds;
    if (!now || now->number != slot / slots_per_step) {
      tell();
      now = Step{slot / slots_per_step, {}, {}};
    }
    now->all.merge(run.interval_total(start, cells));
    now->gauges = gauges_of(run, slot, users);
  });
  tell();
  writer.conclude_all();
}

}  // namespace omniwriter
