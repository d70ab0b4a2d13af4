#include "reading/summary_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>
#include <vector>

namespace omniwriter {
namespace {

/// What people put together is text; in a larger content, the summaries of one tool are looked for alone.
constexpr std::size_t kMaxMixedBytes = std::size_t{1} << 20;
/// More titles than that are no summaries, and each costs a look at what follows it.
constexpr std::size_t kMaxParts = 5'000;

/// All summaries in the content, in its order.
std::vector<ChosenSummary> summaries_in(std::string_view content, const SummaryFormat& format) {
  std::map<std::size_t, std::vector<const SummaryFormat*>> beginnings;
  for (const SummaryFormat* each : summary_formats()) {
    if (each != &format && content.size() > kMaxMixedBytes) continue;
    std::vector<std::size_t> places = each->beginnings(content);
    places.resize(std::min(places.size(), kMaxParts));
    for (const std::size_t at : places) beginnings[at].push_back(each);
  }
  std::vector<ChosenSummary> found;
  std::size_t end = content.size();
  for (const auto& [at, formats] : beginnings | std::views::reverse) {
    const std::string_view text = content.substr(at, end - at);
    const auto of = std::ranges::find_if(
        formats, [&](const auto* each) { return each->recognises(text.substr(0, InputFormat::kHeadBytes)); });
    // Otherwise it is something else that the tool has printed.
    if (of == formats.end()) continue;
    found.push_back({*of, text});
    end = at;
  }
  std::ranges::reverse(found);
  return found;
}

}  // namespace

Result<ChosenSummary> choose_summary(std::string_view content, const SummaryFormat& format, std::size_t part) {
  const auto found = summaries_in(content, format);
  const std::size_t count = std::max<std::size_t>(found.size(), 1);
  if (part > count) {
    return fail(ErrorCode::usage,
                fmt::format("holds {} summar{}: there is no part {}", count, count == 1 ? "y" : "ies", part));
  }
  if (count == 1) return ChosenSummary{&format, content};
  if (part != 0) return ChosenSummary{found[part - 1].format, found[part - 1].text, false};
  std::vector<std::string_view> kinds;
  for (const ChosenSummary& each : found) {
    const std::string_view kind = each.format->description();
    if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
  }
  return fail(ErrorCode::usage,
              fmt::format("holds {} summaries ({}), and each is a run of its own: --part N, from 1 to "
                          "{}, names the one to read",
                          count, fmt::join(kinds, ", "), count));
}

}  // namespace omniwriter
