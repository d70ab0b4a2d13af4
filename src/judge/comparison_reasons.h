#pragma once
/// What a comparison says to people: what changed, how sure that is, and what to do next.

#include <map>
#include <string>
#include <vector>

#include "judge/comparison.h"

namespace omniwriter {

/// What they need to know besides.
struct ComparisonFacts {
  bool has_samples = true;
  double shortest_seconds = 0;  ///< of the runs; 300 where all are longer
  double longest_seconds = 0;
  bool load_differs = false;  ///< and not because users waited longer
  bool more_on_both_sides = false;
  std::map<std::string, double> coarse;  ///< endpoint -> steps of its times, relative
  std::vector<std::string> not_in_all_runs;
};

[[nodiscard]] std::vector<std::string> reasons_of(const Comparison& comparison, const ComparisonFacts& facts);

}  // namespace omniwriter
