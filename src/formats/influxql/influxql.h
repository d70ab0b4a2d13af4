#pragma once
/// Names and texts within statements of InfluxQL.

#include <string>
#include <string_view>

namespace omniwriter {

/// `text` between `quote`s: " for the name of a database, a measurement or a tag, ' for a value.
[[nodiscard]] inline std::string influxql_quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + quote;
}

}  // namespace omniwriter
