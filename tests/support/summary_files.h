#pragma once
/// Seeds of readers of summaries, as runs.

#include <string_view>

#include "omniwriter/run.h"

namespace omniwriter::test {

/// The run of fuzz/seeds/<format>/<file>. Fails the test where there is none.
[[nodiscard]] Run run_of_seed(std::string_view format, std::string_view file);

}  // namespace omniwriter::test
