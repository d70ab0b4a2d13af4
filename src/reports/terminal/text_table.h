#pragma once
/// Columns of text on a terminal.

#include <string>
#include <string_view>
#include <vector>

namespace omniwriter {

enum class Color { none, bold, dim, red, green, yellow, cyan };

/// `text` in a color; as it is where colors are off.
[[nodiscard]] std::string colored(std::string_view text, Color color, bool enabled);

[[nodiscard]] std::string shortened_in_the_middle(std::string_view text, int columns);

struct Cell {
  std::string text;  ///< visible
  Color color = Color::none;
};

/// The first column is aligned left and gives way where the room is scarce; the others are aligned right.
class TextTable {
 public:
  struct Column {
    std::string title;
    int rank = 0;  ///< where the room is scarce, columns of higher rank go first; 0 stays
    std::string (*shorten)(std::string_view text, int columns) = shortened_in_the_middle;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns.
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  /// The last row is set off by a line.
  void add_total(std::vector<Cell> row);

  /// Lines, each indented by one column and at most `width` wide, where the columns of rank 0 allow. Columns are
  /// dropped until the first one has room for its texts, or for `first_column` of them.
  [[nodiscard]] std::string render(int width, int first_column, bool color) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  bool has_total_ = false;
};

}  // namespace omniwriter
