#pragma once
/// The numbers of one test over its runs: where they changed, and how much they differ where nothing changed.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judge/change_points.h"
#include "judge/judgement.h"
#include "judge/run_digest.h"

namespace omniwriter {

struct HistoryMetric {
  std::string name;  ///< "p50", "p95", "p99", "mean", "throughput", "error_ratio"
  ValueUnit unit = ValueUnit::seconds;
  std::vector<std::optional<double>> values;  ///< of each run; nothing where it is not known
  std::vector<ChangePoint> changes;           ///< `first` counts runs; none of an error ratio, which may be 0
  std::optional<double> noise;  ///< one standard deviation between neighbouring runs, relative; needs four runs
  std::vector<bool> outlying;   ///< of each run: far from the others of its level, and none of the last two
};

struct RunHistory {
  std::vector<HistoryMetric> metrics;  ///< all of them
};

/// `runs`: of one test, the oldest first.
[[nodiscard]] RunHistory history_of(const std::vector<RunDigest>& runs);

}  // namespace omniwriter
