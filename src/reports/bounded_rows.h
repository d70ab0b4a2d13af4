#pragma once
/// As many rows of a table as fit into some bytes.

#include <cstddef>
#include <string>

namespace omniwriter {

struct BoundedRows {
  std::string text;
  std::size_t left_out = 0;
};

/// `row` gives the text of one of `all`. From the first one on that finds no room, all are left out.
template <typename All, typename Row>
[[nodiscard]] BoundedRows bounded_rows(const All& all, std::size_t max_bytes, const Row& row) {
  BoundedRows rows;
  for (const auto& one : all) {
    const std::string text = rows.left_out == 0 ? row(one) : std::string();
    if (rows.left_out > 0 || rows.text.size() + text.size() > max_bytes) {
      ++rows.left_out;
    } else {
      rows.text += text;
    }
  }
  return rows;
}

}  // namespace omniwriter
