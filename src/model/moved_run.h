#pragma once
/// A run at another time.

#include <cstdint>

#include "omniwriter/run.h"

namespace omniwriter {

/// The run as if it had begun at `started_ns` (since the epoch), or up to one time slot before: slots stay what they
/// are, so all numbers do.
[[nodiscard]] Run moved_run(Run run, std::int64_t started_ns);

}  // namespace omniwriter
