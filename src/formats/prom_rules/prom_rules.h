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

/// The value of a signal for each run, as {test_name, testid}, over its recent past. Nothing where nothing happens.
/// `matchers` narrow it down: `test_name=~"$test"`, or empty.
[[nodiscard]] std::string signal_expression(AlertSignal signal, std::string_view matchers, PromWindow window);

struct PromRuleOptions {
  std::chrono::seconds stale_after{3600};  ///< no alert for a Pushgateway group older than that
  std::string dashboard = {};              ///< link to the dashboard that alerts name; empty: none
  Language language = Language::pt_br;     ///< of descriptions
};

/// What a rule holds against its threshold: of a run that goes on its signal over kAlertWindow; of one that was told of
/// at once, when it was over, that of the whole, and only for a few minutes after that. So a run that was watched while
/// it went on raises no alert again after its end.
[[nodiscard]] std::string watched_expression(const AlertRule& rule, std::string_view matchers,
                                             const PromRuleOptions& options);
/// When the rule holds.
[[nodiscard]] std::string alert_expression(const AlertRule& rule, const PromRuleOptions& options);

/// "High error rate detected".
[[nodiscard]] std::string_view summary_of(const AlertRule& rule);
/// "Error rate of shop is 7.5%". Name and value are texts, or templates that give some.
[[nodiscard]] std::string description_of(const AlertRule& rule, Language language, std::string_view name,
                                         std::string_view value);
/// The template, as Prometheus and Grafana have them, that prints `value`, such as "$value", as one of the signal.
[[nodiscard]] std::string value_template(const AlertRule& rule, std::string_view value);
/// The template that makes of a link to the dashboard one that shows the run of the alert.
[[nodiscard]] std::string run_link_template(std::string_view dashboard);

inline constexpr std::string_view kRuleGroup = "load_test_alerts";

/// A rule file with the group kRuleGroup: one alert for each enabled rule.
[[nodiscard]] std::string encode_rule_file(std::span<const AlertRule> rules, const PromRuleOptions& options);

/// A file for `promtool test rules` that expects `rule_file` beside it: each alert fires on a run that goes on, is over
/// when the run is, and does not come again; it fires once on a run that was pushed when it was over; none fires on a
/// healthy run, nor on a push of long ago.
[[nodiscard]] std::string encode_rule_tests(std::span<const AlertRule> rules, const PromRuleOptions& options,
                                            std::string_view rule_file);

}  // namespace omniwriter
