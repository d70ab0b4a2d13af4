#pragma once
/// What must hold of a run, as users write it: k6's thresholds, and short forms.

#include <chrono>
#include <string>
#include <string_view>

#include "omniwriter/error.h"

namespace omniwriter {

struct Criterion {
  std::string text;         ///< as written
  bool only_warns = false;  ///< a run that does not meet it passes, with a warning
  bool abort_on_fail = false;
  std::chrono::seconds delay_abort_eval{0};  ///< so long after the start it is not looked at
};

/// An error of code `usage` that shows where it is wrong, and what would be right.
[[nodiscard]] Result<Criterion> parse_criterion(std::string_view text);

}  // namespace omniwriter
