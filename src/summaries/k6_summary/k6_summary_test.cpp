#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

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

// In `--summary-export`, true is a threshold that was crossed.
TEST(K6Summary, ThresholdsAreVerdicts) {
  const auto verdicts_of = [](const char* file) {
    auto verdicts = test::run_of_seed("k6-summary", file).tool_verdicts;
    std::ranges::sort(verdicts, {}, [](const ToolVerdict& verdict) { return verdict.subject + verdict.expected; });
    return verdicts;
  };
  const std::vector<ToolVerdict> expected{{"checks", "rate>0.9", true},
                                          {"http_req_duration", "p(95)<500", true},
                                          {"http_req_duration", "p(99)<50", false},
                                          {"http_req_duration{name:slow}", "p(90)<290", true},
                                          {"http_req_failed", "rate<0.01", false}};
  EXPECT_EQ(verdicts_of("summary-export.json"), expected);
  EXPECT_EQ(verdicts_of("handleSummary.json"), expected);
  EXPECT_TRUE(verdicts_of("machine-summary.json").empty()) << "k6 does not tell them there";
}

}  // namespace
}  // namespace omniwriter
