#pragma once
/// How long a run took until it was warm: caches filled, code compiled, connections open.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "omniwriter/run.h"

namespace omniwriter {

struct WarmUp {
  std::size_t values = 0;  ///< so many at the beginning
  double during = 0;       ///< their mean
  double after = 0;        ///< that of the others
  double p = 1;            ///< how likely they would differ so much by chance
};

/// How many values at the beginning make the mean of the others the least exact (MSER): up to half of them. Values are
/// taken by `batch` of them.
[[nodiscard]] std::size_t mser_cut(std::span<const double> values, std::size_t batch = 5);

/// Nothing where the beginning is like the rest: where they differ by less than 2 %, or p is not below 0.01. `values`:
/// above 0, in order of time.
[[nodiscard]] std::optional<WarmUp> warm_up(std::span<const double> values);

struct RunWarmUp {
  double seconds = 0;  ///< from the start of the run
  double during = 0;   ///< mean response time in seconds
  double after = 0;
  double p = 1;
};
/// The same of the response times of all requests of a run. Reads its whole timeline.
[[nodiscard]] std::optional<RunWarmUp> warm_up_of(const Run& run);

}  // namespace omniwriter
