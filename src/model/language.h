#pragma once
/// The two languages that people are spoken to in.

#include <cstdint>
#include <string>

namespace omniwriter {

enum class Language : std::uint8_t { pt_br, en };

/// A text that was made in both.
struct Localized {
  std::string pt_br;
  std::string en;

  [[nodiscard]] const std::string& in(Language language) const { return language == Language::pt_br ? pt_br : en; }
  bool operator==(const Localized&) const = default;
};

}  // namespace omniwriter
