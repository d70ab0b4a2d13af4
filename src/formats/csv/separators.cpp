#include "formats/csv/separators.h"

#include <algorithm>
#include <cstring>

#include "formats/csv/scan.h"

namespace omniwriter::csv {
namespace {

// Scanned at a time: few enough for the positions to stay in the first-level cache. Where rows come out wrong, what was
// scanned behind them is scanned again, so it begins with little.
constexpr std::size_t kStretch = 8 * 1024;
constexpr std::size_t kFirstStretch = 64;
// Scanners write whole groups of positions.
constexpr std::size_t kSlack = 64;

void scan_stretch(Scan& scan) {
#if defined(__x86_64__)
  static const bool has_avx512 = can_scan_avx512();
  static const bool has_avx2 = can_scan_avx2();
  if (has_avx512) return scan_avx512(scan);
  if (has_avx2) return scan_avx2(scan);
#endif
  scan_portable(scan);
}

}  // namespace

void RowReader::reset(std::string_view bytes, char delimiter, std::size_t fields) {
  bytes_ = bytes;
  delimiter_ = delimiter;
  fields_ = fields;
  resume_at(0);
}

void RowReader::resume_at(std::size_t offset) {
  in_quotes_ = 0;
  quoted_newlines_ = false;
  scanned_ = offset;
  stretch_ = kFirstStretch;
  row_begin_ = offset;
  separator_count_ = next_separator_ = 1;
  row_count_ = next_row_ = 0;
}

void RowReader::scan_more() {
  // Keep the separators of the row that has begun: enough to see that it has too many.
  const std::size_t kept = std::min(separator_count_ - next_separator_, fields_ + 1);
  const std::size_t size = 1 + kept + kStretch + kSlack;
  if (separators_.size() < size) separators_.resize(2 * size);
  rows_.resize(kStretch);
  std::copy_n(separators_.begin() + static_cast<std::ptrdiff_t>(next_separator_), kept, separators_.begin() + 1);
  next_separator_ = 1;
  next_row_ = 0;

  const bool within_row = row_begin_ != scanned_;
  const std::size_t to = std::min(bytes_.size(), scanned_ + stretch_);
  stretch_ = std::min(2 * stretch_, kStretch);
  Scan scan{bytes_.data(), scanned_, to, delimiter_, in_quotes_, 0, separators_.data(), 1 + kept, rows_.data(), 0};
  scan_stretch(scan);
  scanned_ = to;
  in_quotes_ = scan.in_quotes;
  quoted_newlines_ = scan.quoted_newlines != 0 || (quoted_newlines_ && within_row);
  separator_count_ = scan.separator_count;
  row_count_ = scan.row_count;
}

bool RowReader::next(Row& row) {
  while (next_row_ == row_count_) {
    if (scanned_ == bytes_.size()) return false;
    scan_more();
  }
  const std::size_t end = rows_[next_row_++];
  std::uint32_t& last = separators_[end - 1];
  const std::size_t row_end = std::size_t{last} + 1;
  row.text = bytes_.substr(row_begin_, row_end - row_begin_);
  row.base = bytes_.data();
  row.ends = separators_.data() + next_separator_;
  row.fields = end - next_separator_;
  row.quoted_newlines = quoted_newlines_;
  separators_[next_separator_ - 1] = static_cast<std::uint32_t>(row_begin_) - 1;
  // Files written on Windows: the carriage return is no part of the last field.
  if (row.text.size() > 1 && row.text[row.text.size() - 2] == '\r') --last;
  next_separator_ = end;
  row_begin_ = row_end;
  return true;
}

std::size_t split_row(std::string_view bytes, char delimiter, bool last, std::vector<std::string_view>& fields,
                      std::size_t max_fields) {
  fields.clear();
  std::size_t at = 0;
  while (true) {
    if (fields.size() == max_fields) return at;
    const std::size_t begin = at;
    if (at < bytes.size() && bytes[at] == '"') {
      for (++at;; at += 2) {  // over doubled quotes
        at = bytes.find('"', at);
        if (at == std::string_view::npos) {
          fields.push_back(bytes.substr(begin));
          return last ? bytes.size() : 0;
        }
        if (at + 1 == bytes.size() || bytes[at + 1] != '"') break;
      }
      ++at;
    }
    while (at < bytes.size() && bytes[at] != delimiter && bytes[at] != '\n') ++at;
    std::string_view& field = fields.emplace_back(bytes.substr(begin, at - begin));
    if (at == bytes.size()) return last ? at : 0;
    if (bytes[at++] == '\n') {
      if (field.ends_with('\r')) field.remove_suffix(1);
      return at;
    }
  }
}

std::size_t preamble_bytes(std::string_view head) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const std::size_t mark = head.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::string_view line = head.substr(mark, head.find('\n', mark) - mark);
  constexpr std::string_view kSeparatorLine = "sep=";
  const bool quoted = line.starts_with('"');
  const std::string_view text = line.substr(quoted ? 1 : 0);
  const bool names_it = text.starts_with(kSeparatorLine) && text.size() <= kSeparatorLine.size() + 3;
  return names_it && line.size() + mark < head.size() ? mark + line.size() + 1 : mark;
}

std::string_view unquote(std::string_view field, std::string& scratch) {
  if (field.size() < 2 || field.front() != '"' || field.back() != '"') return field;
  field = field.substr(1, field.size() - 2);
  if (std::memchr(field.data(), '"', field.size()) == nullptr) return field;
  scratch.clear();
  for (std::size_t i = 0; i < field.size(); ++i) {
    scratch += field[i];
    if (field[i] == '"' && i + 1 < field.size() && field[i + 1] == '"') ++i;
  }
  return scratch;
}

}  // namespace omniwriter::csv
