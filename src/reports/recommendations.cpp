#include "reports/recommendations.h"

#include <array>
#include <cstdint>
#include <optional>

#include "reports/advice/rules.h"
#include "reports/run_summary.h"

namespace omniwriter {
namespace {

enum class Needs : std::uint8_t { nothing, requests, errors };

struct Rule {
  Needs needs;
  void (*look)(advice::Advisor& advisor, const advice::Facts& facts);
};

/// In the order in which people read what they say.
constexpr std::array kRules{
    Rule{Needs::errors, advice::errors_of_one_endpoint},   Rule{Needs::errors, advice::errors_of_one_type},
    Rule{Needs::errors, advice::errors_of_one_message},    Rule{Needs::errors, advice::errors_at_one_time},
    Rule{Needs::requests, advice::checks_that_fail},       Rule{Needs::requests, advice::saturation},
    Rule{Needs::requests, advice::slow_endpoints},         Rule{Needs::requests, advice::long_tail},
    Rule{Needs::requests, advice::where_time_goes},        Rule{Needs::requests, advice::alerts_that_fire},
    Rule{Needs::requests, advice::busy_load_generator},    Rule{Needs::requests, advice::dropped_iterations},
    Rule{Needs::requests, advice::too_little_data},        Rule{Needs::requests, advice::pause_of_the_load},
    Rule{Needs::requests, advice::uneven_load_generators}, Rule{Needs::requests, advice::no_response_times},
    Rule{Needs::requests, advice::what_was_not_counted},   Rule{Needs::nothing, advice::incomplete_deliveries},
    Rule{Needs::nothing, advice::state_of_systems},
};

bool is_given(Needs what, const RunSummary* summary) {
  if (what == Needs::nothing) return true;
  if (summary == nullptr || summary->numbers.samples == 0) return false;
  if (what == Needs::requests) return true;
  return summary->numbers.errors >= advice::kMinErrors && summary->numbers.error_ratio >= advice::kMinErrorRatio;
}

}  // namespace

std::vector<Recommendation> recommendations(const Run* run, const std::vector<LedgerEntry>& ledger,
                                            const std::vector<SystemState>& systems, std::span<const AlertRule> rules) {
  std::optional<RunSummary> summary;
  if (run != nullptr) summary.emplace(*run);
  const advice::Facts facts{run, summary ? &*summary : nullptr, ledger, systems, rules};
  std::vector<Recommendation> found;
  advice::Advisor advisor(found);
  for (const Rule& rule : kRules) {
    if (is_given(rule.needs, facts.summary)) rule.look(advisor, facts);
  }
  return found;
}

}  // namespace omniwriter
