#include "base/base64.h"

#include <algorithm>
#include <cstdint>

namespace omniwriter {
namespace {

std::string encode(std::string_view bytes, std::string_view digits) {
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k <= count; ++k) result += digits[bits >> (18 - 6 * k) & 63];
  }
  return result;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string result = encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  result.append((4 - result.size() % 4) % 4, '=');
  return result;
}

std::string base64_url(std::string_view bytes) {
  return encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

}  // namespace omniwriter
