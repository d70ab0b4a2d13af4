#pragma once
/// The lines of a chunk.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

#include "omniwriter/sample.h"

namespace omniwriter::requests {

struct Walked {
  std::size_t consumed = 0;  ///< bytes of whole lines
  std::uint64_t lines = 0;   ///< newlines among them
};

/// A space or a tab. (Finding one of several characters in a string_view is a call of the library for each byte.)
[[nodiscard]] inline bool is_space(char c) { return c == ' ' || c == '\t'; }
/// Whether there is nothing in a line but these.
[[nodiscard]] inline bool is_blank(std::string_view line) { return std::ranges::all_of(line, is_space); }

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

/// The same for logs of one record a line: `read(text)` says why a line cannot be read, or null; then it is a bad
/// record.
template <typename Read>
Walked read_lines(std::string_view bytes, bool last, SampleBatch& out, const Read& read) {
  return walk_lines(bytes, last, [&](std::uint64_t number, std::string_view line, bool ended) {
    if (const char* problem = read(line)) {
      out.bad_record(number, std::string(problem) + (ended ? "" : ": the file ends within a record"));
    }
  });
}

/// Whether a line of JSON names all of these members, each given as `"name":`.
[[nodiscard]] inline bool has_members(std::string_view line, std::initializer_list<std::string_view> members) {
  return std::ranges::all_of(members,
                             [&](std::string_view member) { return line.find(member) != std::string_view::npos; });
}

}  // namespace omniwriter::requests
