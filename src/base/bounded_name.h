#pragma once
/// Names from outside, of endpoints and outcomes, short enough to keep thousands of them.

#include <cstddef>
#include <string>
#include <string_view>

namespace omniwriter {

inline constexpr std::size_t kMaxNameBytes = 2048;

/// The name, if it has at most kMaxNameBytes; else so much of its front, cut between characters, with `~` and a hash of
/// all of it behind: different names stay different, and the same name is the same everywhere.
[[nodiscard]] std::string bounded_name(std::string_view name);

}  // namespace omniwriter
