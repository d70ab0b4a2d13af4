#pragma once
/// The lines of a chunk.

#include <cstdint>
#include <cstring>
#include <string_view>

namespace omniwriter::requests {

struct Walked {
  std::size_t consumed = 0;  ///< bytes of whole lines
  std::uint64_t lines = 0;   ///< newlines among them
};

/// Whether there is nothing in a line but spaces and tabs.
[[nodiscard]] inline bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

/// Calls `add_line(number, text, ended)` for each line in `bytes`: its number counted from 1, its text without line
/// end. With `last`, the end of the bytes ends a line too, though one that may have been meant to go on: it is not
/// `ended`.
template <typename AddLine>
Walked walk_lines(std::string_view bytes, bool last, const AddLine& add_line) {
  Walked walked;
  while (walked.consumed != bytes.size()) {
    const std::string_view rest = bytes.substr(walked.consumed);
    const auto* newline = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
    if (newline == nullptr && !last) break;
    std::string_view line = newline == nullptr ? rest : rest.substr(0, static_cast<std::size_t>(newline - rest.data()));
    const bool ended = newline != nullptr;
    const std::uint64_t number = walked.lines + 1;
    walked.consumed += line.size() + (ended ? 1 : 0);
    walked.lines += ended ? 1 : 0;
    if (line.ends_with('\r')) line.remove_suffix(1);
    add_line(number, line, ended);
  }
  return walked;
}

}  // namespace omniwriter::requests
