#pragma once
/// Hands the rows of a chunk of CSV to an importer: the quick way where it is sure, by the letter where it is not.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/separators.h"

namespace omniwriter::csv {

struct Walked {
  std::size_t consumed = 0;  ///< bytes of whole rows
  std::uint64_t lines = 0;   ///< newlines among them
};

/// Memory that a walk can use again for the next chunk.
struct WalkBuffers {
  RowReader reader;
  std::vector<std::string_view> split;
  std::uint64_t lines = 0;  ///< before the row that add_row() is called with, counted from the start of the chunk
};

/// A row of so many fields too many is not split further: quotes that are never closed would make each line cost as
/// much as all that follow it.
inline constexpr std::size_t kSpareFields = 16;

/// What is wrong with a row that was split into `found` fields.
[[nodiscard]] inline std::string wrong_fields(std::size_t found, std::size_t fields) {
  const bool more = found > fields + kSpareFields;
  return (more ? "more than " + std::to_string(found - 1) : std::to_string(found)) + " fields instead of " +
         std::to_string(fields);
}

/// Walks the rows in `bytes`, each of `fields` fields. Calls
///
///   bool handler.add_row(field)   field(i) is the text of field i with its quotes (see unquote()); at least 7 bytes
///                                 behind it can be read; false if the row cannot be understood
///   void handler.odd_row(line, text, split)   for a line that is no row, or that add_row could not read: its number
///                                 counted from the start of `bytes`, its text, and its fields by the letter
///   bool handler.is_header(text)  where there may be headers in between, of such a line: whether it is one. Behind it,
///                                 rows have another delimiter() and number of fields()
///
/// A row goes wrong alone: the walk goes on with the next line. With `last`, everything is consumed.
template <typename Handler>
Walked walk_rows(std::string_view bytes, char delimiter, std::size_t fields, bool last, WalkBuffers& buffers,
                 Handler& handler) {
  // So much without an end of the row means that its quotes are not to be trusted.
  constexpr std::size_t kSuspiciousBytes = std::size_t{64} * 1024;
  const auto is_one_line = [](std::string_view row) {
    return std::memchr(row.data(), '\n', row.size() - 1) == nullptr;
  };

  std::size_t consumed = 0;
  std::uint64_t& lines = buffers.lines;
  lines = 0;
  RowReader& rows = buffers.reader;
  rows.reset(bytes, delimiter, fields);
  Row row;
  while (consumed != bytes.size()) {
    const bool whole = rows.next(row);
    if (whole && row.fields == fields && (!row.quoted_newlines || is_one_line(row.text))) [[likely]] {
      if (handler.add_row([&](std::size_t i) { return row.field(i); })) [[likely]] {
        ++lines;
        consumed = rows.position();
        continue;
      }
    } else if (!whole && !last && bytes.size() - consumed < kSuspiciousBytes) {
      break;  // the rest of the row is yet to come
    }

    // A row of several lines, or one that quote parity or the number of fields did not get right.
    const std::string_view rest = bytes.substr(consumed);
    std::vector<std::string_view>& split = buffers.split;
    std::size_t length = split_row(rest, delimiter, last, split, fields + kSpareFields + 1);
    if (length == 0) break;
    bool header = false;
    if (split.size() != fields || !handler.add_row([&](std::size_t i) { return split[i]; })) {
      // Nothing more is sure than where the line ends.
      const std::size_t newline = rest.find('\n');
      if (newline == std::string_view::npos && !last) break;
      length = newline == std::string_view::npos ? rest.size() : newline + 1;
      const std::string_view text = rest.substr(0, length);
      if constexpr (requires { handler.is_header(text); }) {
        header = handler.is_header(text);
        if (header) {
          delimiter = handler.delimiter();
          fields = handler.fields();
          rows.reset(bytes, delimiter, fields);
        }
      }
      if (!header) handler.odd_row(lines + 1, text, split);
    }
    lines += static_cast<std::uint64_t>(std::count(rest.data(), rest.data() + length, '\n'));
    consumed += length;
    if (!whole || header || rows.position() != consumed) rows.resume_at(consumed);
  }
  return {consumed, lines};
}

}  // namespace omniwriter::csv
