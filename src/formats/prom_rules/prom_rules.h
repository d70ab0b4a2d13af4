#pragma once
/// The alerts of a load test in PromQL: as expressions, as a rule file, and as unit tests of that file.

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "model/alert_rules.h"

namespace omniwriter {

/// What a signal is looked at over.
struct PromWindow {
  std::string_view range;  ///< "5m", or a variable of Grafana
  std::string_view step;   ///< how finely that is sampled: "15s"
};

/// The value of a signal for each run, as {test_name, testid}. While a run goes on that is its recent past; where
/// counters stand still, as with a finished run in the Pushgateway, it is the whole run. `matchers` narrow it down:
/// `test_name=~"$test"`, or empty.
[[nodiscard]] std::string signal_expression(AlertSignal signal, std::string_view matchers, PromWindow window);

struct PromRuleOptions {
  std::chrono::seconds stale_after{3600};  ///< no alert for a Pushgateway group older than that
};

/// When the rule holds: its signal against its threshold, without what is stale.
[[nodiscard]] std::string alert_expression(const AlertRule& rule, const PromRuleOptions& options);

struct AlertTexts {
  std::string summary;
  std::string description;  ///< a template of Prometheus: {{ $value }}, {{ $labels.test_name }}
};
[[nodiscard]] AlertTexts texts_of(const AlertRule& rule);

inline constexpr std::string_view kRuleGroup = "load_test_alerts";

/// A rule file with the group kRuleGroup: one alert for each enabled rule.
[[nodiscard]] std::string encode_rule_file(std::span<const AlertRule> rules, const PromRuleOptions& options);

/// A file for `promtool test rules` that expects `rule_file` beside it: each alert fires on a finished run and on one
/// that goes on, none fires on a healthy run.
[[nodiscard]] std::string encode_rule_tests(std::span<const AlertRule> rules, std::string_view rule_file);

}  // namespace omniwriter
