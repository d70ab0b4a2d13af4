#pragma once
/// Text from outside, made fit for names and labels.

#include <string>
#include <string_view>

namespace omniwriter {

/// `text` as valid UTF-8 on one line: control characters become spaces, each byte that is not UTF-8 a '?', spaces at
/// both ends go. Cut to at most `max_bytes`, never inside a character.
[[nodiscard]] std::string clean_utf8(std::string_view text, std::size_t max_bytes);

/// Appends the character of that code point.
void append_utf8(std::string& text, char32_t c);

/// Bytes of the well-formed character at the front of `text` (not empty); 0 where there is none.
[[nodiscard]] std::size_t utf8_character_bytes(std::string_view text);

}  // namespace omniwriter
