#pragma once
/// Where summaries begin that lie one behind the other in a file: what people get who append what a tool prints.

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "formats/summary/text.h"

namespace omniwriter::summary {

struct Never {
  [[nodiscard]] bool operator()(std::string_view /*line*/) const { return false; }
};

/// At each line that `is_title`: one that a summary has once, whatever it tells. What the tool prints before that is
/// part of the summary from the first line on that is `lead_in`, if there is one. Lines come trimmed.
template <typename IsTitle, typename IsLeadIn = Never>
[[nodiscard]] std::vector<std::size_t> lines_where(std::string_view content, const IsTitle& is_title,
                                                   const IsLeadIn& is_lead_in = {}) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::vector<std::size_t> beginnings;
  std::size_t lead_in = kNone;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    const std::string_view line = trimmed(content.substr(at, end - at));
    if (is_title(line)) {
      beginnings.push_back(lead_in == kNone ? at : lead_in);
      lead_in = kNone;
    } else if (lead_in == kNone && is_lead_in(line)) {
      lead_in = at;
    }
    at = end + 1;
  }
  return beginnings;
}

/// At each line that begins with `title`, or the line before it that begins with `lead_in`; "": there is no such line.
[[nodiscard]] std::vector<std::size_t> lines_with(std::string_view content, std::string_view title,
                                                  std::string_view lead_in = {});

/// At each line of titles of a CSV file; also where it stands behind a last row without newline.
template <typename IsTitle>
[[nodiscard]] std::vector<std::size_t> tables_where(std::string_view content, const IsTitle& is_title) {
  std::vector<std::size_t> beginnings = lines_where(content, is_title);
  if (beginnings.empty()) return beginnings;
  const std::string_view title =
      trimmed(content.substr(beginnings[0], content.find('\n', beginnings[0]) - beginnings[0]));
  for (std::size_t at = content.find(title, beginnings[0] + 1); at != std::string_view::npos;
       at = content.find(title, at + 1)) {
    beginnings.push_back(at);
  }
  std::ranges::sort(beginnings);
  const auto twice = std::ranges::unique(beginnings);
  beginnings.erase(twice.begin(), twice.end());
  return beginnings;
}

/// At each JSON document.
[[nodiscard]] std::vector<std::size_t> documents(std::string_view content);

}  // namespace omniwriter::summary
