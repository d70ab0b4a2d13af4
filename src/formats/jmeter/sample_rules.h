#pragma once
/// What holds for every JMeter result file, whether CSV or XML.

#include <cstdint>
#include <string_view>

namespace omniwriter::jmeter {

/// How the response message of a transaction controller begins.
inline constexpr std::string_view kTransactionMessage = "Number of samples in transaction";
/// For the user, where transactions are the only timings that a file has.
inline constexpr std::string_view kTransactionsNote =
    "it holds transactions alone, no request (jmeter.save.saveservice.subresults=false leaves them out); the "
    "transactions are taken as the requests";
/// The endpoint of a sample without label.
inline constexpr std::string_view kUnnamed = "(unnamed)";

/// The years 2000 to 2100 in milliseconds since the epoch: anything else is no time at which a load test ran.
inline constexpr std::uint64_t kMinTimeMs = 946'684'800'000;
inline constexpr std::uint64_t kMaxTimeMs = 4'102'444'800'000;
inline constexpr std::uint64_t kMaxElapsedMs = std::uint64_t{366} * 86'400'000;
/// The most samples that one aggregated record may stand for.
inline constexpr std::uint64_t kMaxSampleCount = 1'000'000'000;

}  // namespace omniwriter::jmeter
