#include "inputs/jmeter_xml/find_sample.h"

#include <algorithm>
#include <array>

#include "inputs/jmeter_xml/tags.h"

namespace omniwriter::jmeter_xml {
namespace {

constexpr std::array<std::string_view, 2> kSampleTags = {"<httpSample", "<sample"};
constexpr std::size_t kLongestSampleTag = 12;  // with the character behind it

bool begins_with_sample(std::string_view bytes) {
  return std::ranges::any_of(kSampleTags, [&](std::string_view tag) { return begins_with_tag(bytes, tag); });
}

}  // namespace

FoundSample find_sample(std::string_view text, std::size_t at, char before, bool last) {
  using What = FoundSample::What;
  while (true) {
    if ((at == 0 ? before : text[at - 1]) != '\n') {
      const std::size_t newline = text.find('\n', at);
      if (newline == std::string_view::npos) return {text.size(), What::none};
      at = newline + 1;
    }
    const std::string_view line = text.substr(at);
    if (line.size() < kLongestSampleTag && !last) return {at, What::more_needed};
    if (begins_with_sample(line)) return {at, What::sample};
    const std::size_t newline = line.find('\n');
    if (newline == std::string_view::npos) return {text.size(), What::none};
    at += newline + 1;
  }
}

}  // namespace omniwriter::jmeter_xml
