#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/rfc3339.h"
#include "reading/summary_format.h"
#include "support/summary_files.h"

namespace omniwriter {
const SummaryFormat& summary_locust_csv();

namespace {

TEST(LocustCsv, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("locust-csv", "small_stats.csv");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1010U);
  EXPECT_EQ(run.errors(total), 19U);
  EXPECT_EQ(run.series.size(), 6U);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.29);
  EXPECT_NEAR(total.maximum().value(), 0.6999301060000107, 1e-9);
}

TEST(LocustCsv, OldVersions) {
  for (const char* file : {"version-0.14.csv", "version-0.9.csv"}) {
    SCOPED_TRACE(file);
    const auto run = test::run_of_seed("locust-csv", file);
    const Tally total = run.total();
    EXPECT_EQ(total.samples(), 1010U);
    EXPECT_EQ(run.errors(total), 19U);
    EXPECT_DOUBLE_EQ(total.mean().value(), 0.101);
    EXPECT_DOUBLE_EQ(total.quantile(0.5).value(), 0.08);
    EXPECT_EQ(total.quantile(0.95).has_value(), std::string(file) == "version-0.14.csv");
    EXPECT_EQ(run.series.size(), 6U);
  }
}

std::string seed(const std::string& file) {
  std::ifstream stream(std::string(OMNIWRITER_SOURCE_DIR) + "/fuzz/seeds/" + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(LocustCsv, TheFilesBesideTellMore) {
  const SummaryFormat& format = summary_locust_csv();
  EXPECT_THAT(format.companions("a/small_stats.csv"),
              testing::ElementsAre("a/small_stats_history.csv", "a/small_failures.csv", "a/small_exceptions.csv"));
  EXPECT_THAT(format.companions("small_stats.csv.gz"), testing::Contains("small_failures.csv.gz"));
  EXPECT_TRUE(format.companions("small.csv").empty());

  auto summary = format.read(seed("locust_csv/small_stats.csv"), {});
  ASSERT_TRUE(summary);
  format.add_companion(*summary, seed("locust_history/history.csv"));
  format.add_companion(*summary, "Count,Message,Traceback,Nodes\n3,\"'id' of 12\",\"Traceback: a, b\nc\",local\n");
  format.add_companion(*summary,
                       "Method,Name,Error,Occurrences,First Seen,Last Seen\n"
                       "GET,/flaky,\"CatchResponseError('server said: \"\"internal\"\"\nline two')\",9,,\n"
                       "GET,/drop,RemoteDisconnected('closed'),8,2026-11-23T15:12:20Z,2026-11-23T15:12:30Z\nGET,/"
                       "flaky,HTTPError('404'),2,,\n"
                       "GET,/elsewhere,HTTPError('404'),2,,\n");
  const auto run = run_of(*summary, 100);
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(format_rfc3339(run->started_ns), "2026-11-23T15:12:16.000Z");
  EXPECT_EQ(run->active_users_max(), 10U);
  const auto errors = run->by_error_type(run->total());
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_EQ(errors[0].second, 9U);
  EXPECT_EQ(errors[1], (decltype(errors)::value_type{"RemoteDisconnected('closed')", 8}));
  ASSERT_EQ(run->error_messages.size(), 4U);
  EXPECT_EQ(run->error_messages[0].endpoint, "GET /flaky");
  EXPECT_EQ(run->error_messages[0].count, 9U);
  EXPECT_EQ(run->error_messages[0].error_type, errors[0].first);
  EXPECT_EQ(run->error_messages[0].first_ns, run->started_ns);
  EXPECT_EQ(run->error_messages[1].message, "RemoteDisconnected('closed')");
  EXPECT_EQ(format_rfc3339(run->error_messages[1].first_ns), "2026-11-23T15:12:20.000Z");
  EXPECT_EQ(format_rfc3339(run->error_messages[1].last_ns), "2026-11-23T15:12:30.000Z");
  EXPECT_EQ(run->error_messages[2].endpoint, "(test script)");
  EXPECT_EQ(run->error_messages[2].error_type, "exception");
  EXPECT_EQ(run->error_messages[2].message, "'id' of #");
  EXPECT_EQ(run->error_messages[2].example, "'id' of 12");
}

TEST(LocustCsv, TheHistoryOfALongerRunIsNotOfThisOne) {
  auto summary = summary_locust_csv().read(seed("locust_csv/small_stats.csv"), {});
  ASSERT_TRUE(summary);
  summary->whole.total->samples = 10;
  summary_locust_csv().add_companion(*summary, seed("locust_history/history.csv"));
  EXPECT_EQ(summary->start_ns, 0);
}

}  // namespace
}  // namespace omniwriter
