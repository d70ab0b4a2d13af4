#pragma once
/// A string that does not print itself.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace omniwriter {

/// Holds a password or token. There is no operator<<, no formatter and no implicit conversion: whoever needs the text
/// says expose(), which is easy to search for.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& expose() const { return text_; }
  /// Whether it is this text. How long that takes tells nothing of the secret. An empty one is no text's.
  [[nodiscard]] bool matches(std::string_view text) const {
    if (text_.empty()) return false;
    unsigned difference = text.size() == text_.size() ? 0 : 1;
    for (std::size_t i = 0; i < text.size(); ++i) {
      difference |= static_cast<unsigned char>(text[i]) ^ static_cast<unsigned char>(text_[i % text_.size()]);
    }
    return difference == 0;
  }

 private:
  std::string text_;
};

}  // namespace omniwriter
