#pragma once
/// Single requests of a run, by the endpoints that the run has.

#include <functional>

#include "omniwriter/run.h"

namespace omniwriter {

/// Visits the kept samples of a run by number; none where it has none. Endpoints that the run does not keep apart are
/// kOtherEndpoint here too.
void for_each_kept_sample(const Run& run, const std::function<void(const KeptSample&)>& visit);

/// Whether their response times are known. For a few formats they are not, and 0 is none.
[[nodiscard]] bool knows_response_times(const Run& run);

}  // namespace omniwriter
