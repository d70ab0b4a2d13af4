#include "base/stable_hash.h"

#include <fmt/format.h>

#include <cstdint>

namespace omniwriter {

std::string stable_hash(std::initializer_list<std::string_view> parts) {
  __extension__ using Wide = unsigned __int128;
  constexpr Wide prime = (Wide{1} << 88) + 0x13B;
  Wide hash = (Wide{0x6c62272e07bb0142} << 64) + 0x62b821756295c58d;
  const auto add = [&](unsigned byte) { hash = (hash ^ byte) * prime; };
  for (const std::string_view part : parts) {
    for (const char c : part) add(static_cast<unsigned char>(c));
    add(0x100);  // no byte of a text: marks its end
  }
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(hash >> 64), static_cast<std::uint64_t>(hash));
}

}  // namespace omniwriter
