#pragma once
/// A run as one small file, with all that the store has of it. docs/history.md gives the format and what is promised.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "omniwriter/error.h"
#include "store/run_store.h"

namespace omniwriter {

/// What stands at the front of it.
struct RunFileHead {
  std::string run_id;
  std::string test_name;
  std::int64_t started_ns = 0;
  std::string verdict;  ///< as in RunRow
};

/// Whether a file begins as one does; a damaged one counts.
[[nodiscard]] bool is_run_file(const std::filesystem::path& file);

/// Writes a run of the store to a file, which readers see whole or not at all.
[[nodiscard]] Result<void> export_run(const RunStore& store, std::string_view run_id,
                                      const std::filesystem::path& file);

/// An error of code `input` where the file is none, is damaged, or was written by a newer version.
[[nodiscard]] Result<RunFileHead> read_run_file_head(const std::filesystem::path& file);

/// A store of its own, with this run alone, that is gone with the object. With Timelines::none only the front of the
/// file is read: enough for the digest, and for loading the run without timelines. Errors as above.
[[nodiscard]] Result<std::unique_ptr<RunStore>> open_run_file(const std::filesystem::path& file,
                                                              Timelines timelines = Timelines::of_endpoints);

/// Saves the run of a file in the store, with what belongs to it. What was pending at its outputs stays with the store
/// that it comes from. A run that is there already, and is the same, stays as it is; one of the same id that is not the
/// same is an error of code `conflict`. Gives the id.
[[nodiscard]] Result<std::string> import_run(RunStore& store, const std::filesystem::path& file);

}  // namespace omniwriter
