#include "reports/phases.h"

#include <gtest/gtest.h>

#include <map>

#include "model/aggregator.h"
#include "reports/run_summary.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

/// The phases in ms of some requests each.
using Requests = std::vector<std::map<SampleKind, std::int64_t>>;

omniwriter::Run run_of(const Requests& requests) {
  SampleBatch batch;
  for (const auto& phases : requests) {
    batch.samples.push_back({.endpoint = batch.endpoint("GET /"), .outcome = batch.outcome("200", "")});
    SampleDetail& detail = batch.detail_of_last();
    for (const auto& [phase, ms] : phases) detail.phase(phase) = ms * kNsPerMs;
  }
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  return aggregator.finish();
}

std::optional<TimeGoesTo> where(const Requests& requests) { return RunSummary(run_of(requests)).phases.time_goes_to(); }

using enum SampleKind;

TEST(Phases, SharesAreOfTheSumOfAllPhases) {
  const auto run = run_of({{{connect, 30}, {waiting, 100}, {receiving, 20}}, {{waiting, 200}, {receiving, 50}}});
  const RunSummary summary(run);
  ASSERT_EQ(summary.phases.known.size(), 3U);
  EXPECT_EQ(summary.phases.known.front().phase, connect);
  EXPECT_DOUBLE_EQ(summary.phases.share(connect), 30.0 / 400);
  EXPECT_DOUBLE_EQ(summary.phases.share(waiting), 300.0 / 400);
  EXPECT_DOUBLE_EQ(summary.phases.share(receiving), 70.0 / 400);
  EXPECT_EQ(summary.phases.share(tls), 0);
  EXPECT_EQ(summary.phases.find(tls), nullptr);
  EXPECT_EQ(summary.phases.find(connect)->samples(), 1U) << "the other one did not tell";
  EXPECT_DOUBLE_EQ(summary.endpoints[0].phases.share(waiting), 300.0 / 400);
}

TEST(Phases, WhatK6HasInBlockedCountsOnce) {
  auto run = run_of({{{blocked, 60}, {connect, 30}, {tls, 20}, {waiting, 40}}});
  EXPECT_DOUBLE_EQ(RunSummary(run).phases.share(blocked), 60.0 / 150);
  run.info.tool = "k6";
  const RunSummary summary(run);
  EXPECT_DOUBLE_EQ(summary.phases.share(blocked), 10.0 / 100);
  EXPECT_DOUBLE_EQ(summary.phases.share(connect), 30.0 / 100);
  EXPECT_DOUBLE_EQ(summary.endpoints[0].phases.share(waiting), 40.0 / 100);
  EXPECT_DOUBLE_EQ(summary.phases.find(blocked)->mean().value_or(0), 0.06) << "as k6 tells it";
}

TEST(Phases, EndpointsHaveTheirOwn) {
  const auto run = testing::measured_run();
  const RunSummary summary(run);
  double seconds = 0;
  for (const EndpointSummary& endpoint : summary.endpoints) {
    ASSERT_EQ(endpoint.phases.known.size(), 6U);
    seconds += endpoint.phases.find(waiting)->response_time.sum_seconds();
    // The same by hand: these have 30 or 400 ms and a little more, and 2 ms.
    if (endpoint.endpoint == "GET /products") {
      EXPECT_NEAR(endpoint.phases.share(receiving), 12.0 / (80 + 3 + 12 + 0.1 + 0.01), 0.001);
    }
  }
  EXPECT_DOUBLE_EQ(summary.phases.find(waiting)->response_time.sum_seconds(), seconds);
}

TEST(Phases, NetworkOrServer) {
  EXPECT_EQ(where({{{connect, 10}, {waiting, 80}, {receiving, 10}}}), TimeGoesTo::server);
  EXPECT_EQ(where({{{waiting, 20}, {sending, 5}, {receiving, 20}}}), TimeGoesTo::transfer);
  EXPECT_EQ(where({{{connect, 20}, {waiting, 42}, {receiving, 38}}}), TimeGoesTo::network_and_server);
  // 30 % is not too much yet.
  EXPECT_EQ(where({{{connect, 30}, {waiting, 70}}}), TimeGoesTo::server);
  EXPECT_EQ(where({{{connect, 31}, {waiting, 69}}}), TimeGoesTo::new_connections);
}

TEST(Phases, WhyItTakesLongBeforeSending) {
  // Two of three open a connection, or one.
  EXPECT_EQ(where({{{connect, 40}, {waiting, 40}}, {{connect, 40}, {waiting, 40}}, {{connect, 0}, {waiting, 40}}}),
            TimeGoesTo::new_connections);
  EXPECT_EQ(where({{{connect, 90}, {waiting, 40}}, {{connect, 0}, {waiting, 40}}, {{connect, 0}, {waiting, 40}}}),
            TimeGoesTo::connecting);
  EXPECT_EQ(where({{{dns, 40}, {connect, 20}, {tls, 10}, {waiting, 50}}}), TimeGoesTo::dns);
  EXPECT_EQ(where({{{blocked, 40}, {connect, 20}, {tls, 10}, {waiting, 50}}}), TimeGoesTo::free_connection);
}

TEST(Phases, AWaitThatIsARoundTripIsNotTheServers) {
  // Half of the wait is the way, as opening the connection tells.
  const Requests far{{{connect, 60}, {tls, 0}, {waiting, 120}}, {{connect, 0}, {tls, 0}, {waiting, 120}}};
  EXPECT_EQ(where(far), TimeGoesTo::distance);
  const auto run = run_of(far);
  const RunSummary summary(run);
  EXPECT_DOUBLE_EQ(summary.phases.opened_connections().value_or(0), 0.5);
  EXPECT_NEAR(summary.phases.round_trip().value_or(0), 0.060, 0.060 * 0.0028);
  EXPECT_EQ(where({{{connect, 59}, {tls, 0}, {waiting, 120}}, {{connect, 0}, {tls, 0}, {waiting, 120}}}),
            TimeGoesTo::server);
  // Where TLS is not told apart it may be a part of connecting.
  EXPECT_EQ(where({{{connect, 60}, {waiting, 120}}, {{connect, 0}, {waiting, 120}}}), TimeGoesTo::server);
  // Nearby.
  EXPECT_EQ(where({{{connect, 4}, {tls, 0}, {waiting, 6}}, {{connect, 0}, {tls, 0}, {waiting, 6}}}),
            TimeGoesTo::server);
}

TEST(Phases, NoVerdictWhereTooLittleIsKnown) {
  EXPECT_EQ(where({{{waiting, 80}}}), std::nullopt);
  EXPECT_EQ(where({{{waiting, 0}, {receiving, 0}}}), std::nullopt);
  EXPECT_EQ(where({{}}), std::nullopt);
  EXPECT_TRUE(RunSummary(testing::shop_run()).phases.known.empty());
}

}  // namespace
}  // namespace omniwriter
