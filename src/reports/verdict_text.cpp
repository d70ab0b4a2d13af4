#include "reports/verdict_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/translation.h"
#include "reports/display_width.h"
#include "reports/format_numbers.h"

namespace omniwriter {
namespace {

template <typename... Values>
std::string said(Language language, Text text, const Values&... values) {
  return fmt::format(fmt::runtime(text_of(text, language)), values...);
}

std::string sentence(std::string_view text, Language language) { return visible_text(translated(text, language)); }

std::string magnitude(double value, ValueUnit unit, Language language) {
  switch (unit) {
    case ValueUnit::seconds:
      return format_time(value, language);
    case ValueUnit::ratio:
      return format_percent(value, language);
    case ValueUnit::per_second:
      return format_number(value, language) + " req/s";
    case ValueUnit::percent:
      return format_number(value, language) + "%";
    case ValueUnit::count:
    case ValueUnit::bytes:
    case ValueUnit::megabytes:
    case ValueUnit::number:
      break;
  }
  const double whole = unit == ValueUnit::megabytes ? value * 1e6 : value;
  // Beyond 2^63 no double can be counted, nor rounded to an integer.
  const bool countable = whole < 9e18;
  if (countable && (unit == ValueUnit::bytes || unit == ValueUnit::megabytes)) {
    return format_bytes(static_cast<std::uint64_t>(std::llround(whole)), language);
  }
  if (countable && whole == std::floor(whole)) return format_count(static_cast<std::uint64_t>(whole), language);
  return format_number(whole, language);
}

std::string range(const Interval& interval, ValueUnit unit, Language language) {
  return fmt::format("{} – {}", format_value(interval.low, unit, language),
                     format_value(interval.high, unit, language));
}

ValueUnit unit_of(std::string_view metric) {
  if (metric == "throughput") return ValueUnit::per_second;
  return metric == "error_ratio" ? ValueUnit::ratio : ValueUnit::seconds;
}

std::string name_of_metric(std::string_view metric, Language language) {
  const auto word = [&](Text text) { return std::string(text_of(text, language)); };
  if (metric == "mean") return word(Text::mean);
  if (metric == "throughput") return word(Text::throughput);
  if (metric == "error_ratio") return word(Text::errors);
  return visible_text(metric);
}

/// One that is not known has none, so that changes have an order.
double size_of(double change) { return std::isnan(change) ? 0 : std::abs(change); }

Text sentence_for(const Comparison& comparison) {
  switch (comparison.verdict) {
    case ComparisonVerdict::better:
      return Text::better_than_baseline;
    case ComparisonVerdict::worse:
      return comparison.within_margin ? Text::worse_within_margin : Text::worse_than_baseline;
    case ComparisonVerdict::no_change:
      return Text::like_baseline;
    case ComparisonVerdict::inconclusive:
      break;
  }
  return Text::baseline_open;
}

bool is_worse(const Comparison& comparison) {
  return comparison.verdict == ComparisonVerdict::worse && !comparison.within_margin;
}

/// What became worse most, as in " (POST /pay p95 +26%)"; empty where no endpoint is known to be worse.
std::string worst_of(const Comparison& comparison, Language language) {
  const ComparedEndpoint* endpoint = nullptr;
  const ComparedMetric* worst = nullptr;
  for (const ComparedEndpoint& one : comparison.endpoints) {
    for (const ComparedMetric& metric : one.metrics) {
      if (metric.verdict != ComparisonVerdict::worse || metric.within_margin) continue;
      if (worst != nullptr && size_of(metric.change) <= size_of(worst->change)) continue;
      endpoint = &one;
      worst = &metric;
    }
  }
  if (worst == nullptr) return {};
  return fmt::format(" ({} {} {})", visible_text(endpoint->endpoint), name_of_metric(worst->metric, language),
                     format_change(worst->change, language));
}

}  // namespace

bool is_invalid(const Judgement& judgement) {
  return std::ranges::find(judgement.concerns, ConcernLevel::invalid, &Concern::level) != judgement.concerns.end();
}

Standing standing_of(const Judgement& judgement) {
  if (judgement.verdict == Verdict::fail) return Standing::fail;
  if (is_invalid(judgement)) return Standing::invalid;
  if (!judgement.verdict) return Standing::none;
  switch (*judgement.verdict) {
    case Verdict::pass:
      return Standing::pass;
    case Verdict::warn:
      return Standing::warn;
    case Verdict::fail:
      return Standing::fail;
    case Verdict::inconclusive:
      break;
  }
  return Standing::inconclusive;
}

std::string_view verdict_word(Standing standing, Language language) {
  switch (standing) {
    case Standing::none:
      return {};
    case Standing::pass:
      return text_of(Text::run_passed, language);
    case Standing::warn:
      return text_of(Text::run_warned, language);
    case Standing::fail:
      return text_of(Text::run_failed, language);
    case Standing::inconclusive:
      return text_of(Text::run_inconclusive, language);
    case Standing::invalid:
      break;
  }
  return text_of(Text::run_invalid, language);
}

std::string_view verdict_word(std::string_view verdict, Language language) {
  for (const auto& [known, standing] : {std::pair(Verdict::pass, Standing::pass),
                                        {Verdict::warn, Standing::warn},
                                        {Verdict::fail, Standing::fail},
                                        {Verdict::inconclusive, Standing::inconclusive}}) {
    if (name_of(known) == verdict) return verdict_word(standing, language);
  }
  return {};
}

std::string verdict_reason(const Judgement& judgement, Language language) {
  if (standing_of(judgement) == Standing::none) return {};
  std::string reason;
  const auto add = [&](const std::string& part) { reason += (reason.empty() ? "" : "; ") + part; };
  if (is_invalid(judgement)) add(said(language, Text::numbers_not_trusted));
  const auto& criteria = judgement.criteria;
  const auto number_of = [&](Verdict verdict) {
    return std::ranges::count(criteria, verdict, &CriterionResult::verdict);
  };
  const auto tell = [&](Text text, Verdict verdict) {
    if (const auto n = number_of(verdict); n > 0) add(said(language, text, n, criteria.size()));
  };
  tell(Text::criteria_not_met, Verdict::fail);
  // What a run failed by comes first.
  const bool worse = judgement.comparison && is_worse(*judgement.comparison);
  if (worse) add(said(language, Text::worse_than_baseline) + worst_of(*judgement.comparison, language));
  tell(Text::criteria_open, Verdict::inconclusive);
  tell(Text::criteria_warn, Verdict::warn);
  if (!criteria.empty() && static_cast<std::size_t>(number_of(Verdict::pass)) == criteria.size()) {
    add(said(language, plural(criteria.size(), Text::criterion_met, Text::criteria_met), criteria.size()));
  }
  if (judgement.comparison && !worse) add(said(language, sentence_for(*judgement.comparison)));
  return reason;
}

std::string format_value(double value, ValueUnit unit, Language language) {
  if (!std::isfinite(value)) return std::isnan(value) ? "–" : value > 0 ? "∞" : "-∞";
  return (value < 0 ? "-" : "") + magnitude(std::abs(value), unit, language);
}

std::string format_change(double change, Language language) {
  if (change == 0) return "0%";
  if (!std::isfinite(change)) return std::isnan(change) ? "–" : change > 0 ? "+∞" : "-∞";
  // A change may be far more than 100 %.
  return fmt::format("{}{}%", change > 0 ? "+" : "-", format_number(std::abs(change) * 100, language));
}

CriterionText text_of(const CriterionResult& result, Language language) {
  Text word = Text::cannot_be_told;
  if (result.verdict == Verdict::pass) word = Text::met;
  if (result.verdict == Verdict::fail) word = Text::not_met;
  if (result.verdict == Verdict::warn) word = Text::not_met_warns;
  return {.word = text_of(word, language),
          .observed = result.observed ? format_value(*result.observed, result.unit, language) : "–",
          .bound = result.bound ? format_value(*result.bound, result.unit, language) : "–",
          .interval = result.interval ? range(*result.interval, result.unit, language) : "–",
          .reason = sentence(result.reason, language),
          .advice = sentence(result.advice, language)};
}

std::string outcome_text(const CriterionResult& result, Language language) {
  const auto value = [&](double number) { return format_value(number, result.unit, language); };
  std::string text =
      result.observed ? said(language, Text::observed_value, value(*result.observed)) : said(language, Text::no_data);
  if (result.bound) text += ", " + said(language, Text::bound_value, value(*result.bound));
  if (result.interval && result.verdict != Verdict::pass) {
    text += fmt::format(" ({})",
                        said(language, Text::sure_range, value(result.interval->low), value(result.interval->high)));
  }
  return text;
}

std::vector<const CriterionResult*> by_urgency(const std::vector<CriterionResult>& criteria) {
  std::vector<const CriterionResult*> sorted;
  for (const Verdict verdict : {Verdict::fail, Verdict::inconclusive, Verdict::warn, Verdict::pass}) {
    for (const CriterionResult& one : criteria) {
      if (one.verdict == verdict) sorted.push_back(&one);
    }
  }
  return sorted;
}

std::vector<const Concern*> by_level(const std::vector<Concern>& concerns) {
  std::vector<const Concern*> sorted;
  for (const ConcernLevel level : {ConcernLevel::invalid, ConcernLevel::warning, ConcernLevel::note}) {
    for (const Concern& one : concerns) {
      if (one.level == level) sorted.push_back(&one);
    }
  }
  return sorted;
}

std::string_view word_for(ConcernLevel level, Language language) {
  return text_of(level == ConcernLevel::invalid   ? Text::concern_invalid
                 : level == ConcernLevel::warning ? Text::concern_warning
                                                  : Text::concern_note,
                 language);
}

std::string_view word_for(ComparisonVerdict verdict, bool within_margin, Language language) {
  switch (verdict) {
    case ComparisonVerdict::better:
      return text_of(Text::better, language);
    case ComparisonVerdict::worse:
      return text_of(within_margin ? Text::worse_in_margin : Text::worse, language);
    case ComparisonVerdict::no_change:
      return text_of(Text::no_change, language);
    case ComparisonVerdict::inconclusive:
      break;
  }
  return text_of(Text::no_answer, language);
}

std::string comparison_text(const Comparison& comparison, Language language) {
  const auto percent = [&](double ratio) { return format_percent(ratio, language); };
  const ComparedMetric& overall = comparison.overall;
  std::string text =
      fmt::format("{}: {}; {}; {}", word_for(comparison.verdict, comparison.within_margin, language),
                  said(language, Text::overall_change, format_change(overall.change, language),
                       format_change(overall.interval.low, language), format_change(overall.interval.high, language)),
                  said(language, Text::margin_of, percent(comparison.margin)),
                  said(language, comparison.noise_measured ? Text::noise_measured : Text::noise_assumed,
                       percent(comparison.noise)));
  if (comparison.minimum_detectable_change > 0) {
    text += "; " + said(language, Text::detectable, percent(comparison.minimum_detectable_change));
  }
  if (const std::size_t more = comparison.more_runs; more > 0) {
    text += "; " + said(language, plural(more, Text::one_more_run, Text::more_runs), more);
  }
  return text;
}

ChangeText text_of(const std::string& endpoint, const ComparedMetric& metric, Language language) {
  const ValueUnit unit = unit_of(metric.metric);
  return {.endpoint = visible_text(endpoint),
          .metric = name_of_metric(metric.metric, language),
          .base = format_value(metric.base, unit, language),
          .candidate = format_value(metric.candidate, unit, language),
          .change = format_change(metric.change, language),
          .interval = fmt::format("{} – {}", format_change(metric.interval.low, language),
                                  format_change(metric.interval.high, language)),
          .word = word_for(metric.verdict, metric.within_margin, language)};
}

std::vector<EndpointChange> all_compared(const Comparison& comparison) {
  std::vector<EndpointChange> all;
  for (const ComparedEndpoint& one : comparison.endpoints) {
    for (const ComparedMetric& metric : one.metrics) all.push_back({&one.endpoint, &metric});
  }
  return all;
}

std::vector<EndpointChange> changes_of(const Comparison& comparison) {
  auto all = all_compared(comparison);
  std::erase_if(all, [](const EndpointChange& one) {
    return one.metric->verdict != ComparisonVerdict::worse && one.metric->verdict != ComparisonVerdict::better;
  });
  // What is worse by more than the margin, what is worse within it, what is better; of each the largest change first.
  const auto rank = [](const ComparedMetric& metric) {
    if (metric.verdict == ComparisonVerdict::better) return 2;
    return metric.within_margin ? 1 : 0;
  };
  std::ranges::sort(all, [&](const EndpointChange& a, const EndpointChange& b) {
    const int first = rank(*a.metric);
    const int second = rank(*b.metric);
    if (first != second) return first < second;
    const double more = size_of(a.metric->change);
    const double less = size_of(b.metric->change);
    if (more != less) return more > less;
    if (*a.endpoint != *b.endpoint) return *a.endpoint < *b.endpoint;
    return a.metric->metric < b.metric->metric;
  });
  return all;
}

}  // namespace omniwriter
