#include "judge/judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "judge/criterion_values.h"
#include "judge/quantile_interval.h"
#include "judge/run_digest.h"
#include "judge/statistics.h"
#include "judge/validity.h"

namespace omniwriter {
namespace {

// A value as the criteria are written.
std::string shown(double value, ValueUnit unit) {
  switch (unit) {
    case ValueUnit::seconds:
      return std::abs(value) < 1 ? fmt::format("{:.4g} ms", value * 1000) : fmt::format("{:.4g} s", value);
    case ValueUnit::ratio:
      return fmt::format("{:.4g} %", value * 100);
    case ValueUnit::per_second:
      return fmt::format("{:.4g}/s", value);
    case ValueUnit::percent:
      return fmt::format("{:.4g} %", value);
    case ValueUnit::megabytes:
      return fmt::format("{:.4g} MB", value);
    case ValueUnit::count:
    case ValueUnit::bytes:
      return fmt::format("{:.0f}", value);
    default:
      return fmt::format("{:.4g}", value);
  }
}

bool is_of_all_requests(const Criterion& criterion) {
  return criterion.kind == SampleKind::request && criterion.name.empty() && criterion.labels.empty();
}

// Where the trouble is: the endpoint that stands out.
std::string where_to_look(const Run& run, const Criterion& criterion) {
  if (criterion.subject != CriterionSubject::times && criterion.subject != CriterionSubject::errors) return {};
  if (!criterion.name.empty() || (criterion.subject == CriterionSubject::times && !criterion.labels.empty())) return {};
  const bool errors = criterion.subject == CriterionSubject::errors;
  const Series* most = nullptr;
  double highest = 0;
  std::size_t endpoints = 0;
  for (const Series& one : run.series) {
    if (one.kind != criterion.kind || one.total.samples() == 0) continue;
    ++endpoints;
    const double value =
        errors ? static_cast<double>(run.errors(one.total))
               : one.total.quantile(criterion.statistic == Statistic::quantile ? criterion.parameter : 0.5).value_or(0);
    if (value > highest) {
      highest = value;
      most = &one;
    }
  }
  if (most == nullptr || endpoints < 2) return {};
  if (!errors) return fmt::format("the slowest is \"{}\"", most->endpoint);
  const auto types = run.by_error_type(most->total);
  return types.empty() ? fmt::format("most errors are of \"{}\"", most->endpoint)
                       : fmt::format("most errors are of \"{}\", and of these {}", most->endpoint, types.front().first);
}

std::string what_to_look_at(const Run& run, const Criterion& criterion) {
  switch (criterion.subject) {
    case CriterionSubject::times:
    case CriterionSubject::errors:
      return where_to_look(run, criterion);
    case CriterionSubject::requests:
      return is_of_all_requests(criterion) && criterion.statistic == Statistic::rate
                 ? "see whether the load generator or the system could not do more: its CPU, the response times"
                 : "";
    case CriterionSubject::cpu:
    case CriterionSubject::memory:
      return "these are those of the load generator, unless another machine was measured: spread the load over more";
    default:
      return {};
  }
}

void judge_absolute(const Run& run, const Criterion& criterion, CriterionResult& result) {
  const CriterionValue found = value_of(run, criterion);
  result.observed = found.value;
  result.bound = found.bound;
  result.unit = found.unit;
  result.reason = found.reason;
  result.advice = found.advice;
  if (!found.value) {
    const bool passes = found.too_short || (criterion.holds_without_data && !found.cannot_tell);
    result.verdict = passes ? Verdict::pass : found.cannot_tell ? Verdict::inconclusive : Verdict::fail;
    return;
  }
  const bool met = holds(*found.value, criterion.comparator, found.bound);
  result.verdict = met ? Verdict::pass : Verdict::fail;
  if (criterion.statistic == Statistic::quantile && found.samples > 0) {
    const std::uint64_t needed = samples_needed(criterion.parameter);
    const bool at_most = criterion.comparator == Comparator::less || criterion.comparator == Comparator::less_equal;
    const bool surely_not = at_most && found.at_least && !holds(*found.at_least, criterion.comparator, found.bound);
    if (found.samples < needed && !surely_not) {
      result.verdict = Verdict::inconclusive;
      result.reason = fmt::format("{} samples do not carry it: {} are needed", found.samples, needed);
      result.advice = "let the test run for longer, or ask for a lower percentile";
      return;
    }
  }
  if (criterion.statistic == Statistic::apdex && met != holds(found.most, criterion.comparator, found.bound)) {
    result.verdict = Verdict::inconclusive;
    result.reason = fmt::format("it may be anything up to {}, for how long failed requests took is not known",
                                shown(found.most, found.unit));
    return;
  }
  if (!met && result.advice.empty()) result.advice = what_to_look_at(run, criterion);
}

std::string metric_of(const Criterion& criterion) {
  if (criterion.subject == CriterionSubject::errors) return "error_ratio";
  if (criterion.subject == CriterionSubject::requests) return "throughput";
  return criterion.statistic == Statistic::mean ? "mean" : fmt::format("p{:g}", criterion.parameter * 100);
}

void judge_relative(const Criterion& criterion, const std::optional<Comparison>& comparison, CriterionResult& result) {
  result.unit = ValueUnit::ratio;
  result.bound = criterion.bound;
  if (!comparison) {
    result.reason = "there is no baseline";
    result.advice = "say what to compare with: --baseline";
    return;
  }
  const std::string metric = metric_of(criterion);
  const std::vector<ComparedMetric>* metrics = &comparison->overall_metrics;
  if (!criterion.name.empty()) {
    const auto endpoint = std::ranges::find(comparison->endpoints, criterion.name, &ComparedEndpoint::endpoint);
    metrics = endpoint == comparison->endpoints.end() ? nullptr : &endpoint->metrics;
  }
  const ComparedMetric* compared = nullptr;
  if (metrics != nullptr) {
    const auto found = std::ranges::find(*metrics, metric, &ComparedMetric::metric);
    if (found != metrics->end()) compared = &*found;
  }
  if (compared == nullptr) {
    result.reason = fmt::format("{} was not compared with the baseline", metric);
    return;
  }
  result.observed = compared->change;
  result.interval = compared->interval;
  const bool low = holds(compared->interval.low, criterion.comparator, criterion.bound);
  const bool high = holds(compared->interval.high, criterion.comparator, criterion.bound);
  if (low == high) {
    result.verdict = low ? Verdict::pass : Verdict::fail;
    return;
  }
  result.reason = fmt::format("the change lies between {} and {}", shown(compared->interval.low, ValueUnit::ratio),
                              shown(compared->interval.high, ValueUnit::ratio));
  result.advice = "more runs make that range smaller";
}

// 99 % sure, as the batches of the run tell. Of windows, and of what is no request, nothing is known.
std::optional<Interval> interval_of(const RunDigest& digest, const Criterion& criterion) {
  constexpr double kConfidence = 0.99;
  if (!digest.has_samples || criterion.needs_timeline() || criterion.kind != SampleKind::request ||
      !criterion.labels.empty()) {
    return std::nullopt;
  }
  const EndpointDigest* of = &digest.all;
  if (!criterion.name.empty()) {
    const auto found = std::ranges::find(digest.endpoints, criterion.name, &EndpointDigest::endpoint);
    if (found == digest.endpoints.end()) return std::nullopt;
    of = &*found;
  }
  if (std::ranges::any_of(of->batches, [](const BatchDigest& batch) { return batch.response_time.count() == 0; })) {
    return std::nullopt;
  }
  const auto estimated = [](const std::optional<Estimate>& estimate) {
    return estimate ? std::optional(estimate->interval) : std::nullopt;
  };
  if (criterion.subject == CriterionSubject::times && criterion.statistic == Statistic::quantile) {
    return estimated(quantile_estimate(*of, criterion.parameter, kConfidence));
  }
  if (criterion.subject == CriterionSubject::times && criterion.statistic == Statistic::mean) {
    return estimated(mean_estimate(*of, kConfidence));
  }
  if (criterion.subject == CriterionSubject::errors && criterion.statistic == Statistic::rate) {
    const BatchDigest total = of->total();
    const double alike = design_effect_of_errors(*of);
    return wilson(static_cast<double>(total.errors) / alike, static_cast<double>(total.response_time.count()) / alike,
                  normal_quantile((1 + kConfidence) / 2));
  }
  return std::nullopt;
}

void add_interval(const RunDigest& digest, const Criterion& criterion, CriterionResult& result) {
  result.interval = interval_of(digest, criterion);
  const bool decided = result.verdict != Verdict::inconclusive && result.bound && result.reason.empty();
  if (!result.interval || !decided) return;
  const bool low = holds(result.interval->low, criterion.comparator, *result.bound);
  const bool high = holds(result.interval->high, criterion.comparator, *result.bound);
  if (low == high) return;
  result.reason = fmt::format("it is near the limit: such a run may have anything from {} to {}",
                              shown(result.interval->low, result.unit), shown(result.interval->high, result.unit));
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::warn:
      return "warn";
    case Verdict::fail:
      return "fail";
    default:
      return "inconclusive";
  }
}

CriterionResult judge_criterion(const Run& run, const Criterion& criterion,
                                const std::optional<Comparison>& comparison) {
  CriterionResult result;
  result.criterion = criterion.text;
  result.only_warns = criterion.only_warns;
  if (criterion.relative) {
    judge_relative(criterion, comparison, result);
  } else {
    judge_absolute(run, criterion, result);
  }
  if (result.only_warns && result.verdict == Verdict::fail) result.verdict = Verdict::warn;
  return result;
}

Judgement judge(const Run& run, const std::vector<Criterion>& criteria, std::optional<Comparison> comparison) {
  Judgement judgement;
  const RunDigest digest = digest_of(run);
  for (const Criterion& criterion : criteria) {
    CriterionResult result = judge_criterion(run, criterion, comparison);
    if (!criterion.relative && result.observed) add_interval(digest, criterion, result);
    judgement.criteria.push_back(std::move(result));
  }
  judgement.concerns = validity(run, digest);
  judgement.comparison = std::move(comparison);
  judgement.verdict = verdict_of(judgement);
  return judgement;
}

namespace {

bool is_invalid(const Judgement& judgement) {
  return std::ranges::any_of(judgement.concerns,
                             [](const Concern& concern) { return concern.level == ConcernLevel::invalid; });
}

bool is_worse(const Judgement& judgement) {
  return judgement.comparison && judgement.comparison->verdict == ComparisonVerdict::worse &&
         !judgement.comparison->within_margin;
}

bool has_failed(const Judgement& judgement) {
  return std::ranges::any_of(judgement.criteria,
                             [](const CriterionResult& result) { return result.verdict == Verdict::fail; });
}

}  // namespace

std::optional<Verdict> verdict_of(const Judgement& judgement) {
  if (judgement.criteria.empty() && !judgement.comparison) return std::nullopt;
  if (has_failed(judgement) || is_worse(judgement)) return Verdict::fail;
  bool inconclusive = is_invalid(judgement) ||
                      (judgement.comparison && judgement.comparison->verdict == ComparisonVerdict::inconclusive);
  bool warned = false;
  for (const CriterionResult& result : judgement.criteria) {
    const bool open = result.verdict == Verdict::inconclusive;
    inconclusive = inconclusive || (open && !result.only_warns);
    // What can do no more than warn does no more than that.
    warned = warned || result.verdict == Verdict::warn || (open && result.only_warns);
  }
  return inconclusive ? Verdict::inconclusive : warned ? Verdict::warn : Verdict::pass;
}

int exit_code_of(const Judgement& judgement, bool strict) {
  constexpr int kFailed = 99;
  constexpr int kWorse = 98;
  constexpr int kInconclusive = 97;
  if (has_failed(judgement)) return kFailed;
  if (is_worse(judgement)) return kWorse;
  const bool open = is_invalid(judgement) || verdict_of(judgement) == Verdict::inconclusive;
  return strict && open ? kInconclusive : 0;
}

}  // namespace omniwriter
