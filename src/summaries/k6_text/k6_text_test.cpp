#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "reading/summary_format.h"
#include "support/summary_files.h"

namespace omniwriter {
const SummaryFormat& summary_k6_text();

namespace {

TEST(K6Text, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("k6-text", "summary.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 2872U);
  EXPECT_EQ(run.errors(total), 68U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.0177);
  EXPECT_DOUBLE_EQ(total.minimum().value(), 120.14e-6);
  EXPECT_DOUBLE_EQ(total.quantile(0.5).value(), 0.008);
  EXPECT_DOUBLE_EQ(total.quantile(0.999).value(), 0.28135);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.28822);
  EXPECT_EQ(total.bytes_received, 376'000U);
  EXPECT_DOUBLE_EQ(run.throughput_rps(2872), 189.781892);
  EXPECT_NEAR(run.duration_seconds(), 15.133, 0.001);
  EXPECT_EQ(run.active_users_max(), 6U);
}

TEST(K6Text, BeforeVersionOne) {
  const auto summary = summary_k6_text().read(
      "   \u2713 http_req_duration..............: avg=17.7ms min=120.14\u00B5s med=8ms max=1m2.5s p(90)=31.08ms "
      "p(95)=51.19ms\n"
      "       { expected_response:true }...: avg=16.45ms min=120.14\u00B5s med=7.9ms max=281.23ms p(90)=30ms "
      "p(95)=47ms\n"
      "   \u2717 http_req_failed................: 2.36%  \u2713 68        \u2717 2804\n"
      "     http_reqs......................: 2872   189.781892/s\n",
      {});
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->whole.total->errors, 68U);
  EXPECT_EQ(summary->whole.total->maximum, 62.5);
  EXPECT_EQ(summary->whole.total->mean, 0.0177);
  EXPECT_EQ(summary->whole.total->quantiles.size(), 3U);
}

// Custom metrics alone: there are iterations.
TEST(K6Text, WithoutHttp) {
  const auto run = test::run_of_seed("k6-text", "no-http.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 20U);
  EXPECT_EQ(run.errors(total), 0U);
  EXPECT_EQ(run.series.front().endpoint, "iteration");
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.05097);
  EXPECT_NEAR(run.duration_seconds(), 20 / 39.391732, 1e-6);
  std::ifstream file(std::string(OMNIWRITER_SOURCE_DIR) + "/fuzz/seeds/k6_text/no-http.txt");
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  const auto summary = summary_k6_text().read(content, {});
  ASSERT_TRUE(summary);
  EXPECT_EQ(
      summary->note,
      "k6 made no HTTP requests: its 20 iterations are taken for requests; 20 of 20 checks failed; metrics that are "
      "not shown: order_latency, orders");
}

TEST(K6Text, ThresholdsAreVerdicts) {
  EXPECT_EQ(test::run_of_seed("k6-text", "summary.txt").tool_verdicts,
            (std::vector<ToolVerdict>{{"checks", "rate>0.9", true},
                                      {"http_req_duration", "p(95)<500", true},
                                      {"http_req_duration", "p(99)<50", false},
                                      {"http_req_duration{name:slow}", "p(90)<290", true},
                                      {"http_req_failed", "rate<0.01", false}}));
  EXPECT_EQ(test::run_of_seed("k6-text", "no-http.txt").tool_verdicts.size(), 1U);
  // Before version 1, the mark of a metric is that of all its thresholds; one of a check is none.
  const auto old = summary_k6_text().read(
      "   \u2717 status is 200\n    \u21b3  97% \u2014 \u2713 97 / \u2717 3\n"
      "   \u2713 http_req_duration..............: avg=17.7ms min=1ms med=8ms max=1s p(90)=31.08ms p(95)=51.19ms\n"
      "   \u2717 http_req_failed................: 2.36%  \u2713 68        \u2717 2804\n"
      "     http_reqs......................: 2872   189.781892/s\n",
      {});
  ASSERT_TRUE(old);
  EXPECT_EQ(old->tool_verdicts,
            (std::vector<ToolVerdict>{{"http_req_duration", "", true}, {"http_req_failed", "", false}}));
}

}  // namespace
}  // namespace omniwriter
