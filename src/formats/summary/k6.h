#pragma once
/// What k6 tells of a test without HTTP requests (gRPC, WebSocket, browser, metrics of its own).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/summary.h"
#include "omniwriter/error.h"

namespace omniwriter::summary {

struct K6Test {
  std::uint64_t iterations = 0;
  std::uint64_t checks = 0;
  std::uint64_t failed_checks = 0;
  std::vector<std::string> metrics;  ///< all that it names
};

/// Takes iterations for requests, and says so: the entry is left with its times alone. An error where there are none.
[[nodiscard]] Result<void> take_iterations(const K6Test& test, Summary& result);

}  // namespace omniwriter::summary
