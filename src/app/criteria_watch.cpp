#include "app/criteria_watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/judge_settings.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr std::chrono::seconds kBetweenLooks{2};
constexpr int kShareOfLooking = 30;  // looking takes no more than this share of the time
constexpr double kFirstWords = 10;   // seconds of a run, before which its numbers are too few to speak of

/// Of what only grows while the test goes on, there may be too little now and enough in the end.
bool may_yet_be_met(const Criterion& criterion) {
  const bool grows = criterion.statistic == Statistic::count || criterion.statistic == Statistic::maximum;
  return grows && criterion.comparator != Comparator::less && criterion.comparator != Comparator::less_equal;
}

/// Nothing where the criterion is met, or nobody can say.
std::optional<CriterionResult> broken_now(const Run& run, const Criterion& criterion) {
  // What is relative is so to a baseline, which a run is compared with once it is over.
  if (criterion.relative || may_yet_be_met(criterion)) return std::nullopt;
  CriterionResult result = judge_criterion(run, criterion);
  const bool broken = result.verdict == Verdict::fail || result.verdict == Verdict::warn;
  return broken && result.observed ? std::optional(std::move(result)) : std::nullopt;
}

}  // namespace

void replace_result(Judgement& judgement, const CriterionResult& by) {
  const auto same = std::ranges::find(judgement.criteria, by.criterion, &CriterionResult::criterion);
  if (same != judgement.criteria.end()) *same = by;
  judgement.verdict = verdict_of(judgement);
}

CriteriaWatch::CriteriaWatch(const Program& program, const Config& config)
    : program_(program), language_(config.spoken), criteria_(config.of<JudgeSettings>().criteria) {}

bool CriteriaWatch::is_due() const { return !criteria_.empty() && program_.clock.steady() >= next_; }

std::optional<CriterionResult> CriteriaWatch::look(const Run& so_far) {
  const auto begun = program_.clock.steady();
  const double seconds = so_far.duration_seconds();
  std::optional<CriterionResult> ending;
  for (const Criterion& criterion : criteria_) {
    const bool may_tell = seconds >= kFirstWords && !told_.contains(criterion.text);
    const bool may_end = criterion.abort_on_fail && !ended_ && !ending;
    const bool is_time = seconds >= static_cast<double>(criterion.delay_abort_eval.count());
    if (!is_time || (!may_tell && !may_end)) continue;
    const auto broken = broken_now(so_far, criterion);
    if (!broken) continue;
    if (may_tell) {
      told_.insert(criterion.text);
      tell_of(*broken);
    }
    if (!may_end) continue;
    ending = broken;
    ending->reason = kStoppedForIt;
  }
  ended_ = ended_ || ending.has_value();
  const auto took = program_.clock.steady() - begun;
  next_ = begun + std::max<std::chrono::nanoseconds>(kBetweenLooks, took * kShareOfLooking);
  return ending;
}

void CriteriaWatch::tell_of(const CriterionResult& result) {
  if (program_.flags.quiet) return;
  const std::string now = result.observed ? format_value(*result.observed, result.unit, language_) : "–";
  program_.console.note(fmt::format("so far the criterion \"{}\" is not met: it is {} now", result.criterion, now));
}

}  // namespace omniwriter
