#pragma once
/// How far two names are apart, to tell users what they may have meant.

#include <cstddef>
#include <string_view>

namespace omniwriter {

/// Characters to add, drop or replace to make `b` of `a`. Takes a time proportional to the product of their lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace omniwriter
