#pragma once
/// Which files a user means who names a folder, and whether files that are to be one run go together.

#include <string>
#include <vector>

#include "omniwriter/error.h"
#include "reading/reader.h"

namespace omniwriter {

struct LeftAside {
  std::string file;
  std::string why;  ///< what it looks like: "an HTML page"
};

struct ResultFiles {
  std::vector<std::string> files;
  std::vector<LeftAside> left_aside;
};

/// `paths` with each folder replaced by the result files in it, by name; where there are none, by those in its folders,
/// one level down; where there are none either, by summaries. An archive stands for the files in it too, at any depth.
/// Of several summaries by one tool (as JSON and as text) the one counts that tells most. Hidden files do not count. A
/// folder without result files is an error, and so is one with files of several formats: they may tell of the same
/// requests, and only the user knows.
[[nodiscard]] Result<ResultFiles> find_result_files(const std::vector<std::string>& paths, const InputOptions& options);

/// What is suspicious about files that are read as one run, one sentence each: files that do not overlap in time, as if
/// the clocks or time zones of their machines differed; files that seem to hold the same requests. Nothing is ever
/// corrected.
[[nodiscard]] std::vector<std::string> consistency_warnings(const std::vector<FileReport>& reports);

}  // namespace omniwriter
