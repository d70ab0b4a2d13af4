#pragma once
/// Criteria out of files: our own, and those that load tools have for themselves. docs/criteria.md tells which.

#include <string_view>
#include <vector>

#include "judge/criterion.h"
#include "omniwriter/error.h"

namespace omniwriter {

/// What kind of file it is tells its content: one criterion a line (what begins with "warn " only warns, with "#" is no
/// criterion); a list of them, or groups "criteria" and "warnings", in YAML or JSON; `thresholds` of k6; the module
/// passfail of Taurus; `ensure` of Artillery; assertions as Gatling prints them. All or an error that names the first
/// that cannot be taken over.
[[nodiscard]] Result<std::vector<Criterion>> read_criteria(std::string_view bytes);

}  // namespace omniwriter
