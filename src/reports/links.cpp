#include "reports/links.h"

#include <algorithm>
#include <array>

#include "base/url.h"

namespace omniwriter {
namespace {

constexpr std::array<std::pair<std::string_view, Text>, 2> kTags{
    {{"ci_url", Text::ci_build}, {"commit_url", Text::commit}}};

bool is_address(std::string_view text) {
  const bool unsafe =
      std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }) ||
      text.find_first_of("<>\"\\`") != std::string_view::npos;
  return !unsafe && parse_url(text.substr(0, text.find_first_of("?#"))).has_value();
}

}  // namespace

bool is_link(std::string_view tag, std::string_view value) {
  return std::ranges::any_of(kTags, [&](const auto& known) { return known.first == tag; }) && is_address(value);
}

std::vector<std::pair<Text, std::string>> links_of(const ReportInput& input) {
  std::vector<std::pair<Text, std::string>> links;
  if (!input.dashboard_url.empty()) links.emplace_back(Text::dashboard, input.dashboard_url);
  for (const auto& [tag, title] : kTags) {
    const auto found = input.run.info.tags.find(std::string(tag));
    if (found != input.run.info.tags.end() && is_address(found->second)) links.emplace_back(title, found->second);
  }
  return links;
}

}  // namespace omniwriter
