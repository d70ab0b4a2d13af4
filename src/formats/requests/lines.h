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

/// Calls `add_line(number, text)` for each whole line in `bytes` that is not blank: its number counted from 1, its text
/// without line end. With `last`, the end of the bytes ends a line too.
template <typename AddLine>
Walked walk_lines(std::string_view bytes, bool last, const AddLine& add_line) {
  Walked walked;
  while (walked.consumed != bytes.size()) {
    const std::string_view rest = bytes.substr(walked.consumed);
    const auto* newline = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
    if (newline == nullptr && !last) break;
    std::string_view line = newline == nullptr ? rest : rest.substr(0, static_cast<std::size_t>(newline - rest.data()));
    const std::uint64_t number = walked.lines + 1;
    walked.consumed += line.size() + (newline == nullptr ? 0 : 1);
    walked.lines += newline == nullptr ? 0 : 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") != std::string_view::npos) add_line(number, line);
  }
  return walked;
}

}  // namespace omniwriter::requests
