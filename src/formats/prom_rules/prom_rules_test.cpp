#include "formats/prom_rules/prom_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

namespace omniwriter {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PromRules, TheFileHoldsTheFourAlerts) {
  const YAML::Node file = YAML::Load(encode_rule_file(default_alert_rules(), {}));
  ASSERT_EQ(file["groups"].size(), 1U);
  const YAML::Node group = file["groups"][0];
  EXPECT_EQ(group["name"].Scalar(), "load_test_alerts");
  ASSERT_EQ(group["rules"].size(), 4U);
  const YAML::Node rule = group["rules"][0];
  EXPECT_EQ(rule["alert"].Scalar(), "HighErrorRate");
  EXPECT_EQ(rule["for"].Scalar(), "2m");
  EXPECT_EQ(rule["labels"]["severity"].Scalar(), "warning");
  EXPECT_EQ(rule["annotations"]["summary"].Scalar(), "High error rate detected");
  EXPECT_THAT(rule["expr"].Scalar(), HasSubstr("> 0.05"));
  EXPECT_THAT(group["rules"][2]["expr"].Scalar(), HasSubstr("< 10"));
  EXPECT_EQ(group["rules"][2]["labels"]["severity"].Scalar(), "info");
}

TEST(PromRules, DisabledRulesAreLeftOut) {
  auto rules = default_alert_rules();
  for (auto& rule : rules) rule.enabled = false;
  EXPECT_EQ(YAML::Load(encode_rule_file(rules, {}))["groups"][0]["rules"].size(), 0U);
  rules[3].enabled = true;
  EXPECT_EQ(YAML::Load(encode_rule_file(rules, {}))["groups"][0]["rules"].size(), 1U);
}

TEST(PromRules, BothSidesOfTheErrorRatioHaveTheSameLabels) {
  const std::string expression = signal_expression(AlertSignal::error_ratio, R"(test_name=~"$test")", {"5m", "15s"});
  EXPECT_THAT(expression, HasSubstr(R"(sum by (test_name, testid) (load_test_errors_total{test_name=~"$test"}))"));
  EXPECT_THAT(expression, HasSubstr(R"(sum by (test_name, testid) (load_test_requests_total{test_name=~"$test"}))"));
  EXPECT_THAT(expression, Not(HasSubstr("rate(load_test_errors_total[")));
}

TEST(PromRules, AlertsLeadToTheDashboard) {
  const PromRuleOptions options{.dashboard = "http://grafana/d/omniwriter-main?var-datasource=a"};
  const YAML::Node rule = YAML::Load(encode_rule_file(default_alert_rules(), options))["groups"][0]["rules"][0];
  EXPECT_EQ(rule["annotations"]["dashboard"].Scalar(),
            "http://grafana/d/omniwriter-main?var-datasource=a&var-test={{ $labels.test_name | urlquery }}"
            "&var-run={{ $labels.testid | urlquery }}&from=now-1h&to=now");
  EXPECT_FALSE(
      YAML::Load(encode_rule_file(default_alert_rules(), {}))["groups"][0]["rules"][0]["annotations"]["dashboard"]);
}

TEST(PromRules, DescriptionsAreInTheLanguageOfTheUser) {
  const auto description = [](Language language) {
    return YAML::Load(encode_rule_file(default_alert_rules(),
                                       {.language = language}))["groups"][0]["rules"][0]["annotations"]["description"]
        .Scalar();
  };
  EXPECT_EQ(description(Language::en), "Error rate of {{ $labels.test_name }} is {{ $value | humanizePercentage }}");
  EXPECT_EQ(description(Language::pt_br),
            "A taxa de erro de {{ $labels.test_name }} é {{ $value | humanizePercentage }}");
}

// What the expressions do is shown by promtool and by a Prometheus, in tests/e2e.
TEST(PromRules, EachAlertHasTestsThatFire) {
  const YAML::Node file = YAML::Load(encode_rule_tests(default_alert_rules(), {}, "rules.yml"));
  EXPECT_EQ(file["rule_files"][0].Scalar(), "rules.yml");
  std::map<std::string, int> fires;
  for (const auto& test : file["tests"]) {
    for (const auto& expected : test["alert_rule_test"]) {
      fires[expected["alertname"].Scalar()] += static_cast<int>(expected["exp_alerts"].size());
    }
  }
  EXPECT_EQ(fires, (std::map<std::string, int>{
                       {"HighErrorRate", 3}, {"HighResponseTime", 3}, {"LowThroughput", 3}, {"HighCpuUsage", 3}}));
}

}  // namespace
}  // namespace omniwriter
