#pragma once
/// InfluxDB line protocol.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace omniwriter {

/// Unsigned numbers are written as signed integers, the one integer type that every server knows.
using FieldValue = std::variant<double, std::uint64_t, std::string>;

using LineTags = std::vector<std::pair<std::string_view, std::string_view>>;
using LineFields = std::vector<std::pair<std::string_view, FieldValue>>;

/// Names and tags are the caller's: they have to be there until the line is.
struct LinePoint {
  std::string_view measurement;
  LineTags tags;
  LineFields fields;
  std::int64_t timestamp_ns = 0;  ///< since the Unix epoch
};

/// The point as one line, with its line feed. Tags are sorted; those with an empty value are left out, as are fields
/// that are not finite. A point without any field gives "": there is no line for it.
///
/// What the format cannot hold is replaced so that different texts stay different: a line break becomes `\n` in two
/// characters, and a backslash at the end of a tag value (it would escape the separator) becomes U+FF3C, its full-width
/// twin.
[[nodiscard]] std::string encode_line(LinePoint point);

}  // namespace omniwriter
