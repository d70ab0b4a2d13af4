#pragma once
/// What people read of a judgement, in the same words in all reports.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "judge/judgement.h"
#include "model/language.h"
#include "reports/texts.h"

namespace omniwriter {

/// How a run stands, at a glance. `invalid` is said apart from `inconclusive`, for it asks for something else: not for
/// more runs, but for a better one.
enum class Standing : std::uint8_t { none, pass, warn, fail, inconclusive, invalid };
/// Never `pass` or `warn` where a concern makes the run invalid.
[[nodiscard]] Standing standing_of(const Judgement& judgement);
[[nodiscard]] bool is_invalid(const Judgement& judgement);

/// "FAILED"; empty where there is no verdict.
[[nodiscard]] std::string_view verdict_word(Standing standing, Language language);
/// The same of what the store has: "fail".
[[nodiscard]] std::string_view verdict_word(std::string_view verdict, Language language);
/// Why, in short: "2 of 4 criteria not met; worse than the baseline (GET /cart p95 +26%)". Empty where there is no
/// verdict. Holds names of endpoints, harmless to a terminal alone.
[[nodiscard]] std::string verdict_reason(const Judgement& judgement, Language language);

/// "312 ms", "0.42%", "57.3 req/s".
[[nodiscard]] std::string format_value(double value, ValueUnit unit, Language language);
/// A relative change: "+5.2%", "-12.0%", "0%".
[[nodiscard]] std::string format_change(double change, Language language);

/// The parts of a criterion's result as texts; what is not known is "–".
struct CriterionText {
  std::string_view word;  ///< "not met"
  std::string observed;
  std::string bound;
  std::string interval;  ///< "305 ms – 320 ms"
  std::string reason;    ///< may be empty
  std::string advice;    ///< may be empty
};
/// Visible, but not escaped for any document.
[[nodiscard]] CriterionText text_of(const CriterionResult& result, Language language);
/// Expected, seen and how sure, in a line: "observed 312 ms, limit 300 ms (99% sure: 305 ms to 320 ms)". How sure is
/// left out where the criterion is met.
[[nodiscard]] std::string outcome_text(const CriterionResult& result, Language language);
/// Those first that somebody has to do something about: failed, not to be told, warnings, met.
[[nodiscard]] std::vector<const CriterionResult*> by_urgency(const std::vector<CriterionResult>& criteria);

/// Those first that make the run invalid, then warnings, then notes.
[[nodiscard]] std::vector<const Concern*> by_level(const std::vector<Concern>& concerns);
[[nodiscard]] std::string_view word_for(ConcernLevel level, Language language);

/// "worse, within the margin"
[[nodiscard]] std::string_view word_for(ComparisonVerdict verdict, bool within_margin, Language language);
/// The comparison in a sentence: "worse: response times +12.0% overall (between +8.1% and +16.2%); margin 10.0%; …".
[[nodiscard]] std::string comparison_text(const Comparison& comparison, Language language);

/// A compared number as texts.
struct ChangeText {
  std::string endpoint;
  std::string metric;  ///< "p95", "mean"
  std::string base;
  std::string candidate;
  std::string change;
  std::string interval;
  std::string_view word;
};
/// Visible, but not escaped for any document.
[[nodiscard]] ChangeText text_of(const std::string& endpoint, const ComparedMetric& metric, Language language);

struct EndpointChange {
  const std::string* endpoint;
  const ComparedMetric* metric;
};
/// What is worse or better, the worst first.
[[nodiscard]] std::vector<EndpointChange> changes_of(const Comparison& comparison);
/// All that was compared, in its order.
[[nodiscard]] std::vector<EndpointChange> all_compared(const Comparison& comparison);

}  // namespace omniwriter
