#pragma once
/// What users type, and what they are told when it is wrong.

#include <string>
#include <string_view>
#include <utility>

#include "omniwriter/error.h"

namespace omniwriter {

/// An error whose message ends in a hint how to mend it, on a line of its own.
[[nodiscard]] std::unexpected<Error> fail_with_hint(ErrorCode code, std::string message, std::string_view hint);

/// Splits "name=value" at the first '='. `option` is for the message.
[[nodiscard]] Result<std::pair<std::string, std::string>> split_pair(std::string_view text, std::string_view option);

}  // namespace omniwriter
