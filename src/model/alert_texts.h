#pragma once
/// How the values of alerts are shown in tables.

#include <string>
#include <string_view>

#include "model/alert_rules.h"

namespace omniwriter {

/// How values of a signal are shown: times `factor`, with `name` behind.
struct SignalUnit {
  int factor;
  std::string_view name;  ///< "%", "s", "req/s"
};
[[nodiscard]] SignalUnit unit_of(AlertSignal signal);
/// "7.5 %", "1.2 s".
[[nodiscard]] std::string value_text(AlertSignal signal, double value);
/// "> 5 %", "< 10 req/s".
[[nodiscard]] std::string threshold_text(const AlertRule& rule);

}  // namespace omniwriter
