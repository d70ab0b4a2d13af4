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

// What the expressions do is shown by promtool and by a Prometheus, in tests/e2e.
TEST(PromRules, EachAlertHasATestThatFires) {
  const YAML::Node file = YAML::Load(encode_rule_tests(default_alert_rules(), "rules.yml"));
  EXPECT_EQ(file["rule_files"][0].Scalar(), "rules.yml");
  std::map<std::string, int> fires;
  for (const auto& test : file["tests"]) {
    for (const auto& expected : test["alert_rule_test"]) {
      fires[expected["alertname"].Scalar()] += static_cast<int>(expected["exp_alerts"].size());
    }
  }
  EXPECT_EQ(fires, (std::map<std::string, int>{
                       {"HighErrorRate", 2}, {"HighResponseTime", 2}, {"LowThroughput", 1}, {"HighCpuUsage", 1}}));
}

}  // namespace
}  // namespace omniwriter
