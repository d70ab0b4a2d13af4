#include <gtest/gtest.h>

#include <string>

#include "pipeline/summary_format.h"
#include "support/summary_files.h"

namespace omniwriter {
const SummaryFormat& summary_jmeter_summariser();

namespace {

TEST(JmeterSummariser, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("jmeter-summariser", "no-subresults.summary.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 2400U);
  EXPECT_EQ(run.errors(total), 357U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.049);
  EXPECT_DOUBLE_EQ(total.minimum().value(), 0);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.383);
  EXPECT_FALSE(total.quantile(0.5));
  EXPECT_GT(run.started_ns, 1'795'000'000'000'000'000);
}

TEST(JmeterSummariser, InTheLogTheLastTotalCounts) {
  const std::string front = "2026-11-23 15:14:31,010 INFO o.a.j.r.Summariser: ";
  const auto summary = summary_jmeter_summariser().read(
      front + "summary =   1761 in 00:01:02.5 =  123.8/s Avg:    35 Min:     0 Max:   359 Err:   262 (14.88%)\n" +
          front +
          "summary +    639 in 00:00:05 =  125.8/s Avg:    30 Min:     0 Max:   360 Err:    97 (15.18%) Active: 0\n" +
          front + "summary =   2400 in 01:01:02 =  124.3/s Avg:    34 Min:     0 Max:   360 Err:   359 (14.96%)\n",
      {});
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->whole.total->samples, 2400U);
  EXPECT_EQ(summary->duration_seconds, 3662);
  EXPECT_EQ(summary->whole.total->endpoint, "");
}

}  // namespace
}  // namespace omniwriter
