#pragma once
/// What users set of judging runs.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "judge/comparison.h"
#include "judge/criterion.h"

namespace omniwriter {

struct JudgeSettings {
  std::vector<Criterion> criteria;
  std::string baseline;            ///< "last-passed", "tag:branch=main", a run, a file; empty: none
  std::size_t baseline_runs = 10;  ///< at most, where that names several
  ComparisonSettings comparison;
  bool strict = false;            ///< an inconclusive run has an exit code of its own
  std::filesystem::path history;  ///< a folder of exported runs; empty: the store alone
};

}  // namespace omniwriter
