#pragma once
/// Load that waits for the system it measures: while that is slow, fewer requests are started, and those that were not
/// are missing among the slow ones.

#include <cstddef>
#include <optional>

#include "omniwriter/histogram.h"
#include "omniwriter/run.h"

namespace omniwriter {

struct CoordinatedOmission {
  /// Spearman's, of the requests that were started in windows of five seconds and their mean response time; nothing
  /// where there are fewer than 60 windows, or their rate varies by no more than 5 %.
  std::optional<double> correlation;
  /// Time slots in which next to nothing was started while a request from before was under way.
  std::size_t pauses = 0;
  /// Between two requests of one user, in seconds, as long as nothing stood still; 0: not known.
  double expected_interval = 0;
  /// One of the two was found: the generator is a closed loop.
  [[nodiscard]] bool found() const;
};

/// Reads the whole timeline of all requests.
[[nodiscard]] CoordinatedOmission coordinated_omission(const Run& run);

/// With the requests that would have been started while another one took longer than the expected interval: a time v
/// adds v-D, v-2D, ... down to D. The same where the interval is 0.
[[nodiscard]] Histogram corrected_for_omission(const Histogram& response_time, double expected_interval_seconds);

}  // namespace omniwriter
