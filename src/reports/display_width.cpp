#include "reports/display_width.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/utf8.h"
#include "reports/display_width_table.h"

namespace omniwriter {
namespace {

char32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead;
  char32_t value = lead & (0x7FU >> character.size());
  for (const char next : character.substr(1)) value = value << 6 | (static_cast<unsigned char>(next) & 0x3FU);
  return value;
}

template <std::size_t N>
bool contains(const std::array<CodePointRange, N>& ranges, char32_t c) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), c,
                                      [](char32_t value, CodePointRange range) { return value < range.first; });
  return after != ranges.begin() && c <= (after - 1)->last;
}

int width_of(char32_t c) {
  if (c < 0x300) return 1;
  return contains(kZeroWidth, c) ? 0 : contains(kDoubleWidth, c) ? 2 : 1;
}

/// Does something to a terminal or to the order of what is around it.
bool acts(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

std::string escaped(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  const auto value = static_cast<std::uint32_t>(c);
  return c < 0x100 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{{{:x}}}", value);
}

/// What stands in one place: a character and the combining ones after it.
struct Glyph {
  std::string_view bytes;
  int width;
};

std::vector<Glyph> glyphs_of(std::string_view text) {
  std::vector<Glyph> glyphs;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = std::max<std::size_t>(1, utf8_character_bytes(text.substr(at)));
    const int width = width_of(code_point(text.substr(at, bytes)));
    if (width == 0 && !glyphs.empty()) {
      Glyph& before = glyphs.back();
      before.bytes = {before.bytes.data(), before.bytes.size() + bytes};
    } else {
      glyphs.push_back({text.substr(at, bytes), width});
    }
    at += bytes;
  }
  return glyphs;
}

std::size_t spaces(std::string_view text, int columns) {
  return static_cast<std::size_t>(std::max(0, columns - display_width(text)));
}

}  // namespace

std::string visible_text(std::string_view text) {
  std::string visible;
  while (!text.empty()) {
    const std::size_t bytes = utf8_character_bytes(text);
    if (bytes == 0) {
      visible += "\uFFFD";
    } else if (const char32_t c = code_point(text.substr(0, bytes)); acts(c)) {
      visible += escaped(c);
    } else {
      visible += text.substr(0, bytes);
    }
    text.remove_prefix(std::max<std::size_t>(1, bytes));
  }
  return visible;
}

int display_width(std::string_view text) {
  int columns = 0;
  for (const Glyph& glyph : glyphs_of(text)) columns += glyph.width;
  return columns;
}

std::string shortened(std::string_view text, int columns, Cut where) {
  const std::vector<Glyph> glyphs = glyphs_of(text);
  int total = 0;
  for (const Glyph& glyph : glyphs) total += glyph.width;
  if (total <= columns) return std::string(text);

  // The end of a path tells more endpoints apart than its start, so it gets the odd column.
  const int for_start = where == Cut::start ? 0 : where == Cut::end ? columns - 1 : (columns - 1) / 2;
  int used = 0;
  std::string start;
  for (const Glyph& glyph : glyphs) {
    if (used + glyph.width > for_start) break;
    used += glyph.width;
    start += glyph.bytes;
  }
  used += 1;
  std::size_t first_of_end = glyphs.size();
  while (where != Cut::end && first_of_end > 0 && used + glyphs[first_of_end - 1].width <= columns)
    used += glyphs[--first_of_end].width;
  std::string result = start + "…";
  for (std::size_t i = first_of_end; i < glyphs.size(); ++i) result += glyphs[i].bytes;
  return result;
}

std::vector<std::string> wrapped(std::string_view text, int columns) {
  std::vector<std::string> lines;
  std::string so_far;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!so_far.empty() && display_width(so_far) + 1 + display_width(word) > columns) {
      lines.push_back(shortened(so_far, columns));
      so_far.clear();
    }
    so_far += fmt::format("{}{}", so_far.empty() ? "" : " ", word);
  }
  lines.push_back(shortened(so_far, columns));
  return lines;
}

std::string padded_right(std::string_view text, int columns) {
  return std::string(text) + std::string(spaces(text, columns), ' ');
}

std::string padded_left(std::string_view text, int columns) {
  return std::string(spaces(text, columns), ' ') + std::string(text);
}

}  // namespace omniwriter
