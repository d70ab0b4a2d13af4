#pragma once
/// What holds for every JMeter result file, whether CSV or XML.

#include <cstdint>
#include <string_view>

namespace omniwriter::jmeter {

/// How the response message of a transaction controller begins.
inline constexpr std::string_view kTransactionMessage = "Number of samples in transaction";
/// For the user, where every request of a file lies within a transaction with parent sample. JMeter's summariser counts
/// none of these, so there is no number of JMeter's to agree with.
inline constexpr std::string_view kChildrenNote =
    "all its requests lie within transactions with a generated parent sample; they are counted one by one, the "
    "transactions apart";
/// The endpoint of a sample without label.
inline constexpr std::string_view kUnnamed = "(unnamed)";

/// The years 2000 to 2100 in milliseconds since the epoch: anything else is no time at which a load test ran.
inline constexpr std::uint64_t kMinTimeMs = 946'684'800'000;
inline constexpr std::uint64_t kMaxTimeMs = 4'102'444'800'000;
inline constexpr std::uint64_t kMaxElapsedMs = std::uint64_t{366} * 86'400'000;
/// The most samples that one aggregated record may stand for.
inline constexpr std::uint64_t kMaxSampleCount = 1'000'000'000;

}  // namespace omniwriter::jmeter
