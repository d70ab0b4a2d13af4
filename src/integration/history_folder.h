#pragma once
/// A folder of exported runs: the history of tests where no store lasts, as in continuous integration.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"
#include "store/run_file.h"

namespace omniwriter {

struct HistoryFile {
  std::filesystem::path file;
  RunFileHead head;
};

struct HistoryFiles {
  std::vector<HistoryFile> files;   ///< the newest first; of a run that is there several times, one
  std::vector<std::string> faulty;  ///< one sentence for each exported run that cannot be read
};

/// Reads the front of each exported run in the folder itself, whatever its name. A folder that is not there is empty.
[[nodiscard]] Result<HistoryFiles> read_history_folder(const std::filesystem::path& folder);

/// "checkout_20261123T152936Z-588248.omnirun": sorts by test, then by time.
[[nodiscard]] std::string history_file_name(const RunFileHead& run);

/// Writes a run of the store into the folder, which is made where it is missing. `keep`: so many runs of this test stay
/// there, the newest ones; 0: all. Others are removed. Gives the file.
[[nodiscard]] Result<std::filesystem::path> add_to_history_folder(const RunStore& store, std::string_view run_id,
                                                                  const std::filesystem::path& folder,
                                                                  std::size_t keep = 0);

}  // namespace omniwriter
