#pragma once
/// Writing CSV; formats/csv reads it.

#include <string>
#include <string_view>

namespace omniwriter {

/// A field by RFC 4180: in quotes where it needs them.
[[nodiscard]] inline std::string csv_field(std::string_view text) {
  const bool plain =
      text.find_first_of(",\"\r\n") == std::string_view::npos && !text.starts_with(' ') && !text.ends_with(' ');
  if (plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace omniwriter
