#pragma once
/// The alerts of a load test, independent of any system that watches them: rule files, dashboards, recorded alert
/// states and reports all come from here.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/language.h"
#include "omniwriter/run.h"

namespace omniwriter {

enum class Severity : std::uint8_t { info, warning, critical };
[[nodiscard]] std::string_view name_of(Severity severity);

/// What an alert looks at, and the unit of its threshold.
enum class AlertSignal : std::uint8_t {
  error_ratio,        ///< failed requests of all requests, 0 to 1
  response_time_p95,  ///< seconds
  throughput,         ///< requests a second; the alert is for too little
  cpu,                ///< percent, 0 to 100
};

struct AlertRule {
  std::string_view id;         ///< "high_error_rate"
  std::string_view alertname;  ///< "HighErrorRate", as alert rules are named in Prometheus
  AlertSignal signal;
  Severity severity;
  double threshold;           ///< in the unit of the signal
  std::chrono::seconds hold;  ///< how long the condition must last before the alert fires ("for")
  bool enabled = true;

  /// Whether a value of the signal calls for the alert.
  [[nodiscard]] bool breached(double value) const {
    return signal == AlertSignal::throughput ? value < threshold : value > threshold;
  }
};

/// The four alerts of a load test as they come: 5 % errors, 1 s, 10 requests a second, 90 % CPU.
[[nodiscard]] std::array<AlertRule, 4> default_alert_rules();
/// "Taxa de erro alta", "High error rate".
[[nodiscard]] Localized title_of(const AlertRule& rule);

/// Alerts look at this much of the past.
inline constexpr std::chrono::seconds kAlertWindow{300};

/// What a system that watches the rule would say.
enum class AlertPhase : std::uint8_t {
  ok = 0,
  pending = 1,  ///< the condition holds, but not for AlertRule::hold yet
  firing = 2,
};
[[nodiscard]] std::string_view name_of(AlertPhase phase);  ///< "ok", "pending", "firing"

/// A condition at one moment of a run.
struct AlertState {
  std::size_t rule;  ///< index into the rules given
  std::int64_t slot;
  std::int64_t time_ns;
  double value;      ///< of the signal, over the kAlertWindow before, or what of the run lies in it
  bool breached;     ///< without regard to AlertRule::hold, which is longer than many runs
  AlertPhase phase;  ///< with regard to it
};
/// The states of the enabled rules over a run; moments ascending, rules in order at each. Signals that the run knows
/// nothing of have none. There are at most `max_moments` moments: all slots, or each 2nd, 4th, 8th …, and the last. So
/// a run that goes on has at any time the moments that it will have in the end, and more. `slots`: only those of the
/// moments that lie there.
[[nodiscard]] std::vector<AlertState> alert_states(const Run& run, const std::vector<AlertRule>& rules,
                                                   SlotRange slots = {}, std::size_t max_moments = 240);

}  // namespace omniwriter
