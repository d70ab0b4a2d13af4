#include "reports/measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "support/report_runs.h"

namespace omniwriter {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const MetricSummary& the(std::string_view name, const std::vector<MetricSummary>& metrics) {
  return *std::ranges::find_if(metrics, [&](const MetricSummary& metric) { return metric.name == name; });
}

// 600 requests, 120 of them checkouts, of which 12 fail: six by timeout, six with 503.

TEST(Measures, ChecksWithFailuresComeFirst) {
  const auto run = testing::measured_run();
  const auto checks = checks_of(run);
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0].name, "status is 200");
  EXPECT_EQ(checks[0].passed, 588U);
  EXPECT_EQ(checks[0].failed, 12U);
  EXPECT_DOUBLE_EQ(checks[0].rate(), 0.98);
  EXPECT_EQ(checks[1].name, "order has a number");
  EXPECT_EQ(checks[1].passed, 114U);
  EXPECT_EQ(checks[1].failed, 6U);
}

TEST(Measures, MetricsHaveTheirOwnUnits) {
  const auto run = testing::measured_run();
  const auto metrics = metrics_of(run);
  std::vector<std::string> names;
  for (const MetricSummary& metric : metrics) names.push_back(metric.name);
  EXPECT_THAT(names, ElementsAre("cache_hits", "dropped_iterations", "items_in_cart", "iterations", "orders",
                                 "payment_time", "queue_length"));
  EXPECT_DOUBLE_EQ(the("cache_hits", metrics).rate(), 0.75);
  EXPECT_DOUBLE_EQ(the("orders", metrics).sum(), 120);
  EXPECT_EQ(count_of(run, kDroppedIterations), 30U);
  EXPECT_EQ(count_of(run, kIterations), 600U);
  EXPECT_EQ(count_of(run, "queue_length"), 0U) << "no counter";

  const auto text = [&](std::string_view name) { return value_text(the(name, metrics), 60, Language::pt_br); };
  EXPECT_EQ(text("orders"), "120 (2,00/s)");
  EXPECT_EQ(text("queue_length"), "18,5 (0 – 35)");
  EXPECT_EQ(text("cache_hits"), "75,0%");
  // Checkouts are the 9th and the 10th of ten requests, so carts hold 4 or 5 items.
  const MetricSummary& items = the("items_in_cart", metrics);
  EXPECT_EQ(value_text(items, items.tally.minimum(), Language::en), "4.00");
  EXPECT_EQ(value_text(items, items.tally.mean(), Language::en), "4.50");
  EXPECT_EQ(value_text(items, items.tally.maximum(), Language::en), "5.00");
  const MetricSummary& payment = the("payment_time", metrics);
  EXPECT_EQ(value_text(payment, payment.tally.minimum(), Language::en), "150 ms");
}

TEST(Measures, ADistributionHasFewBarsAndCountsEveryValue) {
  const auto run = testing::measured_run();
  const auto metrics = metrics_of(run);
  for (const char* name : {"payment_time", "items_in_cart"}) {
    const auto counts = distribution_of(the(name, metrics));
    EXPECT_GE(counts.size(), 2U);
    EXPECT_LE(counts.size(), 24U);
    double all = 0;
    for (const double count : counts) all += count;
    EXPECT_EQ(all, 120) << name;
  }
  Tally alike;
  alike.response_time.add(5, 3);
  const std::string name = "alike";
  EXPECT_THAT(distribution_of({name, SampleKind::number, alike, 0}), IsEmpty());
  Tally wide;
  wide.response_time.add(0);
  wide.response_time.add(1);
  wide.response_time.add(std::int64_t{1'000'000'000'000'000'000});
  const auto counts = distribution_of({name, SampleKind::number, wide, 0});
  EXPECT_LE(counts.size(), 24U);
  EXPECT_EQ(counts.front(), 2);
  EXPECT_EQ(counts.back(), 1);
}

ErrorMessage message(const char* endpoint, const char* text, std::uint64_t count, std::int64_t at) {
  return {endpoint, "timeout", text, count, at, at + 10, text};
}

TEST(Messages, TheSameOfAllEndpointsIsOne) {
  omniwriter::Run run;
  run.error_messages = {message("/a", "refused", 7, 50), message("/b", "EOF", 6, 20), message("/a", "EOF", 5, 10),
                        message("/c", kOtherEndpoint.data(), 4, 0)};
  const auto messages = messages_of(run);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].message, "EOF");
  EXPECT_EQ(messages[0].count, 11U);
  EXPECT_EQ(messages[0].first_ns, 10);
  EXPECT_EQ(messages[0].last_ns, 30);
  EXPECT_EQ(messages[0].endpoint, "/b");
  EXPECT_EQ(messages[0].endpoints, 2U);
  EXPECT_EQ(messages[1].message, "refused");
}

TEST(Messages, TheTopFiveOfEachEndpoint) {
  omniwriter::Run run;
  for (std::uint64_t i = 0; i < 8; ++i) run.error_messages.push_back(message("/a", "one of many", 20 - i, 0));
  run.error_messages.push_back(message("/b", "EOF", 200, 0));
  const auto endpoints = messages_by_endpoint(run);
  ASSERT_EQ(endpoints.size(), 2U);
  EXPECT_EQ(endpoints[0].endpoint, "/b");
  EXPECT_EQ(endpoints[0].others, 0U);
  EXPECT_EQ(endpoints[1].top.size(), 5U);
  EXPECT_EQ(endpoints[1].top.front()->count, 20U);
  EXPECT_EQ(endpoints[1].others, 3U);
  EXPECT_EQ(endpoints[1].count, 20U + 19 + 18 + 17 + 16 + 15 + 14 + 13);
}

}  // namespace
}  // namespace omniwriter
