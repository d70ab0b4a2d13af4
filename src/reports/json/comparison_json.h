#pragma once
/// A comparison for programs.

#include <nlohmann/json_fwd.hpp>

#include "judge/comparison.h"

namespace omniwriter {

/// The object that docs/cli.md fixes: what `compare --json` prints, and the member `comparison` of a run's JSON. Names
/// in it come from result files, and may be no UTF-8.
[[nodiscard]] nlohmann::ordered_json comparison_json(const Comparison& comparison);

}  // namespace omniwriter
