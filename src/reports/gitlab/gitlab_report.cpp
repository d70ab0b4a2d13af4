// What GitLab's widget reads of a k6 summary (`k6 run --summary-export`), in k6's units: milliseconds and requests a
// second. Its "TTFB" is http_req_waiting; where nobody measured that, the response time stands in for it.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "reports/report.h"
#include "reports/run_summary.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

/// Nothing where no percentile is known: GitLab would compare with it.
void add_times(Json& metrics, const char* name, const Tally& times) {
  if (times.samples() == 0) return;
  Json values = Json::object();
  const auto add = [&](const char* member, const std::optional<double>& seconds) {
    if (seconds) values[member] = *seconds * 1e3;
  };
  add("avg", times.mean());
  add("min", times.minimum());
  add("med", times.quantile(0.5));
  add("max", times.maximum());
  add("p(90)", times.quantile(0.9));
  add("p(95)", times.quantile(0.95));
  if (values.contains("p(90)") && values.contains("p(95)")) metrics[name] = std::move(values);
}

const Tally& waiting_of(const RunSummary& summary) {
  for (const PhaseSummary& one : summary.phases.known) {
    if (one.phase == SampleKind::waiting) return *one.tally;
  }
  return summary.total;
}

}  // namespace

std::string gitlab_report(const ReportInput& input) {
  const RunSummary summary(input.run);
  const TallySummary& numbers = summary.numbers;
  Json metrics = Json::object();
  metrics["http_reqs"] = {{"count", numbers.samples}, {"rate", numbers.throughput_rps}};
  metrics["http_req_failed"] = {
      {"passes", numbers.errors}, {"fails", numbers.samples - numbers.errors}, {"value", numbers.error_ratio}};
  add_times(metrics, "http_req_duration", summary.total);
  add_times(metrics, "http_req_waiting", waiting_of(summary));
  // Where the test has no checks of its own, each criterion is one.
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  for (const CheckSummary& check : summary.checks) {
    passed += check.passed;
    failed += check.failed;
  }
  if (summary.checks.empty() && input.judgement != nullptr) {
    for (const CriterionResult& one : input.judgement->criteria) {
      ++(one.verdict == Verdict::pass || one.verdict == Verdict::warn ? passed : failed);
    }
  }
  if (const std::uint64_t all = passed + failed; all > 0) {
    metrics["checks"] = {
        {"passes", passed}, {"fails", failed}, {"value", static_cast<double>(passed) / static_cast<double>(all)}};
  }
  return Json{{"metrics", std::move(metrics)}}.dump(2) + "\n";
}

}  // namespace omniwriter
