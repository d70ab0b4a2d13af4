#pragma once
/// The rules behind recommendations(): each looks at the facts, and says something or nothing.

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/recommendations.h"
#include "reports/run_summary.h"

namespace omniwriter::advice {

/// What is known.
struct Facts {
  const Run* run;             ///< may be null
  const RunSummary* summary;  ///< of the run
  const std::vector<LedgerEntry>& ledger;
  const std::vector<SystemState>& systems;
  std::span<const AlertRule> rules;
};

/// Below these numbers chance alone looks like a pattern.
inline constexpr std::uint64_t kMinErrors = 20;
inline constexpr double kMinErrorRatio = 0.001;
inline constexpr std::uint64_t kMinSamplesOfTail = 1000;
inline constexpr std::uint64_t kMinSamplesOfEndpoint = 20;

/// The same said in both languages.
template <typename Say>
Localized both(const Say& say) {
  return {say(Language::pt_br), say(Language::en)};
}

/// One of two wordings, filled in.
template <typename... Values>
std::string worded(Language language, std::string_view pt_br, std::string_view en, const Values&... values) {
  return fmt::format(fmt::runtime(language == Language::pt_br ? pt_br : en), values...);
}

[[nodiscard]] double ratio(std::uint64_t part, std::uint64_t whole);
/// Texts from outside, visible and short.
[[nodiscard]] std::string name(std::string_view text);
[[nodiscard]] std::string quote(std::string_view text);
/// "15:29:36"
[[nodiscard]] std::string time_of_day(std::int64_t seconds);

/// Takes what the rules say.
class Advisor {
 public:
  explicit Advisor(std::vector<Recommendation>& found) : found_(found) {}

  template <typename Text, typename Evidence>
  void say(std::string id, const Text& text, const Evidence& evidence) {
    found_.push_back({std::move(id), both(text), both(evidence)});
  }

 private:
  std::vector<Recommendation>& found_;
};

// Where there are requests.
void errors_of_one_endpoint(Advisor& advisor, const Facts& facts);  ///< most errors come from one endpoint
void errors_of_one_type(Advisor& advisor, const Facts& facts);      ///< most errors are of one type
void errors_of_one_message(Advisor& advisor, const Facts& facts);   ///< most errors say the same
void errors_at_one_time(Advisor& advisor, const Facts& facts);      ///< most errors came all at once
void checks_that_fail(Advisor& advisor, const Facts& facts);        ///< what had to hold did not
void saturation(Advisor& advisor, const Facts& facts);              ///< more users, and no more throughput
void slow_endpoints(Advisor& advisor, const Facts& facts);          ///< endpoints far slower than the others
void long_tail(Advisor& advisor, const Facts& facts);               ///< a few requests far slower than the others
void where_time_goes(Advisor& advisor, const Facts& facts);         ///< network or server?
void dropped_iterations(Advisor& advisor, const Facts& facts);      ///< the load was lower than asked for
void alerts_that_fire(Advisor& advisor, const Facts& facts);        ///< alerts that would have fired
void busy_load_generator(Advisor& advisor, const Facts& facts);     ///< it had hardly any CPU left
void too_little_data(Advisor& advisor, const Facts& facts);         ///< too few samples, or too short a run
void pause_of_the_load(Advisor& advisor, const Facts& facts);       ///< a long time without requests
void uneven_load_generators(Advisor& advisor, const Facts& facts);  ///< one began late, or ended early
void no_response_times(Advisor& advisor, const Facts& facts);       ///< the files tell none
void what_was_not_counted(Advisor& advisor, const Facts& facts);    ///< bad records, and endpoints beyond the limit

// Of anything.
void incomplete_deliveries(Advisor& advisor, const Facts& facts);  ///< what outputs did not take
void state_of_systems(Advisor& advisor, const Facts& facts);       ///< what is wrong with the monitoring

}  // namespace omniwriter::advice
