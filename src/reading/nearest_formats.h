#pragma once
/// Which formats a content of no known format is most like, for people who changed a file or gave the wrong one.

#include <string>
#include <string_view>
#include <vector>

namespace omniwriter {

/// The names of the columns of a table, or of the keys of a JSON object or of those in an array; empty for anything
/// else.
[[nodiscard]] std::vector<std::string> names_in(std::string_view head);

/// Without capitals, blanks and marks: "Request Count", "request_count" and "requestCount" are the same.
[[nodiscard]] std::string plain_name(std::string_view name);

/// The names of at most three formats that share two or more of these names, the most alike first.
[[nodiscard]] std::vector<std::string_view> nearest_formats(const std::vector<std::string>& names);

}  // namespace omniwriter
