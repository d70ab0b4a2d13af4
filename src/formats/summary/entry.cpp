#include "formats/summary/entry.h"

#include <string>
#include <utility>

#include "formats/summary/text.h"
#include "model/outcome_rules.h"

namespace omniwriter::summary {

Outcome outcome_of(std::string_view status) {
  return is_http_status(status) ? http_outcome(status) : Outcome{"error", "error"};
}

Outcome outcome_of_class(std::string_view digit_and_xx) {
  const bool failed = digit_and_xx >= "4";
  return {std::string(digit_and_xx), failed ? "http_" + std::string(digit_and_xx) : ""};
}

void add_endpoint(Summary& summary, SummaryEntry entry) {
  if (summary.whole.endpoints.size() <= kMaxEndpoints) summary.whole.endpoints.push_back(std::move(entry));
}

void add_outcome(SummaryEntry& entry, Outcome outcome, std::uint64_t count) {
  if (count == 0) return;
  entry.samples += count;
  if (!outcome.error_type.empty()) entry.errors += count;
  entry.outcomes.emplace_back(std::move(outcome), count);
}

void add_error(SummaryEntry& entry, std::string_view text, std::uint64_t count) {
  add_outcome(entry, {"error", std::string(text)}, count);
  add_message(entry, text, count);
}

void add_message(SummaryEntry& entry, std::string_view text, std::uint64_t count) {
  if (count == 0) return;
  ErrorMessage& added = entry.messages.emplace_back();
  added.error_type = text;
  added.message = text;
  added.count = count;
}

void add_percentile(SummaryEntry& entry, std::string_view percent, std::optional<double> seconds) {
  const auto value = number_of(percent);
  if (value && *value > 0 && *value < 100 && seconds) entry.quantiles.emplace_back(*value / 100, *seconds);
}

}  // namespace omniwriter::summary
