#pragma once
/// What comparing runs and looking at their history needs of each: numbers, and the scatter within the run. Small
/// however long the run, so it is kept with the run and read in its place.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "omniwriter/run.h"

namespace omniwriter {

/// A run is cut into so many stretches of equal length; how these differ tells how exact its numbers are.
inline constexpr std::size_t kBatches = 10;

struct BatchDigest {
  Histogram response_time;
  std::uint64_t errors = 0;
};

struct EndpointDigest {
  std::string endpoint;  ///< empty: all requests together
  std::array<BatchDigest, kBatches> batches;
  /// What a tool told of these, where it kept no samples: all of it is in the first batch then.
  std::shared_ptr<const ReportedTimes> reported = nullptr;

  /// All of them.
  [[nodiscard]] BatchDigest total() const;
};

struct RunDigest {
  RunInfo info;
  std::int64_t started_ns = 0;  ///< since the epoch
  std::int64_t ended_ns = 0;
  bool has_samples = true;   ///< false: all numbers are those that a tool told, and nothing is known of their scatter
  bool closed_loop = false;  ///< users waited for answers, so that throughput depends on response times
  EndpointDigest all;
  std::vector<EndpointDigest> endpoints;  ///< requests only, by impact, as in Run::series

  [[nodiscard]] double duration_seconds() const { return static_cast<double>(ended_ns - started_ns) / 1e9; }
};

/// Reads the whole timeline of the run.
[[nodiscard]] RunDigest digest_of(const Run& run);

}  // namespace omniwriter
