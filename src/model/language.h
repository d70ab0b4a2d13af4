#pragma once
/// The two languages that people are spoken to in.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace omniwriter {

enum class Language : std::uint8_t { pt_br, en };

/// "pt-BR", "en".
[[nodiscard]] constexpr std::string_view tag_of(Language language) {
  return language == Language::pt_br ? "pt-BR" : "en";
}

/// The language of a tag; none for any other text.
[[nodiscard]] constexpr std::optional<Language> language_of(std::string_view tag) {
  for (const Language language : {Language::pt_br, Language::en}) {
    if (tag == tag_of(language)) return language;
  }
  return std::nullopt;
}

/// A text that was made in both.
struct Localized {
  std::string pt_br;
  std::string en;

  [[nodiscard]] const std::string& in(Language language) const { return language == Language::pt_br ? pt_br : en; }
  bool operator==(const Localized&) const = default;
};

}  // namespace omniwriter
