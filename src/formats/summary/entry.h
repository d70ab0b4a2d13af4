#pragma once
/// How what tools say of requests becomes a SummaryEntry.

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/summary.h"

namespace omniwriter::summary {

/// A status of HTTP, or what stands for none.
[[nodiscard]] Outcome outcome_of(std::string_view status);
/// A class of them: "2xx", "5xx".
[[nodiscard]] Outcome outcome_of_class(std::string_view digit_and_xx);
/// Adds `count` requests that ended so.
void add_outcome(SummaryEntry& entry, Outcome outcome, std::uint64_t count);
/// Adds a percentile, its number as text ("99.9"); nothing where that is none, or the time is not known.
void add_percentile(SummaryEntry& entry, std::string_view percent, std::optional<double> seconds);

}  // namespace omniwriter::summary
