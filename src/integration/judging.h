#pragma once
/// Judges runs by what the configuration asks for: its criteria and its baseline.

#include <span>
#include <vector>

#include "config/config.h"
#include "judge/judgement.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// Judges a run by JudgeSettings. Where there is nothing yet to compare it with, a note says so; where that cannot be
/// read, the comparison is inconclusive, and says why. Without any criteria the alerts of the configuration warn: those
/// that the run as a whole calls for are among the criteria. The verdict is still none unless there is a comparison.
[[nodiscard]] Judgement judge_run(const Config& config, const Run& run);

/// The same of runs that were made to be judged as one: each is held against the criteria, and all together against the
/// baseline. Gives the judgements in their order, each with the comparison of all.
[[nodiscard]] std::vector<Judgement> judge_together(const Config& config, std::span<const Run> runs);

/// An error where the configuration asks for a baseline that is not there, and that will not be there later. To be
/// asked before the time for a test is spent.
[[nodiscard]] Result<void> check_baseline(const Config& config);

}  // namespace omniwriter
