#include <gtest/gtest.h>

#include <map>
#include <string>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(WrkSummary, BrokenConnectionsAreRequestsThatFailed) {
  const auto run = test::run_of_seed("wrk", "drop.summary.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 9712U + 504U);
  EXPECT_EQ(run.errors(total), 504U);
  EXPECT_EQ(run.by_error_type(total), (decltype(run.by_error_type(total)){{"connection_closed", 504}}));
  EXPECT_EQ(run.series.front().endpoint, "/drop");
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.00368);
  EXPECT_FALSE(total.minimum());
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.03894);
  EXPECT_DOUBLE_EQ(total.quantile(0.5).value(), 0.00039);
  EXPECT_FALSE(total.quantile(0.95));
  EXPECT_DOUBLE_EQ(run.throughput_rps(total.samples()), 3193.34);
  EXPECT_EQ(run.active_users_max(), 5U);
}

TEST(WrkSummary, RecordedLatencyOfWrk2) {
  const Tally total = test::run_of_seed("wrk", "wrk2.txt").total();
  EXPECT_EQ(total.samples(), 60018U);
  EXPECT_DOUBLE_EQ(total.quantile(0.5).value(), 0.00667);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.009719);
  EXPECT_DOUBLE_EQ(total.quantile(0.999).value(), 0.0123);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.00646);
}

// What nobody answered took no time that anybody knows.
TEST(WrkSummary, EveryRequestFailed) {
  for (const auto& [file, requests] :
       std::map<std::string, std::uint64_t>{{"refused.txt", 236}, {"all-late.txt", 735}}) {
    SCOPED_TRACE(file);
    const auto run = test::run_of_seed("wrk", file);
    const Tally total = run.total();
    EXPECT_EQ(total.samples(), requests);
    EXPECT_EQ(run.errors(total), requests);
    EXPECT_FALSE(total.mean());
    EXPECT_FALSE(total.maximum());
    EXPECT_FALSE(total.quantile(0.5));
  }
}

}  // namespace
}  // namespace omniwriter
