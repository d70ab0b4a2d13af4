#include "support/summary_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "formats/run_codec/run_codec.h"
#include "reading/input.h"
#include "reports/report.h"

namespace omniwriter::test {
namespace {

std::string wrong_tally(const Run& run, const Tally& tally) {
  std::uint64_t with_outcome = 0;
  for (const auto& [outcome, count] : tally.outcomes.entries()) with_outcome += count;
  if (with_outcome != tally.samples()) return fmt::format("{} outcomes of {}", with_outcome, tally.samples());
  if (tally.samples() == 0) return {};
  if (!tally.reported) return "a number that nobody reported";
  const auto again = decode_tally(encode_tally(tally), run.outcomes.size());
  if (!again) return again.error().message;
  if (again->response_time != tally.response_time || *again->reported != *tally.reported) return "the store changes it";
  return {};
}

std::string wrong_run(const Run& run) {
  if (!run.reported) return "not reported";
  if (run.interval_seconds < 1 || run.started_ns < 0 || run.ended_ns < run.started_ns) return "times make no sense";
  if (auto wrong = wrong_tally(run, run.total()); !wrong.empty()) return "total: " + wrong;
  std::set<std::pair<SampleKind, std::string>> names;
  std::uint64_t samples = 0;
  for (const Series& series : run.series) {
    if (!names.emplace(series.kind, series.endpoint).second) return "an endpoint comes twice: " + series.endpoint;
    if (auto wrong = wrong_tally(run, series.total); !wrong.empty()) return series.endpoint + ": " + wrong;
    if (series.kind != SampleKind::request) continue;
    samples += series.total.samples();
    std::uint64_t in_timeline = 0;
    for (const auto& [slot, tally] : series.timeline) {
      if (auto wrong = wrong_tally(run, tally); !wrong.empty()) return series.endpoint + ": " + wrong;
      in_timeline += tally.samples();
    }
    if (in_timeline != series.total.samples()) return series.endpoint + ": its timeline does not add up";
  }
  if (samples != run.total().samples()) return "the endpoints do not add up to the total";
  std::uint64_t in_parts = 0;
  run.for_each_total([&](std::int64_t, const Tally& tally) { in_parts += tally.samples(); });
  if (in_parts != samples) return "the timeline of the total does not add up";
  return {};
}

}  // namespace

std::string misbehaviour(const SummaryFormat& format, std::string_view content) {
  static_cast<void>(format.recognises(content.substr(0, InputFormat::kHeadBytes)));
  const auto beginnings = format.beginnings(content);
  if (!std::ranges::is_sorted(beginnings)) return "summaries that begin in disorder";
  if (!beginnings.empty() && beginnings.back() >= content.size()) return "a summary that begins behind the end";
  const auto summary = format.read(content, {});
  if (!summary) return summary.error().message.empty() ? "an error without message" : "";
  constexpr std::size_t kMaxSeries = 20;
  const auto run = run_of(*summary, kMaxSeries);
  if (!run) return run.error().message.empty() ? "an error without message" : "";
  if (auto wrong = wrong_run(*run); !wrong.empty()) return wrong;
  if (json_report({*run, {}}).empty() || terminal_summary({*run, {}}, Language::en, {}).empty()) return "no report";
  if (summary->mergeable()) {
    Summary twice = *summary;
    twice.merge(*summary);
    const auto merged = run_of(twice, kMaxSeries);
    if (merged && merged->total().samples() != 2 * run->total().samples()) return "merging loses samples";
  }
  return {};
}

}  // namespace omniwriter::test
