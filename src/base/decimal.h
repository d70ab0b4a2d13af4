#pragma once
/// Decimal fractions out of text, to the last digit.

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace omniwriter {

/// Reads a number such as "12" or "0.0267", without sign and exponent, in units of 10^-`decimals`: seconds are
/// nanoseconds with 9, milliseconds with 6. Digits past that are cut. Nothing where the text is anything else, or the
/// result is no std::int64_t. `decimals` <= 9.
[[nodiscard]] inline std::optional<std::int64_t> read_decimal(std::string_view text, unsigned decimals) {
  constexpr std::size_t kMaxDigits = 19;  // any so many fit into 64 bits
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::uint64_t value = 0;
  std::size_t at = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (at + decimals >= kMaxDigits) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[at] - '0');
  }
  if (at == 0) return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    const std::size_t first = ++at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      if (decimals == 0) continue;
      --decimals;
      value = value * 10 + static_cast<unsigned>(text[at] - '0');
    }
    if (at == first) return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  for (; decimals != 0; --decimals) value *= 10;
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace omniwriter
