#pragma once
/// Remembers what was made of a piece of text, for text that keeps coming back.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/digits.h"

namespace omniwriter {

namespace detail {

/// The length, the first and the last eight bytes of a text: all of it up to 16 bytes.
struct TextEnds {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::size_t size = 0;
  bool operator==(const TextEnds&) const = default;

  explicit TextEnds(std::string_view text = {}) : size(text.size()) {
    if (size >= 8) {
      first = load8(text.data());
      last = load8(text.data() + size - 8);
    } else if (size != 0) {  // an empty one may have no bytes to look at
      first = load8(text.data()) << (64 - 8 * size);
    }
  }

  [[nodiscard]] std::uint64_t hash() const {
    // Folding the 128-bit product lets every bit bear on every other.
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{first ^ 0x9E3779B97F4A7C15 ^ size} * (last ^ 0xD6E8FEB86659FD93);
    return static_cast<std::uint64_t>(product ^ product >> 64) | 1;
  }
};

}  // namespace detail

/// A quick hash of a whole text, never 0. Reads up to 7 bytes behind the text.
inline std::uint64_t quick_hash(std::string_view text) {
  const detail::TextEnds ends(text);
  std::uint64_t hash = ends.hash();
  // What lies between the ends: names of threads often differ there alone, as in "10.0.0.11-Thread Group 1-1".
  for (std::size_t at = 8; at + 8 < text.size(); at += 8) {
    hash = (hash ^ detail::load8(text.data() + at)) * 0x9E3779B97F4A7C15;
    hash ^= hash >> 32;
  }
  return hash | 1;
}

/// A small direct-mapped cache from text to T: a lookup costs a few nanoseconds, a collision costs making the value
/// again. Long texts are not remembered, so that it stays small. May read up to 7 bytes behind the text.
template <typename T>
class TextMemo {
 public:
  /// The remembered value, or what `make(text)` returns, remembered.
  template <typename Make>
  const T& get(std::string_view text, Make&& make) {
    if (text.size() > kLongest) [[unlikely]]
      return passing_ = make(text);
    const detail::TextEnds ends(text);
    Entry& entry = entries_[(ends.hash() >> 1) % kEntries];
    if (entry.used && entry.ends == ends && (text.size() <= 16 || entry.text == text)) [[likely]]
      return entry.value;
    entry.value = make(text);
    entry.ends = ends;
    entry.text.assign(text);
    entry.used = true;
    return entry.value;
  }

  void clear() {
    for (Entry& entry : entries_) entry.used = false;
  }

 private:
  static constexpr std::size_t kEntries = 256;
  static constexpr std::size_t kLongest = 512;

  struct Entry {
    detail::TextEnds ends;
    std::string text;
    T value{};
    bool used = false;
  };

  std::array<Entry, kEntries> entries_;
  T passing_{};  // of a long text
};

}  // namespace omniwriter
