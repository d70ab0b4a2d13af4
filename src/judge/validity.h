#pragma once
/// Whether the numbers of a run can be believed, before anybody judges by them.

#include <vector>

#include "judge/judgement.h"
#include "judge/run_digest.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// What was found, by the stable names of `Concern::check`: "coordinated_omission", "no_think_time", "few_samples",
/// "warm_up", "drift", "generator_cpu", "dropped_iterations", "resolution", "clocks", "lost_data". Nothing where
/// nothing was. Reads the timeline of all requests.
[[nodiscard]] std::vector<Concern> validity(const Run& run, const RunDigest& digest);

}  // namespace omniwriter
