#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "reading/summary_format.h"
#include "support/summary_files.h"

namespace omniwriter {
const SummaryFormat& summary_hdr_log();

namespace {

using ::testing::HasSubstr;

std::string seed(const std::string& name) {
  std::ifstream stream(std::string(OMNIWRITER_SOURCE_DIR) + "/fuzz/seeds/hdr_log/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Numbers in these tests are those that HdrHistogram's own reader of logs gives.

TEST(HdrLog, TheLibrarysOwnNumbers) {
  const auto run = test::run_of_seed("hdr-log", "java-ns.hlog");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 4671U);
  EXPECT_NEAR(total.mean().value(), 0.014481503294370, 1e-9);
  EXPECT_DOUBLE_EQ(total.minimum().value(), 157'440e-9);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 340'262'911e-9);
  const double error = total.relative_error().value();
  EXPECT_LT(error, 0.004);
  for (const auto& [q, ns] : {std::pair(0.5, 7'888'895), {0.95, 50'003'967}, {0.99, 102'825'983}}) {
    EXPECT_NEAR(total.quantile(q).value(), ns / 1e9, ns / 1e9 * error) << q;
  }
  EXPECT_EQ(run.started_ns, 1'795'447'776'590'000'000);
  EXPECT_NEAR(run.duration_seconds(), 20, 1e-3);
  EXPECT_EQ(run.interval_seconds, 1);
  EXPECT_GT(run.series.front().timeline.count_slots(), 15U);
}

TEST(HdrLog, ATagIsAnEndpoint) {
  const auto run = test::run_of_seed("hdr-log", "java-tags.hlog");  // microseconds, starts relative to its base
  ASSERT_EQ(run.series.size(), 3U);
  EXPECT_EQ(run.total().samples(), 8115U);
  for (const Series& series : run.series) {
    if (series.endpoint != "POST_/orders") continue;
    EXPECT_EQ(series.total.samples(), 2842U);
    EXPECT_NEAR(series.total.mean().value(), 15007.330401e-6, 1e-9);
    EXPECT_DOUBLE_EQ(series.total.maximum().value(), 268'287e-6);
  }
  EXPECT_EQ(run.started_ns, 1'795'447'776'590'000'000);
}

TEST(HdrLog, MicrosecondsShownInWholeMilliseconds) {
  const Tally total = test::run_of_seed("hdr-log", "python.hlog").total();
  EXPECT_EQ(total.samples(), 500U);
  EXPECT_NEAR(total.mean().value(), 12884.94e-6, 1e-9);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 133'631e-6);
}

TEST(HdrLog, TheUnitIsToldOrTheLogRefused) {
  std::string undivided;
  const std::string log = seed("python.hlog");
  const std::size_t line = log.find("HISTFAAA");
  undivided = "0.000,1.000,133631.000," + log.substr(line, log.find('\n', line) - line) + "\n";
  const auto refused = summary_hdr_log().read(undivided, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("--time-unit"));
  const auto told = summary_hdr_log().read(undivided, {.start_ns = 5'000'000'000, .unit_ns = 1'000'000});
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_GT(told->whole.endpoints.front().maximum.value(), 80);
  EXPECT_EQ(told->start_ns, 5'000'000'000);
  EXPECT_EQ(told->note, "");
  const auto guessed = summary_hdr_log().read(log, {});
  ASSERT_TRUE(guessed);
  EXPECT_THAT(guessed->note, HasSubstr("microseconds"));
}

TEST(HdrLog, OnlyTheLastLineMayBeCut) {
  const std::string log = seed("java-ns.hlog");
  const auto whole = summary_hdr_log().read(log, {});
  const auto cut = summary_hdr_log().read(log.substr(0, log.size() - 40), {});
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_LT(cut->whole.endpoints.front().samples, whole->whole.endpoints.front().samples);
  std::string damaged = log;
  damaged[log.find("HISTFAAA") + 40] = '!';
  const auto refused = summary_hdr_log().read(damaged, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("line 5"));
}

}  // namespace
}  // namespace omniwriter
