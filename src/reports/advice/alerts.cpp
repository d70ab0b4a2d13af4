#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "reports/advice/rules.h"
#include "reports/format_numbers.h"

namespace omniwriter::advice {

void alerts_that_fire(Advisor& advisor, const Facts& facts) {
  const Run& run = *facts.run;
  const auto states = alert_states(run, {facts.rules.begin(), facts.rules.end()});
  for (std::size_t i = 0; i < facts.rules.size(); ++i) {
    const AlertRule& rule = facts.rules[i];
    // The longest time without a break that the condition held.
    std::optional<std::int64_t> since_ns;
    std::int64_t longest_ns = -1;
    std::optional<double> worst;
    for (const AlertState& state : states) {
      if (state.rule != i) continue;
      if (!state.breached) {
        since_ns.reset();
        continue;
      }
      if (!since_ns) since_ns = state.time_ns;
      longest_ns = std::max(longest_ns, state.time_ns - *since_ns);
      const bool less_is_worse = rule.signal == AlertSignal::throughput;
      if (!worst || (less_is_worse ? state.value < *worst : state.value > *worst)) worst = state.value;
    }
    if (!worst) continue;
    // Time slots reach beyond both ends of the run.
    const double held = std::min(static_cast<double>(longest_ns) / 1e9 + static_cast<double>(run.interval_seconds),
                                 run.duration_seconds());
    const double hold = std::chrono::duration<double>(rule.hold).count();
    const bool fires = held >= hold;
    // In a run too short for the alert, the condition has to have held for most of it.
    if (!fires && (run.duration_seconds() >= hold || held < run.duration_seconds() / 2)) continue;
    const auto value = [&](double of_signal, Language language) {
      switch (rule.signal) {
        case AlertSignal::error_ratio:
          return format_percent(of_signal, language);
        case AlertSignal::response_time_p95:
          return "p95 " + format_time(of_signal, language);
        case AlertSignal::throughput:
          return format_number(of_signal, language) + " req/s";
        default:
          return format_percent(of_signal / 100, language);
      }
    };
    advisor.say(
        fmt::format("alert_{}", rule.id),
        [&](Language language) {
          const std::string title = title_of(rule).in(language);
          return fires ? worded(language, "Alerta “{}”: teria disparado nesta execução.",
                                "Alert “{}”: it would have fired in this run.", title)
                       : worded(language, "Alerta “{}”: teria disparado se a execução durasse mais.",
                                "Alert “{}”: it would have fired had the run lasted longer.", title);
        },
        [&](Language language) {
          return worded(language, "chegou a {}, com limite de {}, por {} (o alerta espera {})",
                        "reached {}, with a threshold of {}, for {} (the alert waits {})", value(*worst, language),
                        value(rule.threshold, language), format_duration(held, language),
                        format_duration(hold, language));
        });
  }
}

}  // namespace omniwriter::advice
