#include "formats/gatling/assertions.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace omniwriter::gatling {
namespace {

// "flaky: percentage of failed events is less than 1.0": what is asserted has no colon.
ToolVerdict verdict_of(std::string_view message, std::optional<bool> passed) {
  constexpr std::string_view kColon = ": ";
  const std::size_t colon = message.rfind(kColon);
  if (colon == std::string_view::npos) return {{}, std::string(message), passed};
  return {std::string(message.substr(0, colon)), std::string(message.substr(colon + kColon.size())), passed};
}

// What stands between two texts, of which the last is searched from the end of the line; null where they are missing.
std::string_view between(std::string_view line, std::string_view before, std::string_view behind) {
  const std::size_t begin = line.find(before);
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin + before.size());
  const std::size_t end = line.rfind(behind);
  return end == std::string_view::npos ? std::string_view() : line.substr(0, end);
}

// The characters that XML and JSON escape; a name that is written as it is has no such sequence.
std::string unescaped(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, char>, 7> kEscapes{
      {{"&quot;", '"'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"\\\"", '"'}, {"\\\\", '\\'}}};
  std::string plain;
  while (!text.empty()) {
    char c = text.front();
    std::size_t size = 1;
    for (const auto& [escape, character] : kEscapes) {
      if (!text.starts_with(escape)) continue;
      c = character;
      size = escape.size();
    }
    plain += c;
    text.remove_prefix(size);
  }
  return plain;
}

std::optional<bool> flag_of(std::string_view text) {
  if (text.starts_with("true")) return true;
  return text.starts_with("false") ? std::optional(false) : std::nullopt;
}

}  // namespace

std::vector<ToolVerdict> assertions_in_report(std::string_view content) {
  std::vector<ToolVerdict> verdicts;
  const bool json = content.find("\"assertions\":") != std::string_view::npos;
  std::optional<bool> result;
  while (!content.empty()) {
    const std::string_view line = content.substr(0, content.find('\n'));
    content.remove_prefix(std::min(line.size() + 1, content.size()));
    if (!json) {
      constexpr std::string_view kStatus = "\" status=\"";
      if (line.find("<testcase") == std::string_view::npos) continue;
      const std::string_view message = between(line, "name=\"", kStatus);
      const std::size_t status = line.rfind(kStatus);
      if (message.empty()) continue;
      verdicts.push_back(verdict_of(unescaped(message), flag_of(line.substr(status + kStatus.size()))));
      continue;
    }
    constexpr std::string_view kResult = "  \"result\": ";
    if (line.starts_with(kResult)) result = flag_of(line.substr(kResult.size()));
    if (const std::string_view message = between(line, "  \"message\": \"", "\""); !message.empty()) {
      verdicts.push_back(verdict_of(unescaped(message), std::exchange(result, std::nullopt)));
    }
  }
  return verdicts;
}

std::optional<ToolVerdict> assertion_in_line(std::string_view line) {
  for (const bool passed : {true, false}) {
    const std::string_view mark = passed ? " : true" : " : false";
    const std::size_t at = line.rfind(mark);
    if (at == std::string_view::npos || at == 0) continue;
    const std::string_view rest = line.substr(at + mark.size());
    if (!rest.empty() && !rest.starts_with(" (actual : ")) continue;
    const std::string_view message = line.substr(0, at);
    if (message.find(": ") == std::string_view::npos) continue;
    return verdict_of(message, passed);
  }
  return std::nullopt;
}

}  // namespace omniwriter::gatling
