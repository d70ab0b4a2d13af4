#pragma once
/// Runs for tests, the same each time.

#include <cstdint>

#include "omniwriter/run.h"

namespace omniwriter::testing {

/// Two minutes from 2026-01-31T23:59:00Z, so over midnight, at 10 requests a second: endpoints "GET /", "POST /login"
/// (a tenth of it fails with status 500), one whose name is full of characters that formats must escape; 5 to 24 users;
/// also transactions, which must not count. All samples are kept. Run id "run-1", test "checkout".
[[nodiscard]] Run sample_run();

/// The same, of a load tool that tells more than requests: of each request the phases "waiting" (9 of 10 parts of its
/// time) and "receiving"; messages of its errors; a check a second, every fourth of which fails, and one more five
/// seconds after the last request; and of each other kind of metric one, once a second.
[[nodiscard]] Run detailed_run();

/// `endpoints` times `seconds` cells of one request each, for tests of batching. Run id "run-2", test "wide".
[[nodiscard]] Run wide_run(int endpoints, int seconds);

inline constexpr std::uint64_t kSampleRunRequests = 1200;
inline constexpr std::uint64_t kSampleRunErrors = 40;
inline constexpr std::int64_t kSampleRunStart = 1'769'903'940;  ///< seconds since the epoch
inline constexpr std::string_view kHostileEndpoint = R"(a,b=c "d" \e {f}/g\)";

}  // namespace omniwriter::testing
