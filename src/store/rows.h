#pragma once
/// What the tables of the store are read and written with.

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "base/try.h"
#include "omniwriter/error.h"
#include "store/sqlite.h"

namespace omniwriter {

inline Error damaged(std::string_view what) {
  return {ErrorCode::io, fmt::format("stored run is damaged: {}", what), false};
}

/// Calls `visit(statement)` for each row; stops at the first error.
template <typename Visit, typename... Values>
Result<void> for_each_row(const Database& database, std::string_view sql, Visit&& visit, const Values&... values) {
  Statement statement = TRY(database.prepare(sql));
  statement.bind(values...);
  while (TRY(statement.step())) TRY(visit(statement));
  return {};
}

template <typename... Values>
Result<void> run_once(const Database& database, std::string_view sql, const Values&... values) {
  Statement statement = TRY(database.prepare(sql));
  return statement.run(values...);
}

/// Inserts a row for each element; `insert(statement, position, element)` binds and runs.
template <typename Elements, typename Insert>
Result<void> insert_all(const Database& database, std::string_view sql, const Elements& elements, Insert&& insert) {
  if (elements.empty()) return {};
  Statement statement = TRY(database.prepare(sql));
  std::int64_t position = 0;
  for (const auto& element : elements) TRY(insert(statement, position++, element));
  return {};
}

}  // namespace omniwriter
