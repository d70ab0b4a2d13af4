#include "model/dimension_values.h"

namespace omniwriter {

void DimensionCandidates::see(std::string_view name, std::string_view value) {
  if (!value.empty()) ++seen_[std::string(name)][std::string(value)];
}

std::vector<std::string> DimensionCandidates::useful() const {
  constexpr std::size_t kMostValues = 20;
  constexpr std::size_t kLeastOfEach = 2;  // requests, on the average
  std::vector<std::string> names;
  for (const auto& [name, values] : seen_) {
    std::size_t requests = 0;
    for (const auto& [value, count] : values) requests += count;
    if (values.size() < 2 || values.size() > kMostValues || requests < values.size() * kLeastOfEach) continue;
    if (names.size() < kMaxDimensions) names.push_back(name);
  }
  return names;
}

std::string joined_notes(const std::string& a, const std::string& b) {
  return a + (a.empty() || b.empty() ? "" : "; ") + b;
}

std::string note_on_dimensions(const std::vector<std::string>& found) {
  if (found.empty()) return {};
  std::string list;
  for (const std::string& name : found) list += (list.empty() ? "" : ", ") + name;
  return "its requests are compared by " + list + " (--by auto)";
}

}  // namespace omniwriter
