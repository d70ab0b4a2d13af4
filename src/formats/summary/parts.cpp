#include "formats/summary/parts.h"

#include <algorithm>

namespace omniwriter::summary {

std::vector<std::size_t> lines_with(std::string_view content, std::string_view title, std::string_view lead_in) {
  return lines_where(
      content, [&](std::string_view line) { return line.starts_with(title); },
      [&](std::string_view line) { return !lead_in.empty() && line.starts_with(lead_in); });
}

// What stands between documents, as tools print it, is passed over, but for the first byte of a line.
std::vector<std::size_t> documents(std::string_view content) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::vector<std::size_t> beginnings;
  std::size_t depth = 0;
  bool quoted = false;
  bool may_begin = true;
  for (std::size_t i = content.starts_with(kMark) ? kMark.size() : 0; i < content.size(); ++i) {
    const char c = content[i];
    if (quoted) {
      i += c == '\\' ? 1 : 0;
      quoted = c != '"';
    } else if (depth == 0) {
      if (may_begin && (c == '{' || c == '[')) {
        beginnings.push_back(i);
        depth = 1;
      }
      may_begin = c == '\n' || (may_begin && (c == ' ' || c == '\t' || c == '\r'));
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
      may_begin = true;
    }
  }
  return beginnings;
}

}  // namespace omniwriter::summary
