#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(GatlingText, TheToolsOwnNumbers) {
  struct Expected {
    const char* file;
    std::uint64_t errors;
    double mean;
    double maximum;
    double p95;
    double p99;
  };
  for (const Expected& expected :
       {Expected{"3.10.txt", 40, 0.045, 0.295, 0.244, 0.281}, Expected{"3.14.txt", 44, 0.044, 0.389, 0.237, 0.314}}) {
    SCOPED_TRACE(expected.file);
    const auto run = test::run_of_seed("gatling-text", expected.file);
    const Tally total = run.total();
    EXPECT_EQ(total.samples(), 1250U);
    EXPECT_EQ(run.errors(total), expected.errors);
    EXPECT_DOUBLE_EQ(total.mean().value(), expected.mean);
    EXPECT_DOUBLE_EQ(total.minimum().value(), 0);
    EXPECT_DOUBLE_EQ(total.maximum().value(), expected.maximum);
    EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), expected.p95);
    EXPECT_DOUBLE_EQ(total.quantile(0.99).value(), expected.p99);
    EXPECT_DOUBLE_EQ(run.throughput_rps(1250), 125);
  }
}

TEST(GatlingText, AssertionsAreVerdicts) {
  const std::vector<ToolVerdict> expected{{"Global", "95th percentile of response time is less than 500.0", true},
                                          {"Global", "percentage of successful events is greater than 99.0", false},
                                          {"flaky, \"q\"", "percentage of failed events is less than 1.0", false}};
  EXPECT_EQ(test::run_of_seed("gatling-text", "3.10.txt").tool_verdicts, expected);
  EXPECT_EQ(test::run_of_seed("gatling-text", "3.14.txt").tool_verdicts, expected);
}

}  // namespace
}  // namespace omniwriter
