#pragma once

#include <string>
#include <string_view>

#include "omniwriter/error.h"

namespace omniwriter {

/// As one gzip member, quickly rather than small.
[[nodiscard]] Result<std::string> gzip(std::string_view plain);

}  // namespace omniwriter
