#include "formats/criteria/criteria.h"

#include <gtest/gtest.h>

#include <random>

#include "formats/criteria/foreign.h"

namespace omniwriter {
namespace {

std::vector<Criterion> read(std::string_view bytes) {
  auto criteria = read_criteria(bytes);
  EXPECT_TRUE(criteria) << bytes << "\n" << (criteria ? "" : criteria.error().message);
  return criteria ? *criteria : std::vector<Criterion>{};
}

std::vector<std::string> texts(std::string_view bytes) {
  std::vector<std::string> all;
  for (const Criterion& criterion : read(bytes)) all.push_back(criterion.text);
  return all;
}

std::string wrong(std::string_view bytes) {
  const auto criteria = read_criteria(bytes);
  EXPECT_FALSE(criteria) << bytes;
  return criteria ? "" : criteria.error().message;
}

using Texts = std::vector<std::string>;

TEST(CriteriaFile, OneALine) {
  const auto criteria =
      read("# what the shop needs\np95<300ms\n\n  warn errors<1%  \r\nhttp_req_duration: p(95)<500\n");
  ASSERT_EQ(criteria.size(), 3U);
  EXPECT_EQ(criteria[0].text, "p95<300ms");
  EXPECT_FALSE(criteria[0].only_warns);
  EXPECT_EQ(criteria[1].text, "errors<1%");
  EXPECT_TRUE(criteria[1].only_warns);
  EXPECT_EQ(criteria[2].text, "http_req_duration: p(95)<500");
  EXPECT_TRUE(wrong("p95<300ms\np9x<1s\n").starts_with("line 2: a criterion knows no \"p9x\""));
  EXPECT_EQ(wrong("# nothing\n"), "there is no criterion in the file");
}

TEST(CriteriaFile, ListsAndGroups) {
  EXPECT_EQ(texts("- p95<300ms\n- errors: rate<1%\n- \"response_time{endpoint=\\\"GET /\\\"}: p95<1s\"\n"),
            (Texts{"p95<300ms", "errors: rate<1%", "response_time{endpoint=\"GET /\"}: p95<1s"}));
  EXPECT_EQ(texts(R"(["p95<300ms", "errors<1%"])"), (Texts{"p95<300ms", "errors<1%"}));
  const auto both = read("criteria: [p95<300ms]\nwarnings:\n  - errors<1%\n");
  ASSERT_EQ(both.size(), 2U);
  EXPECT_FALSE(both[0].only_warns);
  EXPECT_TRUE(both[1].only_warns);
  EXPECT_TRUE(wrong("criteria:\n  - p95<300ms\n  - p9x<1s\n").starts_with("line 3: "));
}

TEST(CriteriaFile, K6) {
  constexpr std::string_view kJson = R"({"thresholds": {
    "http_req_failed": ["rate<0.01"],
    "http_req_duration": ["p(95)<500", {"threshold": "p(99.9) < 2000", "abortOnFail": true, "delayAbortEval": "1m30s"}],
    "http_req_duration{name:GET /}": ["max<3000"],
    "checks": ["rate>0.99"]}})";
  EXPECT_EQ(texts(kJson),
            (Texts{"http_req_failed: rate<0.01", "http_req_duration: p(95)<500", "http_req_duration: p(99.9) < 2000",
                   "http_req_duration{name:GET /}: max<3000", "checks: rate>0.99"}));
  const auto criteria = read(kJson);
  EXPECT_TRUE(criteria[2].abort_on_fail);
  EXPECT_EQ(criteria[2].delay_abort_eval, std::chrono::seconds(90));
  EXPECT_FALSE(criteria[1].abort_on_fail);
  EXPECT_EQ(texts("options:\n  thresholds:\n    http_reqs: ['rate>100']\n"), Texts{"http_reqs: rate>100"});
  EXPECT_EQ(texts("http_reqs:\n  - rate>100\n"), Texts{"http_reqs: rate>100"});
}

// As its documentation has them: they tell when a test fails.
TEST(CriteriaFile, Taurus) {
  const auto criteria = read(R"(
reporting:
- module: final-stats
- module: passfail
  criteria:
  - avg-rt of Sample Label>150ms for 10s, stop as failed
  - fail of Sample Label>50% for 10s, stop as failed
  - p90>2, continue as non-failed
  - succ<99%
  - rc5??>20 within 5s
  - hits<100
  - subject: avg-lt
    label: "GET /"
    condition: '>'
    threshold: 1s
    timeframe: 30s
    stop: false
)");
  ASSERT_EQ(criteria.size(), 7U);
  EXPECT_EQ(criteria[0].text, "response_time{endpoint=\"Sample Label\"}: mean<=150ms for 10s");
  EXPECT_TRUE(criteria[0].abort_on_fail);
  EXPECT_EQ(criteria[1].text, "errors{endpoint=\"Sample Label\"}: rate<=50% for 10s");
  EXPECT_EQ(criteria[2].text, "response_time: p90<=2s");
  EXPECT_TRUE(criteria[2].only_warns);
  EXPECT_EQ(criteria[3].text, "errors: rate<=1%");
  EXPECT_FALSE(criteria[3].abort_on_fail);
  EXPECT_EQ(criteria[4].text, "requests{status=\"5??\"}: count<=20 over 5s");
  EXPECT_EQ(criteria[5].text, "requests: count>=100");
  EXPECT_EQ(criteria[6].text, "waiting{endpoint=\"GET /\"}: mean<=1s for 30s");
  EXPECT_FALSE(criteria[6].abort_on_fail);
  EXPECT_EQ(texts("reporting:\n- module: passfail\n  criteria:\n    too slow: avg-rt>1s\n"),
            Texts{"response_time: mean<=1s"});
  EXPECT_NE(wrong("reporting:\n- module: passfail\n  criteria:\n  - bytes-per-user>5\n").find("of Taurus"),
            std::string::npos);
}

TEST(CriteriaFile, Artillery) {
  const auto criteria = read(R"(
config:
  target: http://localhost
  plugins: {ensure: {}}
  ensure:
    maxErrorRate: 1
    p95: 200
    thresholds:
      - http.response_time.p999: 250
      - "http.codes.500": 10
    conditions:
      - expression: http.response_time.p95 < 250 and http.request_rate > 1000
      - expression: errors.ETIMEDOUT == 0
        strict: false
scenarios: []
)");
  Texts all;
  for (const Criterion& criterion : criteria) all.push_back(criterion.text);
  EXPECT_EQ(all, (Texts{"errors<=1%", "response_time: p95<200", "response_time: p99.9<250",
                        "requests{status=\"500\"}: count<10", "response_time: p95<250", "requests: rate>1000",
                        "errors{error_type=\"ETIMEDOUT\"}: count==0"}));
  EXPECT_TRUE(criteria.back().only_warns);
  EXPECT_FALSE(criteria.front().only_warns);
  EXPECT_NE(wrong("config: {ensure: {thresholds: [{vusers.created: 3}]}}").find("of Artillery"), std::string::npos);
  EXPECT_FALSE(wrong("config: {ensure: {thresholds: [p95]}}").empty());
}

TEST(CriteriaFile, Gatling) {
  EXPECT_EQ(texts("Global: 95th percentile of response time is less than 500.0 : true (actual : 246.0)\n"
                  "Global: percentage of successful events is greater than 99.0\n"
                  "flaky, \"q\": percentage of failed events is less than or equal to 1.0\n"
                  "Global: mean requests per second is greater than or equal to 100.0\n"
                  "Global: max of response time is less than 1000.0\n"
                  "Global: count of failed events is 0.0\n"),
            (Texts{"response_time: p95<500.0ms", "errors: rate<1%", "errors{endpoint=\"flaky, \\\"q\\\"\"}: rate<=1.0%",
                   "requests: rate>=100.0", "response_time: max<1000.0ms", "errors: count==0.0"}));
  EXPECT_EQ(
      texts(R"({"assertions": [{"path": "Global", "message": "Global: mean of response time is less than 5.0"}]})"),
      Texts{"response_time: mean<5.0ms"});
  EXPECT_NE(wrong("For all requests: max of response time is less than 5.0\n").find("of Gatling"), std::string::npos);
}

TEST(CriteriaFile, WhatIsNoSuchFile) {
  for (const std::string_view bytes :
       {"", "{", "[", "{\"thresholds\": 5}", "{\"criteria\": {\"a\": [1]}}", "a: [b]", "[[1]]", "reporting: 5\nx: [1]",
        "reporting:\n- module: passfail\n  criteria: 5\n", "thresholds: {a: {b: c}}", "assertions: [5]",
        "config: {ensure: [5]}"}) {
    EXPECT_FALSE(wrong(bytes).empty()) << bytes;
  }
  EXPECT_FALSE(wrong(std::string(2 << 20, 'a')).empty());
}

}  // namespace
}  // namespace omniwriter
