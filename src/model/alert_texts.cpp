#include "model/alert_texts.h"

#include <fmt/format.h>

namespace omniwriter {

SignalUnit unit_of(AlertSignal signal) {
  switch (signal) {
    case AlertSignal::error_ratio:
      return {100, "%"};
    case AlertSignal::response_time_p95:
      return {1, "s"};
    case AlertSignal::throughput:
      return {1, "req/s"};
    default:
      return {1, "%"};
  }
}

std::string value_text(AlertSignal signal, double value) {
  const auto [factor, name] = unit_of(signal);
  return fmt::format("{:.4g} {}", value * factor, name);
}

std::string threshold_text(const AlertRule& rule) {
  return fmt::format("{} {}", rule.signal == AlertSignal::throughput ? "<" : ">",
                     value_text(rule.signal, rule.threshold));
}

}  // namespace omniwriter
