#pragma once
/// What a test that tells of itself says.

#include <cstdint>
#include <string>

namespace omniwriter {

/// What happened since the last update, and how things are now.
struct MetricsUpdate {
  std::string test_name;
  std::uint64_t requests_count = 0;
  double response_time_ms = 0;  ///< the mean of these requests
  std::uint64_t errors_count = 0;
  double active_users = 0;
  double throughput = 0;    ///< requests a second
  double cpu_usage = 0;     ///< percent
  double memory_usage = 0;  ///< MB
};

/// The endpoint that its requests count under.
inline constexpr const char* kAllRequests = "all";

}  // namespace omniwriter
