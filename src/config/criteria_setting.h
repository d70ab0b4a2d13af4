#pragma once
/// Criteria as a setting holds them.

#include <vector>

#include "config/values.h"
#include "judge/criterion.h"

namespace omniwriter {

/// A list of criteria; or, as k6 has thresholds, a group of lists by what each is about. One may stand alone, and one
/// may be a group: `threshold` (or `criterion`), `abortOnFail`, `delayAbortEval`. The environment has them on one line,
/// parted by semicolons. They take the place of those of the same sort (that must hold, or only warn).
[[nodiscard]] Problem read_criteria_into(std::vector<Criterion>& target, const Setting& setting, bool only_warn);

}  // namespace omniwriter
