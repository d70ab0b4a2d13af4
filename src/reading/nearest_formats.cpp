#include "reading/nearest_formats.h"

#include <algorithm>
#include <set>
#include <utility>

#include "reading/input.h"
#include "reading/summary_format.h"

namespace omniwriter {

std::string plain_name(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c | 0x20);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) letters += c;
  }
  return letters;
}

std::vector<std::string_view> nearest_formats(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 3;
  constexpr std::size_t kLeastShared = 2;
  std::set<std::string> given;
  for (const std::string& name : names) given.insert(plain_name(name));
  std::vector<std::pair<std::size_t, std::string_view>> alike;
  const auto compare = [&](const auto& format) {
    const auto typical = format.typical_names();
    const auto shared = static_cast<std::size_t>(
        std::ranges::count_if(typical, [&](std::string_view name) { return given.contains(plain_name(name)); }));
    if (shared >= kLeastShared) alike.emplace_back(shared, format.name());
  };
  for (const InputFormat* format : input_formats()) compare(*format);
  for (const SummaryFormat* format : summary_formats()) compare(*format);
  std::ranges::sort(
      alike, [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  std::vector<std::string_view> nearest;
  for (std::size_t i = 0; i < std::min(kMost, alike.size()); ++i) {
    // One that shares little beside the best tells nothing.
    if (alike[i].first * 2 >= alike.front().first) nearest.push_back(alike[i].second);
  }
  return nearest;
}

}  // namespace omniwriter
