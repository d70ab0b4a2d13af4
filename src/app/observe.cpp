#include "app/observe.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "config/vitals_settings.h"
#include "net/http_client.h"
#include "systems/prometheus/run_queries.h"
#include "vitals/vitals_log.h"

namespace omniwriter {
namespace {

using Member = std::optional<double> Vitals::*;

bool is_measured(const Run& run, Member member) {
  return std::ranges::any_of(run.vitals, [&](const auto& slot) { return (slot.second.*member).has_value(); });
}

/// Each value holds until the next may come.
void add_vitals(Run& run, Member member, const ObservedSeries& series, std::int64_t step) {
  std::map<std::int64_t, Vitals> by_second;
  for (const auto& [seconds, value] : series.values) {
    for (std::int64_t at = seconds; at < seconds + step; ++at) by_second[at].*member = value;
  }
  VitalsLog log;
  log.add(by_second, 1);
  for (const auto& [slot, vitals] : log.between(run.started_ns, run.ended_ns, run.interval_seconds)) {
    run.vitals[slot].*member = vitals.*member;
  }
}

/// By query and labels.
void sort(std::vector<ObservedSeries>& all) {
  std::ranges::sort(all, [](const ObservedSeries& a, const ObservedSeries& b) {
    return a.query != b.query ? a.query < b.query : a.labels < b.labels;
  });
}

}  // namespace

void observe(const Program& program, const Config& config, const RunStore& store, Run& run,
             const std::stop_token& stop) {
  if (run.observed.empty()) {
    if (const auto before = store.load(run.info.run_id, Timelines::none)) run.observed = before->observed;
  }
  if (config.of<VitalsSettings>().queries.empty()) return;
  std::set<std::string_view> measured;
  if (is_measured(run, &Vitals::cpu_percent)) measured.insert(kCpuQuery);
  if (is_measured(run, &Vitals::memory_mb)) measured.insert(kMemoryQuery);
  const QuerySpan span = query_span(run.started_ns, run.ended_ns);
  HttpClient http(stop);
  QueriesAnswer answer = ask_queries(config, span, measured, http, program.clock);
  if (!program.flags.quiet) {
    for (const std::string& note : answer.notes) program.console.note(note);
  }
  std::vector<ObservedSeries> found;
  for (ObservedSeries& one : answer.series) {
    if (one.query == kCpuQuery) {
      add_vitals(run, &Vitals::cpu_percent, one, span.step);
    } else if (one.query == kMemoryQuery) {
      add_vitals(run, &Vitals::memory_mb, one, span.step);
    } else {
      found.push_back(std::move(one));
    }
  }
  std::set<std::string> known;
  for (const ObservedSeries& one : found) known.insert(one.query);
  for (ObservedSeries& one : run.observed) {
    if (!known.contains(one.query) && found.size() < kMostObservedSeries) found.push_back(std::move(one));
  }
  sort(found);
  run.observed = std::move(found);
}

}  // namespace omniwriter
