#pragma once
/// What single bytes are to XML, looked at eight at a time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace omniwriter::jmeter_xml {

/// Of those that JMeter writes.
inline bool is_of_name(char c) {
  static constexpr auto kTable = [] {
    std::array<bool, 256> table{};
    for (const char known : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")) {
      table[static_cast<unsigned char>(known)] = true;
    }
    return table;
  }();
  return kTable[static_cast<unsigned char>(c)];
}

/// Eight bytes, looked at together. Each question is answered by the highest bit of every byte that fits.
class Word {
 public:
  static constexpr std::ptrdiff_t kBytes = 8;

  explicit Word(const char* bytes) { std::memcpy(&bytes_, bytes, kBytes); }
  /// Fewer than eight; the others fit nothing.
  Word(const char* begin, const char* end) : bytes_(kOnes * 'a') {
    std::memcpy(&bytes_, begin, static_cast<std::size_t>(end - begin));
  }

  [[nodiscard]] std::uint64_t is(char c) const {
    const std::uint64_t differs = bytes_ ^ (kOnes * static_cast<unsigned char>(c));
    return ~(((differs & ~kHighest) + ~kHighest) | differs) & kHighest;
  }
  /// Below a space.
  [[nodiscard]] std::uint64_t is_control() const { return ~(bytes_ | bytes_ << 1U | bytes_ << 2U) & kHighest; }
  [[nodiscard]] std::uint64_t is_beyond_ascii() const { return bytes_ & kHighest; }

 private:
  static constexpr std::uint64_t kOnes = 0x0101010101010101;
  static constexpr std::uint64_t kHighest = kOnes * 0x80;
  std::uint64_t bytes_ = 0;
};

}  // namespace omniwriter::jmeter_xml
