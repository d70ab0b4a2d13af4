#include "reports/markdown/markdown_text.h"

#include "reports/display_width.h"

namespace omniwriter {
namespace {

constexpr int kMaxTextColumns = 200;

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string result;
  for (const char c : shortened(visible_text(text), kMaxTextColumns)) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '\\':
      case '`':
      case '*':
      case '_':
      case '~':
      case '[':
      case ']':
      case '|':
      case '#':
      case '!':
      case '$':
        result += '\\';
        [[fallthrough]];
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace omniwriter
