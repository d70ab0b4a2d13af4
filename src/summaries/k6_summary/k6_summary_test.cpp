#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(K6Summary, ThreeShapesOneMeaning) {
  struct Expected {
    const char* file;
    std::uint64_t samples;
    std::uint64_t errors;
    double p95;
    double duration;
    std::uint64_t received;
  };
  for (const Expected& expected :
       {Expected{"summary-export.json", 2872, 68, 0.0511935395999999, 15.133, 376338},
        Expected{"handleSummary.json", 1129, 28, 0.06565210279999974, 6.321638314, 148609},
        Expected{"machine-summary.json", 1148, 22, 0.046485240999999796, 6.181010273, 150585}}) {
    SCOPED_TRACE(expected.file);
    const auto run = test::run_of_seed("k6-summary", expected.file);
    const Tally total = run.total();
    EXPECT_EQ(total.samples(), expected.samples);
    EXPECT_EQ(run.errors(total), expected.errors);
    EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), expected.p95);
    EXPECT_NEAR(run.duration_seconds(), expected.duration, 0.001);
    EXPECT_EQ(total.bytes_received, expected.received);
  }
  EXPECT_EQ(test::run_of_seed("k6-summary", "machine-summary.json").ended_ns / 1'000'000'000, 1'795'447'866);
}

TEST(K6Summary, SubMetricsThatTellTheirCountsAreEndpoints) {
  const auto run = test::run_of_seed("k6-summary", "endpoints.json");
  ASSERT_EQ(run.series.size(), 3U);
  EXPECT_EQ(run.total().samples(), 208U);
  for (const Series& series : run.series) {
    if (series.endpoint == "(rest)") {  // also what has a sub-metric of its times alone
      EXPECT_EQ(series.total.samples(), 104U);
      continue;
    }
    const bool slow = series.endpoint == "slow";
    EXPECT_TRUE(slow || series.endpoint == "flaky");
    EXPECT_EQ(series.total.samples(), 52U);
    EXPECT_EQ(run.errors(series.total), slow ? 0U : 1U);
    EXPECT_DOUBLE_EQ(series.total.quantile(0.95).value(), slow ? 0.31341153529999997 : 0.047670934450000004);
  }
  const auto machine = test::run_of_seed("k6-summary", "machine-endpoints.json");
  ASSERT_EQ(machine.series.size(), 3U);
  EXPECT_EQ(machine.errors(machine.total()), 3U);
}

TEST(K6Summary, WhatWasNotAskedForIsNotKnown) {
  const Tally total = test::run_of_seed("k6-summary", "machine-summary.json").total();
  EXPECT_TRUE(total.quantile(0.9));
  EXPECT_FALSE(total.quantile(0.99));
}

}  // namespace
}  // namespace omniwriter
