#include "model/alert_texts.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

TEST(AlertTexts, HaveTheUnitsThatPeopleRead) {
  const auto rules = default_alert_rules();
  EXPECT_EQ(threshold_text(rules[0]), "> 5 %");
  EXPECT_EQ(threshold_text(rules[1]), "> 1 s");
  EXPECT_EQ(threshold_text(rules[2]), "< 10 req/s");
  EXPECT_EQ(threshold_text(rules[3]), "> 90 %");
  EXPECT_EQ(value_text(AlertSignal::error_ratio, 0.0123456), "1.235 %");
  EXPECT_EQ(value_text(AlertSignal::response_time_p95, 0.25), "0.25 s");
}

}  // namespace
}  // namespace omniwriter
