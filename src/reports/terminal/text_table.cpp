#include "reports/terminal/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "reports/display_width.h"

namespace omniwriter {
namespace {

constexpr int kIndent = 1;
constexpr int kGap = 2;

}  // namespace

std::string colored(std::string_view text, Color color, bool enabled) {
  if (!enabled || color == Color::none || text.empty()) return std::string(text);
  const auto code = [&] {
    switch (color) {
      case Color::bold:
        return "1";
      case Color::dim:
        return "2";
      case Color::red:
        return "31";
      case Color::green:
        return "32";
      case Color::yellow:
        return "33";
      default:
        return "36";
    }
  }();
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string shortened_in_the_middle(std::string_view text, int columns) { return shortened(text, columns); }

void TextTable::add_total(std::vector<Cell> row) {
  add(std::move(row));
  has_total_ = true;
}

std::string TextTable::render(int width, int first_column, bool color) const {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int widest = display_width(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, display_width(row[i].text));
    widths.push_back(widest);
  }

  // Drop columns until the first one has room.
  std::vector<std::size_t> shown(columns_.size());
  std::iota(shown.begin(), shown.end(), 0);
  const int wanted = std::min(widths[0], first_column);
  int room = 0;
  for (;;) {
    room = width - kIndent;
    for (const std::size_t i : shown) room -= i == 0 ? 0 : kGap + widths[i];
    const auto first_to_go = std::max_element(
        shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) { return columns_[a].rank < columns_[b].rank; });
    if (room >= wanted || columns_[*first_to_go].rank == 0) break;
    shown.erase(first_to_go);
  }
  widths[0] = std::min(widths[0], std::max(room, 8));
  int total_width = -kGap;
  for (const std::size_t i : shown) total_width += widths[i] + kGap;

  std::string out;
  const auto line = [&](const auto& cell_of) {
    std::size_t spaces = kIndent;
    for (const std::size_t i : shown) {
      const Cell cell = cell_of(i);
      const std::string text = columns_[i].shorten(cell.text, widths[i]);
      const auto padding = static_cast<std::size_t>(widths[i] - display_width(text));
      // Spaces stay outside of the color, and come only before a text: none ends a line.
      spaces += i == 0 ? 0 : kGap + padding;
      if (!text.empty()) out += std::string(std::exchange(spaces, 0), ' ') + colored(text, cell.color, color);
      if (i == 0) spaces += padding;
    }
    out += '\n';
  };
  const auto rule = [&] {
    std::string dashes;
    for (int i = 0; i < total_width; ++i) dashes += "─";
    out += std::string(kIndent, ' ') + colored(dashes, Color::dim, color) + "\n";
  };
  line([&](std::size_t i) { return Cell{columns_[i].title, Color::dim}; });
  rule();
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    if (has_total_ && r + 1 == rows_.size()) rule();
    line([&](std::size_t i) { return rows_[r][i]; });
  }
  return out;
}

}  // namespace omniwriter
