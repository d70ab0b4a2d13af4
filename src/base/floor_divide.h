#pragma once
/// Division that rounds down, also below zero.

#include <cstdint>

namespace omniwriter {

[[nodiscard]] constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

}  // namespace omniwriter
