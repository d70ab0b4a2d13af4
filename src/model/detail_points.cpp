#include "model/detail_points.h"

#include <algorithm>
#include <cmath>

#include "base/utf8.h"

namespace omniwriter {
namespace {

Measures times_of(const Tally& tally, bool is_time) {
  const auto shown = [&](double seconds) { return is_time ? seconds : units_of(seconds); };
  const Histogram& times = tally.response_time;
  Measures measures{{"count", tally.samples()}, {"mean", shown(times.mean_seconds())}};
  if (is_time) measures.emplace_back("sum", times.sum_seconds());
  measures.emplace_back("min", shown(times.min_seconds()));
  measures.emplace_back("p50", shown(times.quantile(0.5)));
  measures.emplace_back("p90", shown(times.quantile(0.9)));
  measures.emplace_back("p95", shown(times.quantile(0.95)));
  measures.emplace_back("p99", shown(times.quantile(0.99)));
  measures.emplace_back("max", shown(times.max_seconds()));
  return measures;
}

// `latest`: of a gauge.
Measures measures_of_detail(const Run& run, SampleKind kind, const Tally& tally, const Tally& latest, double seconds) {
  switch (kind) {
    case SampleKind::check:
    case SampleKind::rate: {
      Measures measures{{"count", tally.samples()}};
      const auto results = results_of(run, tally);
      for (const auto& [result, count] : results) measures.emplace_back(result, count);
      measures.emplace_back("ratio", Run::rate(results.front().second, static_cast<double>(tally.samples())));
      return measures;
    }
    case SampleKind::dimension: {
      Measures measures = times_of(tally, true);
      const std::uint64_t errors = run.errors(tally);
      measures.emplace_back("errors", errors);
      measures.emplace_back("error_ratio", Run::rate(errors, static_cast<double>(tally.samples())));
      measures.emplace_back("throughput_rps", Run::rate(tally.samples(), seconds));
      return measures;
    }
    case SampleKind::counter: {
      const double added = units_of(tally.response_time.sum_seconds());
      Measures measures{{"count", tally.samples()}, {"added", added}};
      if (seconds > 0) measures.emplace_back("per_second", added / seconds);
      return measures;
    }
    case SampleKind::gauge: {
      Measures measures = times_of(tally, false);
      measures.emplace_back("last", units_of(latest.response_time.mean_seconds()));
      return measures;
    }
    default:
      return times_of(tally, kind != SampleKind::number);
  }
}

DetailPoint point_of(const Run& run, const Series& series, const Tally& tally, const Tally& latest,
                     std::int64_t start_seconds, double seconds) {
  DetailPoint point;
  if (is_phase(series.kind)) {
    point.type = "phase";
    point.names = {{"endpoint", series.endpoint}, {"phase", name_of(series.kind)}};
  } else if (series.kind == SampleKind::dimension) {
    const auto [name, value] = name_and_value(series);
    point.type = "dimension";
    point.names = {{"dimension", name}, {"dimension_value", value}};
  } else if (series.kind == SampleKind::check) {
    point.type = "check";
    point.names = {{"check", series.endpoint}};
  } else {
    point.type = "metric";
    point.names = {{"metric", series.endpoint}, {"metric_type", name_of(series.kind)}};
  }
  point.start_seconds = start_seconds;
  point.measures = measures_of_detail(run, series.kind, tally, latest, seconds);
  return point;
}

}  // namespace

std::pair<std::string_view, std::string_view> name_and_value(const Series& dimension) {
  const std::string_view text = dimension.endpoint;
  const std::size_t equals = text.find('=');
  return {text.substr(0, equals), text.substr(equals + 1)};
}

double units_of(double seconds) {
  constexpr double kNsPerSecond = 1e9;
  return std::round(seconds * kNsPerSecond) / static_cast<double>(kNsPerUnit);
}

Tally latest_of(const Series& series) {
  if (series.timeline.empty()) return series.total;
  const auto last = series.timeline.lower_bound(series.timeline.last());
  return last->second;
}

std::vector<std::pair<std::string_view, std::uint64_t>> results_of(const Run& run, const Tally& tally) {
  const std::uint64_t failed = run.errors(tally);
  return {{"passed", tally.samples() - failed}, {"failed", failed}};
}

void for_each_slot_of(const Run& run, bool (*wanted)(SampleKind kind), const VisitSlot& visit, SlotRange slots) {
  // A merge of the sorted timelines: one cursor for each series.
  struct Cursor {
    const Series* series;
    Timeline::Iterator at;
  };
  std::vector<Cursor> cursors;
  for (const Series& one : run.series) {
    if (!wanted(one.kind)) continue;
    Timeline::Iterator at = one.timeline.lower_bound(slots.first);
    if (at != Timeline::end()) cursors.push_back({&one, std::move(at)});
  }
  std::vector<Run::Cell> cells;
  while (!cursors.empty()) {
    const std::int64_t slot =
        (*std::ranges::min_element(cursors, {}, [](const Cursor& cursor) { return cursor.at->first; })).at->first;
    if (slot >= slots.end) return;
    cells.clear();
    for (const Cursor& cursor : cursors) {
      if (cursor.at->first == slot) cells.push_back({cursor.series, &(*cursor.at).second});
    }
    visit(slot, cells);
    std::erase_if(cursors, [&](Cursor& cursor) { return cursor.at->first == slot && ++cursor.at == Timeline::end(); });
  }
}

void for_each_detail(const Run& run, const VisitDetail& visit, SlotRange slots) {
  const auto seconds = static_cast<double>(run.interval_seconds);
  const SlotRange requests = run.slots();
  for_each_slot_of(
      run, is_detail,
      [&](std::int64_t slot, const std::vector<Run::Cell>& cells) {
        for (const auto& [series, tally] : cells) {
          const bool beyond = is_phase(series->kind) && requests.first < requests.end && slot >= requests.end;
          DetailPoint point = point_of(run, *series, *tally, *tally,
                                       (beyond ? requests.end - 1 : slot) * run.interval_seconds, seconds);
          point.slot = slot;
          visit(point);
        }
      },
      slots);
}

void for_each_detail_of_run(const Run& run, const VisitDetail& visit) {
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  for (const Series& series : run.series) {
    if (!is_detail(series.kind)) continue;
    const Tally latest = series.kind == SampleKind::gauge ? latest_of(series) : Tally();
    visit(point_of(run, series, series.total, latest, run.started_ns / kNsPerSecond, run.duration_seconds()));
  }
}

std::vector<ErrorMessage> first_messages(const Run& run) {
  const auto& all = run.error_messages;
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kFirstMessages))};
}

std::vector<ErrorMessage> labelled_messages(const Run& run) {
  std::vector<ErrorMessage> labelled;
  for (const ErrorMessage& one : run.error_messages) {
    std::string text = clean_utf8(one.message, kMaxMessageLabelBytes);
    const auto same = std::ranges::find_if(labelled, [&](const ErrorMessage& other) {
      return other.endpoint == one.endpoint && other.error_type == one.error_type && other.message == text;
    });
    if (same != labelled.end()) {
      same->count += one.count;
    } else if (labelled.size() < kFirstMessages) {
      labelled.push_back(one);
      labelled.back().message = std::move(text);
    }
  }
  return labelled;
}

}  // namespace omniwriter
