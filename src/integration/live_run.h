#pragma once
/// A run fed by update_custom_metrics(): counts and means, no samples.

#include <cstdint>
#include <string>

#include "model/metrics_update.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// Counts that add up, and finite numbers that are not negative.
[[nodiscard]] Result<void> check_update(const MetricsUpdate& update);

/// Such a test as a run. Requests are counted under the endpoint kAllRequests and the status "ok" or "error"; each
/// counts with the mean response time that it was told with, so sums and means are exact. Percentiles and extremes are
/// not known: those of means are none of requests. The timeline has at most kMaxSlots slots. Not thread-safe.
class LiveRun {
 public:
  static constexpr std::size_t kMaxSlots = 4096;

  LiveRun(std::string test_name, std::int64_t now_ns);

  /// `update` has passed check_update().
  void add(const MetricsUpdate& update, std::int64_t now_ns);
  [[nodiscard]] Run run() const;
  /// The same without its timeline.
  [[nodiscard]] const Run& head() const { return run_; }

 private:
  void halve_timeline();

  Run run_;                              // its series has no timeline:
  std::map<std::int64_t, Tally> slots_;  // of the one endpoint
};

}  // namespace omniwriter
