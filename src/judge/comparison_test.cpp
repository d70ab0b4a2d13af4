#include "judge/comparison.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/simulated_runs.h"

namespace omniwriter {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Scatter;
using testing::SimulatedTest;
using enum ComparisonVerdict;

// Simulating takes long; all tests draw from these.
SimulatedTest& simulated() {
  static SimulatedTest test(1, 12, 150);
  return test;
}

std::vector<RunDigest> draw(std::size_t runs, const Scatter& scatter, const SimulatedTest::Slowdown& slowdown) {
  return simulated().draw(runs, scatter, slowdown);
}

const ComparedMetric& metric_of(const Comparison& comparison, std::size_t endpoint, std::string_view name) {
  const auto& metrics = comparison.endpoints.at(endpoint).metrics;
  const auto found = std::ranges::find(metrics, name, &ComparedMetric::metric);
  EXPECT_NE(found, metrics.end());
  return *found;
}

// `seconds` long, with endpoints of an evenly drifting level that is `times` as slow.
RunDigest plain_run(double times, double seconds = 600, std::vector<std::string> names = {"a", "b", "c", "d", "e"},
                    double error_ratio = 0) {
  RunDigest run;
  run.info.run_id = "run";
  run.ended_ns = static_cast<std::int64_t>(seconds * 1e9);
  for (const std::string& name : names) {
    EndpointDigest endpoint{.endpoint = name, .batches = {}, .reported = nullptr};
    for (std::size_t at = 0; at < kBatches; ++at) {
      for (int i = 0; i < 600; ++i) {
        const double curve = 1 + 0.5 * std::sin(i * 0.7) + 0.003 * static_cast<double>(at % 3);
        endpoint.batches[at].response_time.add(std::llround(0.1 * curve * times * 1e9));
      }
      endpoint.batches[at].errors = static_cast<std::uint64_t>(600 * error_ratio);
      run.all.batches[at].response_time.merge(endpoint.batches[at].response_time);
      run.all.batches[at].errors += endpoint.batches[at].errors;
    }
    run.endpoints.push_back(std::move(endpoint));
  }
  return run;
}

TEST(Comparison, OfARunWithItselfIsNoChange) {
  const Comparison comparison = compare({plain_run(1)}, {plain_run(1)});
  EXPECT_EQ(comparison.verdict, no_change);
  EXPECT_FALSE(comparison.noise_measured);
  EXPECT_NEAR(comparison.noise, 0.02, 0.002);
  EXPECT_EQ(comparison.overall.change, 0);
  EXPECT_GT(comparison.minimum_detectable_change, 0.08);
  EXPECT_THAT(comparison.reasons, Contains(HasSubstr("is assumed (2.0%), not measured")));
  EXPECT_EQ(comparison.more_runs, 0);
}

TEST(Comparison, TellsWhatChangedAndHowSureThatIs) {
  const Comparison comparison = compare({plain_run(1)}, {plain_run(1.25)});
  EXPECT_EQ(comparison.verdict, worse);
  EXPECT_FALSE(comparison.within_margin);
  EXPECT_NEAR(comparison.overall.change, 0.25, 0.005);
  EXPECT_GT(comparison.overall.interval.low, 0);
  EXPECT_GT(comparison.overall.interval.high, 0.25);
  EXPECT_THAT(comparison.reasons.front(), HasSubstr("all endpoints: p50 changed by +25%"));
  const ComparedMetric& mean = metric_of(comparison, 0, "mean");
  EXPECT_NEAR(mean.candidate / mean.base - 1, mean.change, 1e-9);
  EXPECT_EQ(compare({plain_run(1.25)}, {plain_run(1)}).verdict, better);
}

// From one pair nobody can tell a few percent from noise; with more runs one can.
TEST(Comparison, SaysHowManyRunsWouldTell) {
  const Comparison comparison = compare({plain_run(1)}, {plain_run(1.08)});
  EXPECT_EQ(comparison.verdict, inconclusive);
  EXPECT_GT(comparison.more_runs, 0);
  EXPECT_THAT(comparison.reasons, Contains(HasSubstr(fmt::format("{} more runs", comparison.more_runs))));
}

TEST(Comparison, PassesAChangeWithinTheMargin) {
  const std::vector<RunDigest> base{plain_run(1), plain_run(1.003), plain_run(0.998), plain_run(1.001),
                                    plain_run(0.999)};
  const std::vector<RunDigest> slower{plain_run(1.05), plain_run(1.053), plain_run(1.048), plain_run(1.051),
                                      plain_run(1.049)};
  const Comparison comparison = compare(base, slower);
  EXPECT_EQ(comparison.verdict, worse);
  EXPECT_TRUE(comparison.within_margin);
  EXPECT_TRUE(comparison.noise_measured);
  ComparisonSettings narrow;
  narrow.margin = 0.02;
  EXPECT_FALSE(compare(base, slower, narrow).within_margin);
}

TEST(Comparison, AssumesMoreNoiseOfShortRuns) {
  EXPECT_EQ(compare({plain_run(1, 60)}, {plain_run(1.25, 60)}).verdict, inconclusive);
  EXPECT_EQ(compare({plain_run(1, 60)}, {plain_run(2, 60)}).verdict, worse);
  EXPECT_THAT(compare({plain_run(1, 60)}, {plain_run(1.25, 60)}).reasons,
              Contains(HasSubstr("a run of 60 s is short")));
}

TEST(Comparison, HoldsEachEndpointAgainstTheOthers) {
  simulated().shuffle();
  const Scatter scatter{.common = 0.02, .endpoint = 0.0025};
  const auto base = draw(6, scatter, SimulatedTest::none());
  const Comparison comparison = compare(base, draw(5, scatter, SimulatedTest::of_one(1.2)));
  EXPECT_EQ(comparison.verdict, worse);
  EXPECT_EQ(metric_of(comparison, 5, "mean").verdict, worse);
  for (const std::size_t other : {0U, 1U, 2U, 3U, 4U, 6U, 7U})
    EXPECT_NE(metric_of(comparison, other, "mean").verdict, worse) << other;
}

// Of what all endpoints share, one that does not is no improvement.
TEST(Comparison, TakesNoEndpointForBetterWhereTheOthersBecameWorse) {
  RunDigest slower = plain_run(1.5);
  slower.endpoints[2] = plain_run(1).endpoints[2];
  const Comparison comparison = compare({plain_run(1)}, {slower});
  EXPECT_EQ(comparison.verdict, worse);
  for (const std::string_view metric : {"p50", "p95", "mean"})
    EXPECT_NE(metric_of(comparison, 2, metric).verdict, better);
  EXPECT_EQ(metric_of(comparison, 1, "mean").verdict, worse);
}

TEST(Comparison, SeesErrors) {
  const Comparison comparison = compare({plain_run(1, 600, {"a", "b"}, 0.005)}, {plain_run(1, 600, {"a", "b"}, 0.05)});
  EXPECT_EQ(comparison.verdict, worse);
  const ComparedMetric& errors = metric_of(comparison, 0, "error_ratio");
  EXPECT_EQ(errors.verdict, worse);
  EXPECT_NEAR(errors.change, 0.045, 1e-9);
  EXPECT_GT(errors.interval.low, 0.02);
  EXPECT_THAT(comparison.reasons, Contains(HasSubstr("errors rose from 0.50% to 5.0% of the requests")));
}

TEST(Comparison, MatchesEndpointsByNameAndByMapping) {
  const RunDigest base = plain_run(1, 600, {"GET /", "old"});
  const RunDigest candidate = plain_run(1, 600, {"GET /", "new"});
  const Comparison by_name = compare({base}, {candidate});
  ASSERT_EQ(by_name.endpoints.size(), 1);
  EXPECT_THAT(by_name.only_in_base, ElementsAre("old"));
  EXPECT_THAT(by_name.only_in_candidate, ElementsAre("new"));
  ComparisonSettings settings;
  settings.same_endpoints = {{"new", "old"}};
  const Comparison mapped = compare({base}, {candidate}, settings);
  EXPECT_EQ(mapped.endpoints.size(), 2);
  EXPECT_TRUE(mapped.only_in_base.empty());

  const Comparison nothing = compare({plain_run(1, 600, {"x"})}, {plain_run(2, 600, {"y"})});
  EXPECT_EQ(nothing.verdict, worse);  // of all requests as one
  EXPECT_TRUE(nothing.endpoints.empty());
}

TEST(Comparison, JudgesTimesInWholeMillisecondsByTheMean) {
  const auto whole = [](double ms) {
    RunDigest run = plain_run(1, 600, {"a"});
    for (BatchDigest& batch : run.endpoints[0].batches) {
      batch.response_time = {};
      for (int i = 0; i < 500; ++i) batch.response_time.add(std::llround(ms + 2 * std::sin(i)) * 1'000'000);
    }
    return run;
  };
  const Comparison comparison = compare({whole(5.0)}, {whole(5.02)});
  ASSERT_EQ(comparison.endpoints.size(), 1);
  EXPECT_EQ(comparison.endpoints[0].metrics.size(), 2);  // the mean and errors
  EXPECT_THAT(comparison.reasons, Contains(HasSubstr("a: its times come in steps of")));
}

TEST(Comparison, ComparesThroughputWhereUsersWait) {
  RunDigest base = plain_run(1);
  RunDigest candidate = plain_run(1);
  candidate.ended_ns *= 2;  // half as many a second
  const Comparison open = compare({base}, {candidate});
  EXPECT_NE(open.verdict, worse);
  EXPECT_THAT(open.reasons, Contains(HasSubstr("the load differs: 25 against 50 requests a second")));
  base.closed_loop = candidate.closed_loop = true;
  const Comparison closed = compare({base}, {candidate});
  EXPECT_EQ(closed.verdict, worse);
}

TEST(Comparison, ComparesWhatToolsToldWithoutSamples) {
  const auto told = [](double p95) {
    RunDigest run;
    run.has_samples = false;
    run.all.batches[0].response_time.add(std::llround(p95 * 0.5e9), 1000);
    run.all.reported = std::make_shared<ReportedTimes>(ReportedTimes{.quantiles = {{0.95, p95}}, .relative_error = {}});
    return run;
  };
  const Comparison comparison = compare({told(0.1)}, {told(0.15)});
  EXPECT_EQ(comparison.verdict, worse);
  EXPECT_NEAR(comparison.overall.change, 0.5, 0.01);
  EXPECT_THAT(comparison.reasons, Contains(HasSubstr("only the totals of the tool are known")));
  EXPECT_FALSE(std::ranges::any_of(comparison.overall_metrics,
                                   [](const ComparedMetric& metric) { return metric.metric == "p50"; }));
}

TEST(Comparison, FlagsARunFarFromItsHistory) {
  std::vector<RunDigest> base;
  for (const double times : {1.0, 1.003, 0.998, 1.001, 1.4, 0.999}) {
    base.push_back(plain_run(times));
    base.back().info.run_id = fmt::format("run of {}", times);
  }
  EXPECT_THAT(compare(base, {plain_run(1)}).outlying, ElementsAre("run of 1.4"));
}

TEST(Comparison, OfTooLittleIsInconclusive) {
  EXPECT_EQ(compare({}, {plain_run(1)}).verdict, inconclusive);
  EXPECT_EQ(compare({RunDigest{}}, {RunDigest{}}).verdict, inconclusive);
  EXPECT_FALSE(compare({RunDigest{}}, {RunDigest{}}).reasons.empty());
  ComparisonSettings settings;
  settings.quantiles = {0.5, 0.999};
  EXPECT_TRUE(std::ranges::none_of(compare({plain_run(1)}, {plain_run(1)}, settings).overall_metrics,
                                   [](const ComparedMetric& metric) { return metric.metric == "p99_9"; }));
}

// The table of docs/judge.md in small; `make bench-judge` measures it.
TEST(Comparison, RaisesNoFalseAlarmAndFindsWhatIsSlower) {
  const Scatter scatter{.common = 0.005, .endpoint = 0.0025};
  int alarms = 0;
  int found = 0;
  for (int i = 0; i < 3; ++i) {
    simulated().shuffle();
    const auto base = draw(5, scatter, SimulatedTest::none());
    const Comparison equal = compare(base, draw(3, scatter, SimulatedTest::none()));
    alarms += equal.verdict == worse || equal.verdict == better ? 1 : 0;
    found += compare(base, draw(4, scatter, SimulatedTest::of_one(1.3))).verdict == worse ? 1 : 0;
  }
  EXPECT_EQ(alarms, 0);
  EXPECT_EQ(found, 3);
}

}  // namespace
}  // namespace omniwriter
