#pragma once
/// Truth values as text.

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace omniwriter {

/// "true", "1" and the like, in any letter case; also as spreadsheets write them in other languages.
[[nodiscard]] inline std::optional<bool> read_flag(std::string_view text) {
  constexpr std::array<std::string_view, 6> kYes = {"true", "1", "verdadeiro", "verdadero", "wahr", "vrai"};
  constexpr std::array<std::string_view, 5> kNo = {"false", "0", "falso", "falsch", "faux"};
  const auto is = [&](std::string_view word) {
    return std::ranges::equal(text, word,
                              [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
  };
  if (std::ranges::any_of(kYes, is)) return true;
  if (std::ranges::any_of(kNo, is)) return false;
  return std::nullopt;
}

}  // namespace omniwriter
