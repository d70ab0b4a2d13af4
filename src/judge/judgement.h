#pragma once
/// What a run was found to be: whether its numbers can be believed, which criteria it meets, and how it stands against
/// earlier runs.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judge/comparison.h"
#include "judge/criterion.h"
#include "judge/interval.h"
#include "omniwriter/run.h"

namespace omniwriter {

enum class Verdict : std::uint8_t { pass, warn, fail, inconclusive };
/// "pass", "warn", "fail", "inconclusive".
[[nodiscard]] std::string_view name_of(Verdict verdict);

/// Of an observed value, so that it can be shown.
enum class ValueUnit : std::uint8_t { seconds, ratio, per_second, count, percent, megabytes, bytes, number };

/// What became of one criterion.
struct CriterionResult {
  std::string criterion;  ///< as the user wrote it: "p95<300ms"
  bool only_warns = false;
  Verdict verdict = Verdict::inconclusive;
  std::optional<double> observed;  ///< nothing where there is no data
  std::optional<double> bound;     ///< what it was held against; nothing where that could not be known
  ValueUnit unit = ValueUnit::number;
  std::optional<Interval> interval;  ///< in which the true value lies, 99 % sure; nothing where that is not known
  std::string reason;                ///< for people: why, where the numbers alone do not tell
  std::string advice;                ///< for people: what to look at next; empty where it passed
};

enum class ConcernLevel : std::uint8_t { note, warning, invalid };

/// Something about the run that bears on what its numbers are worth.
struct Concern {
  std::string check;  ///< a stable name: "coordinated_omission", "warm_up", "generator_cpu", ...
  ConcernLevel level = ConcernLevel::note;
  std::string what;    ///< for people: what was seen
  std::string advice;  ///< for people: what to do
};

struct Judgement {
  std::optional<Verdict> verdict;  ///< nothing without criteria and baseline
  std::vector<CriterionResult> criteria;
  std::vector<Concern> concerns;
  std::optional<Comparison> comparison;  ///< with the baseline, where one was asked for
};

/// Holds a run against one criterion, with its baseline where there is one. Reads the timeline only where the criterion
/// is about windows, and gives no interval for what is not relative: quick enough for a run that goes on.
[[nodiscard]] CriterionResult judge_criterion(const Run& run, const Criterion& criterion,
                                              const std::optional<Comparison>& comparison = {});

/// Holds a run against criteria, and looks whether it can be believed (see validity.h). `comparison`: with its
/// baseline, where there is one. Reads the whole timeline.
[[nodiscard]] Judgement judge(const Run& run, const std::vector<Criterion>& criteria,
                              std::optional<Comparison> comparison = {});

/// The verdict of all: fail before inconclusive before warn before pass. An invalid run is inconclusive unless it
/// failed; one that is worse than its baseline by more than the margin fails.
[[nodiscard]] std::optional<Verdict> verdict_of(const Judgement& judgement);
/// 0; 99 where a criterion failed, else 98 where the run is worse than its baseline, else, where `strict`, 97 where it
/// is inconclusive.
[[nodiscard]] int exit_code_of(const Judgement& judgement, bool strict);

}  // namespace omniwriter
