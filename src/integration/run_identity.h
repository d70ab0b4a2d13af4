#pragma once
/// What a run is called where the user did not say.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"
#include "omniwriter/run.h"
#include "reading/reader.h"

namespace omniwriter {

/// The test name for a result file: its name without folder and endings ("results/small.jtl.gz" -> "small");
/// "stdin" for "-".
[[nodiscard]] std::string test_name_of(std::string_view file);

/// The id of a run that was read from these files: when its first sample began (UTC), and six hex digits that depend on
/// the test name and that sample alone. The first sample is that of the file whose first sample ended first. So ids
/// sort by time, and are known while the test goes on; the same results under the same name have the same id, whatever
/// the file is called, packed or in parts, however often it is read, and when it has grown since.
///
/// Without samples (a summary, a test that tells of itself) the id depends on all numbers of the run.
[[nodiscard]] std::string run_id_of(const Run& run, const std::vector<FileReport>& files, std::string_view test_name);

/// Of all that was measured: equal where two runs hold the same results.
[[nodiscard]] std::uint64_t hash_of_results(const Run& run);

/// A test name is text on one line, at most kMaxTestNameBytes of UTF-8.
inline constexpr std::size_t kMaxTestNameBytes = 200;
[[nodiscard]] Result<void> check_test_name(std::string_view name);

/// An id may stand in URLs, labels and file names: letters, digits, `.`, `_`, `-`, `:`; at most 128; not "latest".
[[nodiscard]] Result<void> check_run_id(std::string_view run_id);

}  // namespace omniwriter
