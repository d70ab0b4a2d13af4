#pragma once
/// Where a series of numbers changed its level: of a metric over runs, or over the time of one.

#include <cstddef>
#include <span>
#include <vector>

namespace omniwriter {

struct ChangePoint {
  std::size_t first = 0;  ///< index of the first value of the new level
  double before = 0;      ///< mean of the stretch before it, in the unit of the values
  double after = 0;
  double p = 1;  ///< how likely such a step would be by chance
};

/// Ascending. The same values give the same points. `values`: all above 0, as times and rates are; in order of time.
[[nodiscard]] std::vector<ChangePoint> change_points(std::span<const double> values);

}  // namespace omniwriter
