#pragma once
/// How what tools say of requests becomes a SummaryEntry.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/summary.h"

namespace omniwriter::summary {

/// A status of HTTP, or what stands for none.
[[nodiscard]] Outcome outcome_of(std::string_view status);
/// A class of them: "2xx", "5xx".
[[nodiscard]] Outcome outcome_of_class(std::string_view digit_and_xx);
/// So many endpoints have to do; more are a mistake in the file, and an error.
inline constexpr std::size_t kMaxEndpoints = 20'000;
/// Keeps one more than that, for whoever looks whether there are too many.
void add_endpoint(Summary& summary, SummaryEntry entry);
/// Adds `count` requests that ended so.
void add_outcome(SummaryEntry& entry, Outcome outcome, std::uint64_t count);
/// Adds `count` requests that ended in an error of which only a text is known.
void add_error(SummaryEntry& entry, std::string_view text, std::uint64_t count);
/// Adds what was said of `count` errors that are counted already.
void add_message(SummaryEntry& entry, std::string_view text, std::uint64_t count);
/// Adds a percentile, its number as text ("99.9"); nothing where that is none, or the time is not known.
void add_percentile(SummaryEntry& entry, std::string_view percent, std::optional<double> seconds);

}  // namespace omniwriter::summary
