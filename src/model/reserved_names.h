#pragma once
/// A name that stands for the rest, past a limit; and what a file's own name becomes that happens to be the same.

#include <string_view>

#include "omniwriter/run.h"

namespace omniwriter {

/// The rest of statuses and error types.
inline constexpr std::string_view kOtherOutcome = kOtherEndpoint;

/// `name`, unless it means the rest.
[[nodiscard]] constexpr std::string_view not_reserved(std::string_view name) {
  return name == kOtherEndpoint ? "__other__ (as named)" : name;
}

}  // namespace omniwriter
