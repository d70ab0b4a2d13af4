#pragma once
/// Hands a failure on to the caller.

#include <expected>
#include <utility>

/// The value of a Result; where it is an error, the function around it returns that error. Takes the value out of a
/// variable. Not within another TRY.
///
///     auto file = TRY(disk.open(path));
///     TRY(file->write(bytes));
#define TRY(...)                                                                         \
  (__extension__({                                                                       \
    auto&& tried_result = (__VA_ARGS__);                                                 \
    if (!tried_result) return std::unexpected(std::move(tried_result).error());          \
    *std::move(tried_result); /* NOLINT(bugprone-use-after-move): of a temporary, too */ \
  }))
