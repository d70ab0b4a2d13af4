#pragma once
/// Numbers out of text, eight digits at a time.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace omniwriter {

namespace detail {

inline std::uint64_t load8(const char* at) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

constexpr std::uint64_t kZeros = 0x3030303030303030;

// Both take eight characters from which kZeros was taken by ^, the first one in the lowest byte.
inline bool all_digits(std::uint64_t word) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  return (((word + 0x7676767676767676) | word) & kHighBits) == 0;  // 10 + 0x76 is 0x80
}

inline std::uint32_t eight_digits(std::uint64_t word) {
  word = word * 10 + (word >> 8);
  constexpr std::uint64_t kPairs = 0x000000FF000000FF;
  return static_cast<std::uint32_t>(
      ((word & kPairs) * 0x000F424000000064 + ((word >> 16) & kPairs) * 0x0000271000000001) >> 32);
}

}  // namespace detail

/// Reads a decimal number without sign of 1 to 18 digits. False where the text is anything else. Reads up to 7 bytes
/// behind the text.
inline bool read_digits(std::string_view text, std::uint64_t& value) {
  if (text.empty() || text.size() > 18) return false;
  const char* at = text.data();
  std::size_t left = text.size();
  // What the last step reads of fewer than eight digits is filled up with zeros in front.
  const auto step = [&](std::size_t n, std::uint64_t& digits) {
    const std::uint64_t word = (detail::load8(at) ^ detail::kZeros) << (64 - 8 * n);
    digits = detail::eight_digits(word);
    return detail::all_digits(word);
  };
  if (left <= 8) [[likely]]
    return step(left, value);
  constexpr std::uint64_t kScale[] = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
  value = 0;
  while (left != 0) {
    const std::size_t n = left < 8 ? left : 8;
    std::uint64_t digits = 0;
    if (!step(n, digits)) return false;
    value = value * kScale[n] + digits;
    at += n;
    left -= n;
  }
  return true;
}

/// A number without its point.
struct ShortDecimal {
  std::uint32_t digits = 0;
  unsigned decimals = 0;  ///< how many of the digits stood behind the point
};

/// Reads 1 to 8 characters: digits, and maybe a point between two of them. False where the text is anything else. Reads
/// up to 7 bytes behind the text.
inline bool read_short_decimal(std::string_view text, ShortDecimal& number) {
  using detail::kZeros;
  constexpr std::uint64_t kPoints = 0x2E2E2E2E2E2E2E2E;
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::size_t size = text.size();
  if (size - 1 >= 8) return false;
  std::uint64_t word = detail::load8(text.data());
  if (size < 8) word = word << (64 - 8 * size) | kZeros >> (8 * size);
  number.decimals = 0;
  const std::uint64_t other = word ^ kPoints;
  if (const std::uint64_t points = (other - kOnes) & ~other & (kOnes << 7); points != 0) {
    const auto at = static_cast<unsigned>(std::countr_zero(points)) / 8;
    if (at == 7 || at == 8 - size) return false;
    number.decimals = 7 - at;
    // What stands before the point moves behind it by one.
    const std::uint64_t before = (std::uint64_t{1} << (8 * at)) - 1;
    word = (word & (~before << 8)) | (word & before) << 8 | (kZeros & 0xFF);
  }
  number.digits = detail::eight_digits(word ^ kZeros);
  return detail::all_digits(word ^ kZeros);
}

}  // namespace omniwriter
