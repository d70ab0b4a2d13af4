#pragma once
/// Hashes that are the same on every machine and in every version: fit for identifiers that are stored.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace omniwriter {

/// 128 bits over the parts and where each ends, as 32 hexadecimal digits (FNV-1a). Not for secrets.
[[nodiscard]] std::string stable_hash(std::initializer_list<std::string_view> parts);

/// The same in 64 bits, of what is added one after the other: the length of each text, so that neighbours cannot run
/// into one another.
class StableHash {
 public:
  void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(number >> shift));
  }
  void add(std::string_view text) {
    add(text.size());
    for (const char c : text) byte(static_cast<std::uint8_t>(c));
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  void byte(std::uint8_t b) { value_ = (value_ ^ b) * 0x100000001b3U; }
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace omniwriter
