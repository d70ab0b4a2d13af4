#include "model/alert_rules.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/aggregator.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// `rps` requests a second for `seconds`; every tenth of the seconds from `errors_from` on fails; all take `duration`.
omniwriter::Run steady(int seconds, std::uint32_t rps, std::int64_t duration_ns, int errors_from) {
  Aggregator aggregator;
  SampleBatch batch;
  Aggregator::Feed feed;
  const auto endpoint = batch.endpoint("/a");
  const auto ok = batch.outcome("200", "");
  const auto bad = batch.outcome("500", "http_500");
  for (int s = 0; s < seconds; ++s) {
    const std::uint32_t failed = s >= errors_from ? rps / 10 : 0;
    Sample sample{.start_ns = (1000 + s) * kSecond, .duration_ns = duration_ns, .endpoint = endpoint, .outcome = ok};
    sample.repeat = rps - failed;
    batch.samples.push_back(sample);
    sample.outcome = bad;
    sample.repeat = failed;
    if (failed > 0) batch.samples.push_back(sample);
  }
  aggregator.add(batch, feed);
  return aggregator.finish();
}

std::vector<AlertRule> rules() {
  const auto defaults = default_alert_rules();
  return {defaults.begin(), defaults.end()};
}

std::vector<AlertState> of_rule(const std::vector<AlertState>& states, std::size_t rule) {
  std::vector<AlertState> result;
  for (const AlertState& state : states) {
    if (state.rule == rule) result.push_back(state);
  }
  return result;
}

TEST(AlertStates, AHealthyRunBreachesNothing) {
  const auto states = alert_states(steady(60, 100, kSecond / 10, 60), rules());
  EXPECT_EQ(of_rule(states, 0).size(), 60U);
  for (const AlertState& state : states) EXPECT_FALSE(state.breached) << state.rule << " " << state.value;
}

TEST(AlertStates, ErrorsAreJudgedOverTheWindow) {
  // 10 % errors from second 400 on: 5 % of the last 300 s are reached 150 s later.
  const auto states = of_rule(alert_states(steady(800, 100, kSecond / 10, 400), rules(), {}, 800), 0);
  ASSERT_EQ(states.size(), 800U);
  EXPECT_FALSE(states[548].breached);
  EXPECT_TRUE(states[551].breached);
  EXPECT_NEAR(states.back().value, 0.1, 1e-12);
}

// Endpoints may be coarse: what is judged are all requests, over the same time.
TEST(AlertStates, TheWindowIsAsLongWhereSlotsOfEndpointsAreWide) {
  auto run = steady(800, 100, kSecond / 10, 400);
  const auto narrow = of_rule(alert_states(run, rules(), {}, 800), 0);
  run.interval_seconds = 256;
  const auto wide = of_rule(alert_states(run, rules()), 0);
  ASSERT_EQ(wide.size(), 5U);  // seconds 1000 to 1799 begin in the fourth slot, and end in the eighth
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(wide[i].value, narrow[(i + 4) * 256 - 1001].value, 1e-12) << i;
  EXPECT_NEAR(wide.back().value, 0.1, 1e-12);
}

TEST(AlertStates, SlowAndFewRequests) {
  const auto states = alert_states(steady(30, 5, 2 * kSecond, 30), rules());
  EXPECT_TRUE(of_rule(states, 1).back().breached);
  EXPECT_TRUE(of_rule(states, 2).back().breached);
  EXPECT_NEAR(of_rule(states, 1).back().value, 2, 2 * 0.00272);
  EXPECT_NEAR(of_rule(states, 2).back().value, 5, 0.2);
}

TEST(AlertStates, CpuIsJudgedWhereItIsKnown) {
  auto run = steady(10, 100, kSecond / 10, 10);
  EXPECT_TRUE(of_rule(alert_states(run, rules()), 3).empty());
  run.vitals[1005].cpu_percent = 95;
  const auto states = of_rule(alert_states(run, rules()), 3);
  ASSERT_EQ(states.size(), 5U) << "from then on";
  EXPECT_TRUE(states.front().breached);
}

TEST(AlertStates, AtMostSoManyMomentsAndTheLastIsAmongThem) {
  const auto run = steady(1000, 20, kSecond / 10, 999);
  const auto states = of_rule(alert_states(run, rules(), {}, 7), 0);
  EXPECT_LE(states.size(), 7U);
  EXPECT_EQ(states.back().time_ns, 1999 * kSecond);
}

TEST(AlertStates, FireOnceTheConditionHasHeldLongEnough) {
  // p95 above a second in the whole run, for 120 s.
  const auto states = of_rule(alert_states(steady(125, 20, 2 * kSecond, 125), rules()), 1);
  ASSERT_EQ(states.size(), 125U);
  EXPECT_EQ(states[0].phase, AlertPhase::pending);
  EXPECT_EQ(states[118].phase, AlertPhase::pending);
  EXPECT_EQ(states[119].phase, AlertPhase::firing) << "120 s have gone by";
  EXPECT_EQ(of_rule(alert_states(steady(125, 20, kSecond / 10, 125), rules()), 1).back().phase, AlertPhase::ok);
  EXPECT_EQ(name_of(AlertPhase::firing), "firing");
}

TEST(AlertStates, ARunThatGoesOnHasTheMomentsOfTheEnd) {
  const auto whole = of_rule(alert_states(steady(1000, 20, kSecond / 10, 500), rules()), 0);
  const auto half = of_rule(alert_states(steady(600, 20, kSecond / 10, 500), rules()), 0);
  std::size_t same = 0;
  for (const AlertState& state : whole) {
    if (state.slot >= 1599) continue;
    const auto found = std::ranges::find(half, state.slot, &AlertState::slot);
    ASSERT_NE(found, half.end()) << state.slot;
    EXPECT_EQ(found->value, state.value);
    ++same;
  }
  EXPECT_GT(same, 50U);
}

TEST(AlertStates, DisabledRulesAndEmptyRunsHaveNone) {
  auto some = rules();
  some[0].enabled = false;
  EXPECT_TRUE(of_rule(alert_states(steady(5, 20, kSecond / 10, 5), some), 0).empty());
  EXPECT_TRUE(alert_states(omniwriter::Run{}, rules()).empty());
}

}  // namespace
}  // namespace omniwriter
