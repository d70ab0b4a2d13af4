#pragma once
/// Runs as users name them: of the store, of a history folder, or files.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "judge/run_digest.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// A run of the store or of the history folder (its id, a prefix of one, a test name, "latest"), an exported run, or a
/// file of results, which is read. Errors: `not_found`, and those of reading.
[[nodiscard]] Result<Run> named_run(const Config& config, std::string_view name);
/// The same, as far as comparing needs it: quick, however long the run.
[[nodiscard]] Result<RunDigest> named_digest(const Config& config, std::string_view name);

/// The runs that `baseline` stands for, newest first, at most `most`, never `run` itself: "last-passed" (earlier runs
/// of the same test that passed, were not judged, or could not be told from their own baseline), "tag:NAME=VALUE" (runs
/// of the same test with that tag), or the name of one. Empty where there are none yet. One that is damaged is no
/// baseline; `left_out` gets a sentence for each.
[[nodiscard]] Result<std::vector<RunDigest>> baseline_runs(const Config& config, const Run& run,
                                                           std::string_view baseline, std::size_t most,
                                                           std::vector<std::string>* left_out = nullptr);
/// All runs of a test, of the store and the history folder.
struct RunsOfTest {
  std::vector<RunDigest> runs;        ///< the oldest first
  std::vector<std::string> verdicts;  ///< of each run, as in RunRow
  std::vector<std::string> left_out;  ///< one sentence for each that is damaged
};
/// Quick once each was asked for. `most`: of several, the newest ones; 0: all.
[[nodiscard]] Result<RunsOfTest> runs_of_test(const Config& config, std::string_view test_name, std::size_t most = 0);

}  // namespace omniwriter
