#include "integration/judging.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/try.h"
#include "config/judge_settings.h"
#include "integration/named_runs.h"
#include "model/alert_rules.h"

namespace omniwriter {
namespace {

std::vector<Criterion> criteria_of_alerts(const Config& config) {
  std::vector<Criterion> criteria;
  for (const AlertRule& rule : config.alerts) {
    if (rule.enabled) criteria.push_back(criterion_of(rule));
  }
  return criteria;
}

bool stands_for_several(std::string_view baseline) { return baseline == "last-passed" || baseline.starts_with("tag:"); }

/// What became of the wish to compare.
struct Compared {
  std::optional<Comparison> comparison;
  std::vector<Concern> concerns;
};

/// `runs`: of the same test.
Compared compare_with_baseline(const Config& config, std::span<const Run> runs) {
  const auto& settings = config.of<JudgeSettings>();
  if (settings.baseline.empty()) return {};
  std::vector<std::string> left_out;
  auto found = baseline_runs(config, runs.front(), settings.baseline, settings.baseline_runs + runs.size(), &left_out);
  if (!found) {
    Comparison none;
    none.reasons.push_back(std::move(found).error().message);
    return {std::move(none), {}};
  }
  std::vector<Concern> concerns;
  for (std::string& why : left_out) {
    concerns.push_back({.check = "baseline", .level = ConcernLevel::warning, .what = std::move(why), .advice = ""});
  }
  std::vector<RunDigest>& base = *found;
  std::erase_if(base, [&](const RunDigest& digest) {
    return std::ranges::any_of(runs, [&](const Run& run) { return run.info.run_id == digest.info.run_id; });
  });
  if (base.empty()) {
    concerns.push_back(
        {.check = "baseline",
         .level = ConcernLevel::note,
         .what = fmt::format("there is no earlier run yet to compare this one with ({})", settings.baseline),
         .advice = "the next run of this test will be compared with this one"});
    return {{}, std::move(concerns)};
  }
  if (base.size() > settings.baseline_runs) base.resize(settings.baseline_runs);
  std::vector<RunDigest> candidates;
  for (const Run& run : runs) candidates.push_back(digest_of(run));
  return {compare(base, candidates, settings.comparison), std::move(concerns)};
}

Judgement judge_with(const Config& config, const Run& run, const Compared& compared) {
  const auto& criteria = config.of<JudgeSettings>().criteria;
  const bool asked = !criteria.empty();
  Judgement judgement = judge(run, asked ? criteria : criteria_of_alerts(config), compared.comparison);
  if (!asked) {
    std::erase_if(judgement.criteria, [](const CriterionResult& result) { return result.verdict != Verdict::warn; });
    for (CriterionResult& result : judgement.criteria) result.reason = "an alert of the configuration (alerts.*)";
  }
  judgement.concerns.insert(judgement.concerns.end(), compared.concerns.begin(), compared.concerns.end());
  const bool has_verdict = asked || judgement.comparison;
  judgement.verdict = has_verdict ? verdict_of(judgement) : std::nullopt;
  return judgement;
}

}  // namespace

Judgement judge_run(const Config& config, const Run& run) { return judge_together(config, {&run, 1}).front(); }

std::vector<Judgement> judge_together(const Config& config, std::span<const Run> runs) {
  const Compared compared = compare_with_baseline(config, runs);
  std::vector<Judgement> judgements;
  for (const Run& run : runs) judgements.push_back(judge_with(config, run, compared));
  return judgements;
}

Result<void> check_baseline(const Config& config) {
  const std::string& baseline = config.of<JudgeSettings>().baseline;
  if (baseline.empty() || stands_for_several(baseline)) return {};
  TRY(named_digest(config, baseline));
  return {};
}

}  // namespace omniwriter
