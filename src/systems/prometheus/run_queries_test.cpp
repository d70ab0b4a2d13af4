#include "systems/prometheus/run_queries.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/vitals_settings.h"
#include "support/fake_clock.h"
#include "support/fake_http_server.h"
#include "systems/prometheus/settings.h"

namespace omniwriter {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string one_series(const std::string& labels = "") {
  return R"({"status":"success","data":{"result":[{"metric":{)" + labels + R"(},"values":[[1795491596,"12"]]}]}})";
}
std::string many_series(int count) {
  std::string series;
  for (int i = 0; i < count; ++i) {
    series += fmt::format(R"({}{{"metric":{{"n":"{}"}},"values":[[1795491596,"{}"]]}})", i == 0 ? "" : ",", i, i);
  }
  return R"({"status":"success","data":{"result":[)" + series + "]}}";
}

class RunQueries : public ::testing::Test {
 protected:
  RunQueries() { config_.of<PrometheusSettings>().url = server_.url(); }

  QueriesAnswer ask(std::map<std::string, std::string> queries, const std::set<std::string_view>& left_out = {}) {
    config_.of<VitalsSettings>().queries = std::move(queries);
    return ask_queries(config_, {.first = 1'795'491'596, .last = 1'795'491'656, .step = 1}, left_out, http_, clock_);
  }

  testing::FakeReply reply_{.body = one_series()};
  std::chrono::milliseconds takes_{0};
  testing::FakeClock clock_;
  testing::FakeHttpServer server_{[this](const testing::FakeRequest&) {
    clock_.advance(takes_);
    return reply_;
  }};
  HttpClient http_;
  Config config_;
};

TEST(QuerySpanTest, BoundsThePoints) {
  constexpr std::int64_t kNs = 1'000'000'000;
  const auto points = [](const QuerySpan& span) { return (span.last - span.first) / span.step + 1; };
  const QuerySpan minute = query_span(100 * kNs + 5, 160 * kNs + 5);
  EXPECT_EQ(minute.first, 100);
  EXPECT_EQ(minute.last, 161);
  EXPECT_EQ(minute.step, 1);
  EXPECT_EQ(query_span(0, 599 * kNs).step, 1);
  EXPECT_EQ(query_span(0, 600 * kNs).step, 2);
  for (const std::int64_t seconds : {599, 600, 3600, 86'400, 999'999}) {
    const QuerySpan span = query_span(0, seconds * kNs);
    EXPECT_LE(points(span), 600) << seconds;
    EXPECT_GT(points(span), 290) << seconds;
  }
}

TEST_F(RunQueries, AskOverTheTimeOfTheRun) {
  const QueriesAnswer answer = ask({{"connections", "sum(rate(x[1m])) + 1"}});
  ASSERT_EQ(answer.series.size(), 1U);
  EXPECT_EQ(answer.series[0], (ObservedSeries{"connections", {}, {{1'795'491'596, 12}}}));
  EXPECT_THAT(answer.notes, IsEmpty());
  ASSERT_EQ(server_.requests().size(), 1U);
  EXPECT_EQ(server_.requests()[0].target, "/api/v1/query_range");
  EXPECT_EQ(server_.requests()[0].body,
            "query=sum%28rate%28x%5B1m%5D%29%29%20%2B%201&start=1795491596&end=1795491656&step=1");
}

TEST_F(RunQueries, AnAddressOfTheirOwnGetsTheLogin) {
  testing::FakeHttpServer other{[](const testing::FakeRequest&) { return testing::FakeReply{.body = one_series()}; }};
  auto& settings = config_.of<VitalsSettings>();
  settings.prometheus_url = other.url();
  settings.prometheus.token = Secret("secret");
  EXPECT_EQ(ask({{"a", "x"}}).series.size(), 1U);
  EXPECT_TRUE(server_.requests().empty());
  ASSERT_EQ(other.requests().size(), 1U);
  EXPECT_EQ(other.requests()[0].header("Authorization"), "Bearer secret");
}

TEST_F(RunQueries, WhatIsNotAnsweredIsTold) {
  reply_ = {.status = 400, .body = R"({"status":"error","error":"1:5: parse error"})"};
  EXPECT_THAT(ask({{"a", "x("}, {"b", "y("}}).notes, ElementsAre("the query a was not answered: 1:5: parse error",
                                                                 "the query b was not answered: 1:5: parse error"));
  reply_ = {.status = 502, .body = "<html><title>Bad Gateway</title></html>"};
  EXPECT_THAT(ask({{"a", "x"}}).notes,
              ElementsAre(AllOf(StartsWith("the query a was not answered: HTTP 502"), HasSubstr("Bad Gateway"))));
  reply_ = {.body = R"({"status":"success","data":{"result":[]}})"};
  EXPECT_THAT(ask({{"a", "x"}}).notes, ElementsAre("the query a gives nothing for the time of the run"));
}

TEST_F(RunQueries, AServerThatIsDownIsAskedOnce) {
  config_.of<PrometheusSettings>().url = "http://127.0.0.1:1";
  const QueriesAnswer answer = ask({{"a", "x"}, {"b", "y"}});
  EXPECT_THAT(answer.notes, ElementsAre(StartsWith("the query a was not answered: ")));
  config_.of<PrometheusSettings>().url.clear();
  EXPECT_THAT(ask({{"a", "x"}}).notes, ElementsAre(HasSubstr("no Prometheus is configured")));
}

TEST_F(RunQueries, ASlowServerCostsSomeSecondsAtMost) {
  takes_ = std::chrono::seconds(3);
  const QueriesAnswer answer = ask({{"a", "x"}, {"b", "y"}, {"c", "z"}});
  EXPECT_EQ(answer.series.size(), 2U);
  EXPECT_THAT(answer.notes, ElementsAre("the query c and those after it were not asked: Prometheus took too long"));
}

TEST_F(RunQueries, TheirNumberIsBounded) {
  reply_.body = many_series(23);
  const QueriesAnswer answer = ask({{"a", "x"}, {"b", "y"}, {"c", "z"}});
  EXPECT_EQ(answer.series.size(), 50U);
  EXPECT_THAT(answer.notes, ElementsAre("of the query a, 3 series are left out: sum() or topk() give fewer",
                                        "of the query b, 3 series are left out: sum() or topk() give fewer",
                                        "of the query c, 13 series are left out: sum() or topk() give fewer"));
}

TEST_F(RunQueries, TheGeneratorHasOneCpu) {
  EXPECT_EQ(ask({{"cpu_percent", "x"}}).series.size(), 1U);
  reply_.body = many_series(2);
  const QueriesAnswer answer = ask({{"cpu_percent", "x"}});
  EXPECT_TRUE(answer.series.empty());
  EXPECT_THAT(answer.notes, ElementsAre("the query cpu_percent has to give one series, not 2: it is left out"));
  EXPECT_THAT(ask({{"cpu_percent", "x"}}, {"cpu_percent"}).notes, IsEmpty()) << "it is measured";
}

}  // namespace
}  // namespace omniwriter
