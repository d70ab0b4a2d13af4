#pragma once
/// A string that does not print itself.

#include <string>
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

 private:
  std::string text_;
};

}  // namespace omniwriter
