#include "base/bounded_name.h"

#include "base/stable_hash.h"

namespace omniwriter {

std::string bounded_name(std::string_view name) {
  if (name.size() <= kMaxNameBytes) return std::string(name);
  constexpr std::size_t kHashDigits = 16;
  constexpr std::size_t kLongestCharacter = 4;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  const std::size_t room = kMaxNameBytes - kHashDigits - 1;
  std::size_t front = room;
  while (front > room - kLongestCharacter && continues(name[front])) --front;
  return std::string(name.substr(0, front)) + '~' + stable_hash({name}).substr(0, kHashDigits);
}

}  // namespace omniwriter
