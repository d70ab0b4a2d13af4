#include "judge/run_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace omniwriter {
namespace {

RunDigest run_of(double milliseconds, std::uint64_t errors = 0) {
  RunDigest run;
  run.started_ns = 0;
  run.ended_ns = 10'000'000'000;
  run.all.batches[3].response_time.add(static_cast<std::int64_t>(milliseconds * 1e6), 100);
  run.all.batches[7].errors = errors;
  return run;
}

const HistoryMetric& metric(const RunHistory& history, std::string_view name) {
  return *std::ranges::find(history.metrics, name, &HistoryMetric::name);
}

TEST(RunHistory, FindsWhereTheLevelChangedAndHowMuchRunsDiffer) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(0, 0.02);
  std::vector<RunDigest> runs;
  for (int i = 0; i < 40; ++i) runs.push_back(run_of((i < 25 ? 100 : 130) * std::exp(noise(random)), 3));
  const RunHistory history = history_of(runs);
  const HistoryMetric& p95 = metric(history, "p95");
  ASSERT_EQ(p95.values.size(), 40U);
  EXPECT_NEAR(*p95.values[0], 0.1, 0.01);
  ASSERT_EQ(p95.changes.size(), 1U);
  EXPECT_EQ(p95.changes[0].first, 25U);
  EXPECT_NEAR(p95.changes[0].after / p95.changes[0].before, 1.3, 0.05);
  EXPECT_NEAR(p95.noise.value(), 0.02, 0.01);
  EXPECT_EQ(std::ranges::count(p95.outlying, true), 0);
  EXPECT_EQ(metric(history, "throughput").values[0], 10.0);
  EXPECT_TRUE(metric(history, "throughput").changes.empty());
  EXPECT_EQ(metric(history, "error_ratio").values[0], 0.03);
}

TEST(RunHistory, ALoneRunIsOutlyingAndNoChange) {
  std::vector<RunDigest> runs;
  for (int i = 0; i < 20; ++i) runs.push_back(run_of(i == 9 ? 200 : 100 + i % 3));
  const RunHistory history = history_of(runs);
  const HistoryMetric& mean = metric(history, "mean");
  EXPECT_TRUE(mean.changes.empty());
  EXPECT_TRUE(mean.outlying[9]);
  EXPECT_EQ(std::ranges::count(mean.outlying, true), 1);
}

TEST(RunHistory, WhatIsNotKnownIsLeftOut) {
  EXPECT_TRUE(history_of({}).metrics.front().values.empty());
  std::vector<RunDigest> runs{run_of(100), run_of(101), RunDigest{}};
  runs[1].has_samples = false;
  const RunHistory history = history_of(runs);
  EXPECT_TRUE(metric(history, "p50").values[0]);
  EXPECT_FALSE(metric(history, "p50").values[1]);
  EXPECT_FALSE(metric(history, "error_ratio").values[2]);
  EXPECT_FALSE(metric(history, "throughput").values[2]);
  EXPECT_FALSE(metric(history, "p50").noise) << "too few runs";
}

}  // namespace
}  // namespace omniwriter
