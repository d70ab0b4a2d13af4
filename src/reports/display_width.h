#pragma once
/// Text for people, by the columns it takes on a screen: East Asian characters take two, combining ones none.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace omniwriter {

/// `text` as valid UTF-8 that shows whatever is in it and does nothing: control characters, line breaks and marks that
/// turn the direction of writing become \n, \x1b or \u{202e}, each byte that is not UTF-8 becomes U+FFFD.
/// To be used on every text that comes from outside before it reaches a terminal or document.
[[nodiscard]] std::string visible_text(std::string_view text);

/// Columns that a visible text takes.
[[nodiscard]] int display_width(std::string_view text);

enum class Cut : std::uint8_t { start, middle, end };
/// A visible text in at most `columns` columns (>= 1): cut at that place, with … for what is missing.
[[nodiscard]] std::string shortened(std::string_view text, int columns, Cut where = Cut::middle);

/// A visible text in lines of at most `columns` columns (>= 1), broken at spaces; a word that is longer is cut.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, int columns);

/// A visible text filled up with spaces to `columns`.
[[nodiscard]] std::string padded_right(std::string_view text, int columns);
[[nodiscard]] std::string padded_left(std::string_view text, int columns);

}  // namespace omniwriter
