#pragma once
/// Finds the fields and rows of CSV text, 64 bytes at a time.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace omniwriter::csv {

/// A row as found by quote parity: each field is the text between two separators, quotes included.
struct Row {
  std::string_view text;           ///< with its newline
  const char* base = nullptr;      ///< offsets are counted from here
  const std::uint32_t* ends = {};  ///< ends[i] is where field i ends, ends[-1] the byte before the row
  std::size_t fields = 0;
  bool quoted_newlines = false;  ///< whether there may be newlines among the text; if not, it has one: its last byte

  [[nodiscard]] std::string_view field(std::size_t i) const {
    const std::uint32_t begin = *(ends + i - 1) + 1;  // wraps around to 0 in the first row
    return {base + begin, ends[i] - begin};
  }
};

/// Walks the rows of `bytes`. A separator counts where an even number of quotes stands before it since the start of
/// the row: that is right for all text in which quotes stand only around fields and doubled within them. Where a row
/// comes out wrong, the caller splits it with split_row() and goes on behind what that took: see resume_at().
///
/// `bytes` must begin at a row and be at most 4 GiB; up to 63 bytes behind it are read, not interpreted.
/// Uses AVX2 where the machine has it. One object serves many texts, so that its memory is allocated once.
class RowReader {
 public:
  /// Starts over with other bytes. Of a row of more than `fields` fields, only that it has more is sure.
  void reset(std::string_view bytes, char delimiter, std::size_t fields);
  /// The next whole row; false where no newline outside of quotes is left. The row is valid until the next call.
  bool next(Row& row);
  /// Goes on at this offset of `bytes`, which begins a row.
  void resume_at(std::size_t offset);
  /// The offset behind the last row given.
  [[nodiscard]] std::size_t position() const { return row_begin_; }

 private:
  void scan_more();

  std::string_view bytes_;
  char delimiter_ = ',';
  std::size_t fields_ = 0;
  std::size_t stretch_ = 0;                // bytes to scan at a time
  std::uint64_t in_quotes_ = 0;            // all ones inside of quotes, at scanned_
  bool quoted_newlines_ = false;           // whether any were met since the last stretch without
  std::size_t scanned_ = 0;                // bytes scanned so far
  std::size_t row_begin_ = 0;              // where the next row begins
  std::vector<std::uint32_t> separators_;  // a place to write ends[-1], those of the rows not yet given, slack
  std::size_t separator_count_ = 0;
  std::size_t next_separator_ = 0;
  std::vector<std::uint32_t> rows_;  // for each row: how many separators up to and with its newline
  std::size_t row_count_ = 0;
  std::size_t next_row_ = 0;
};

/// Splits the first row of `bytes` one byte at a time, by the letter of RFC 4180: a quote is special only where it
/// begins a field. Returns the length of the row with its newline, 0 where it does not end (`last`: the end of the
/// bytes ends it). Fields come with their quotes. Ends behind `max_fields`, though the row goes on.
std::size_t split_row(std::string_view bytes, char delimiter, bool last, std::vector<std::string_view>& fields,
                      std::size_t max_fields = std::numeric_limits<std::size_t>::max());

/// The bytes before the first row: a byte order mark, and the line with which spreadsheets name the separator
/// ("sep=;").
[[nodiscard]] std::size_t preamble_bytes(std::string_view head);

/// The text of a field without its quotes. `scratch` holds it where quotes were doubled.
std::string_view unquote(std::string_view field, std::string& scratch);

}  // namespace omniwriter::csv
