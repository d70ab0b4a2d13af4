#include <gtest/gtest.h>

#include <string>

#include "base/local_dates.h"
#include "reading/summary_format.h"
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

TEST(JmeterSummariser, TheLogTellsWhenItWas) {
  struct Case {
    const char* file;
    std::uint64_t samples, errors;
    double seconds;
    const char* ended;  // by the clock of the machine
  };
  for (const Case& told : {Case{"old-form.log", 1255, 3, 217, "2026/03/04 14:53:54"},
                           Case{"new-form.log", 100, 1, 31, "2026-03-04 17:24:12,906"}}) {
    SCOPED_TRACE(told.file);
    const auto run = test::run_of_seed("jmeter-summariser", told.file);
    EXPECT_EQ(run.total().samples(), told.samples);
    EXPECT_EQ(run.errors(run.total()), told.errors);
    EXPECT_DOUBLE_EQ(run.duration_seconds(), told.seconds);
    EXPECT_EQ(run.ended_ns, LocalDates().nanoseconds(told.ended).value());
  }
}

// JMeter appends to its log, and people grep in it.
TEST(JmeterSummariser, SeveralTestsInOneLog) {
  const std::string head = "2026-03-04 17:23:41,002 INFO o.a.j.JMeter: Version 5.6.3\n";
  const std::string front = "2026-03-04 17:24:12,906 INFO o.a.j.r.Summariser: summary ";
  const auto line = [&](const std::string& sign, int samples, const std::string& clock) {
    return front + sign + "  " + std::to_string(samples) + " in " + clock +
           " =    3.2/s Avg:   202 Min:    88 Max:   900 Err:     1 (1.00%)\n";
  };
  const std::string first = line("=", 60, "00:00:19") + line("+", 40, "00:00:12") + line("=", 100, "00:00:31");
  const std::string larger = line("+", 300, "00:00:30") + line("=", 300, "00:00:32");
  const auto tests = [](const std::string& content) { return summary_jmeter_summariser().beginnings(content).size(); };
  EXPECT_EQ(tests(first), 1U);
  EXPECT_EQ(tests(head + first), 1U);
  EXPECT_EQ(tests(first + first), 2U);
  EXPECT_EQ(tests(first + larger), 2U);
  EXPECT_EQ(tests(head + first + head + line("=", 300, "00:00:32")), 2U);
}

}  // namespace
}  // namespace omniwriter
