#pragma once
/// Lists in text.

#include <string_view>
#include <vector>

namespace omniwriter {

/// What stands between commas; one part where there is none.
[[nodiscard]] inline std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace omniwriter
