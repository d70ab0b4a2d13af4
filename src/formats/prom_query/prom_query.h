#pragma once
/// What a Prometheus answers to a query over time: /api/v1/query_range.

#include <cstddef>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"
#include "omniwriter/run.h"

namespace omniwriter {

struct RangeAnswer {
  std::vector<ObservedSeries> series;  ///< in the order of the server; only labels that tell them apart
  std::size_t left_out = 0;            ///< series beyond those
};

/// Values that are no number (NaN, infinity) are left out, and series without any. `query` is what its author called
/// it. An error is the server's own words.
[[nodiscard]] Result<RangeAnswer> parse_range_answer(std::string_view answer, std::string_view query,
                                                     std::size_t most_series);

}  // namespace omniwriter
