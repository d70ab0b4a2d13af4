#pragma once
/// What a Prometheus knows of the time of a run: the queries of `vitals.queries`.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "net/http_client.h"
#include "omniwriter/run.h"

namespace omniwriter {

// The queries whose numbers are those of the load generator.
inline constexpr std::string_view kCpuQuery = "cpu_percent";
inline constexpr std::string_view kMemoryQuery = "memory_mb";

/// The most that a run has.
inline constexpr std::size_t kMostObservedSeries = 50;

/// What is asked: whole seconds, and at most 600 points a series.
struct QuerySpan {
  std::int64_t first = 0;  ///< since the epoch
  std::int64_t last = 0;
  std::int64_t step = 1;
};
[[nodiscard]] QuerySpan query_span(std::int64_t started_ns, std::int64_t ended_ns);

struct QueriesAnswer {
  std::vector<ObservedSeries> series;  ///< by query; at most 20 of one
  std::vector<std::string> notes;      ///< what people should know: what was not answered, or is left out
};
/// Asks all of them but `left_out`, which takes some seconds at most, whatever the server does. The queries that
/// nothing is known of are simply not in the answer.
[[nodiscard]] QueriesAnswer ask_queries(const Config& config, const QuerySpan& span,
                                        const std::set<std::string_view>& left_out, HttpClient& http,
                                        const Clock& clock);

}  // namespace omniwriter
