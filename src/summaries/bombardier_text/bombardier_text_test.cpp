#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(BombardierText, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("bombardier-text", "latencies.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 2000U);
  EXPECT_EQ(run.errors(total), 36U + 142U);
  EXPECT_EQ(run.by_status(total), (decltype(run.by_status(total)){{"2xx", 1822}, {"5xx", 142}, {"4xx", 36}}));
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.04465);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.05619);
  EXPECT_FALSE(total.minimum());
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.04809);
  EXPECT_DOUBLE_EQ(run.throughput_rps(2000), 223.04);
  EXPECT_EQ(run.active_users_max(), 10U);
  EXPECT_EQ(run.series.front().endpoint, "/flaky");
}

TEST(BombardierText, WithoutPercentiles) {
  const Tally total = test::run_of_seed("bombardier-text", "plain.txt").total();
  EXPECT_EQ(total.samples(), 1500U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.04594);
  EXPECT_FALSE(total.quantile(0.95));
}

TEST(BombardierText, WhatGotNoAnswer) {
  const auto run = test::run_of_seed("bombardier-text", "timeouts.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 40U);
  EXPECT_EQ(run.by_error_type(total), (decltype(run.by_error_type(total)){{"timeout", 11}}));
  EXPECT_DOUBLE_EQ(run.duration_seconds(), 2);
}

}  // namespace
}  // namespace omniwriter
