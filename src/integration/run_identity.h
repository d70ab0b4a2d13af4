#pragma once
/// What a run is called where the user did not say.

#include <cstddef>
#include <string>
#include <string_view>

#include "omniwriter/error.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// The test name for a result file: its name without folder and endings ("results/small.jtl.gz" -> "small");
/// "stdin" for "-".
[[nodiscard]] std::string test_name_of(std::string_view file);

/// The id of a run: when it began (UTC), and six hex digits that depend on its test name and its samples alone. So ids
/// sort by time, and the same results under the same name have the same id, whatever the file is called, compressed or
/// not, and however often it is read.
[[nodiscard]] std::string run_id_of(const Run& run, std::string_view test_name);

/// A test name is text on one line, at most kMaxTestNameBytes of UTF-8.
inline constexpr std::size_t kMaxTestNameBytes = 200;
[[nodiscard]] Result<void> check_test_name(std::string_view name);

/// An id may stand in URLs, labels and file names: letters, digits, `.`, `_`, `-`, `:`; at most 128; not "latest".
[[nodiscard]] Result<void> check_run_id(std::string_view run_id);

}  // namespace omniwriter
