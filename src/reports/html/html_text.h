#pragma once
/// Texts from outside in HTML documents.

#include <string>
#include <string_view>

namespace omniwriter {

/// `text`, cut to 200 columns, so that it shows as itself in an element or a quoted attribute.
[[nodiscard]] std::string html_text(std::string_view text);

/// The address of a link, in a quoted attribute: whole, however long.
[[nodiscard]] std::string html_address(std::string_view url);

/// JSON that may stand in a script element: no character in it ends the element or opens a comment, whatever is in its
/// strings.
[[nodiscard]] std::string html_json(std::string_view json);

/// `form` with each {{name}} replaced by what `value` gives for the name. What is filled in is not looked at again.
template <typename Value>
[[nodiscard]] std::string filled(std::string_view form, const Value& value) {
  std::string result;
  while (true) {
    const auto open = form.find("{{");
    const auto close = form.find("}}", open);
    if (close == std::string_view::npos) break;
    result += form.substr(0, open);
    result += value(form.substr(open + 2, close - open - 2));
    form.remove_prefix(close + 2);
  }
  result += form;
  return result;
}

}  // namespace omniwriter
