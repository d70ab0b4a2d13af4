#pragma once
/// Counts lines of what a parser was given.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace omniwriter::jmeter_xml {

/// Mostly asked for ascending places, so that bytes are counted once.
class LineCounter {
 public:
  /// `first`: where in the text that is counted begins.
  void begin(std::string_view text, std::size_t first) {
    text_ = text;
    first_ = counted_to_ = first;
    lines_ = 0;
  }
  /// Newlines before the place, from the first on.
  [[nodiscard]] std::uint64_t newlines_before(std::size_t at) {
    at = std::max(at, first_);
    if (at < counted_to_) begin(text_, first_);
    lines_ += static_cast<std::uint64_t>(std::count(text_.data() + counted_to_, text_.data() + at, '\n'));
    counted_to_ = at;
    return lines_;
  }
  /// The line, from 1 on, that the place is in.
  [[nodiscard]] std::uint64_t line_of(std::size_t at) { return newlines_before(at) + 1; }

 private:
  std::string_view text_;
  std::size_t first_ = 0;
  std::size_t counted_to_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace omniwriter::jmeter_xml
