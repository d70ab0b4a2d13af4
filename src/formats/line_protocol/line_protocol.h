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

struct LinePoint {
  std::string measurement;
  std::vector<std::pair<std::string, std::string>> tags;
  std::vector<std::pair<std::string, FieldValue>> fields;
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
