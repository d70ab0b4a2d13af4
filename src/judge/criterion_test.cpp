#include "judge/criterion.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "base/utf8.h"

namespace omniwriter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Criterion parsed(std::string_view text) {
  auto criterion = parse_criterion(text);
  EXPECT_TRUE(criterion) << text << "\n" << (criterion ? "" : criterion.error().message);
  return criterion ? *criterion : Criterion{};
}

std::string wrong(std::string_view text) {
  const auto criterion = parse_criterion(text);
  EXPECT_FALSE(criterion) << text;
  if (criterion) return {};
  EXPECT_EQ(criterion.error().code, ErrorCode::usage);
  return criterion.error().message;
}

TEST(Criterion, ShortForms) {
  const Criterion p95 = parsed("p95<300ms");
  EXPECT_EQ(p95.subject, CriterionSubject::times);
  EXPECT_EQ(p95.kind, SampleKind::request);
  EXPECT_EQ(p95.statistic, Statistic::quantile);
  EXPECT_DOUBLE_EQ(p95.parameter, 0.95);
  EXPECT_EQ(p95.comparator, Comparator::less);
  EXPECT_DOUBLE_EQ(p95.bound, 0.3);
  EXPECT_EQ(p95.unit, BoundUnit::seconds);
  EXPECT_EQ(p95.text, "p95<300ms");
  EXPECT_FALSE(p95.needs_timeline());

  EXPECT_DOUBLE_EQ(parsed("p(99.9)<300ms").parameter, 0.999);
  EXPECT_DOUBLE_EQ(parsed("p99.9 <= 2 s").bound, 2);
  EXPECT_DOUBLE_EQ(parsed("med<1").bound, 0.001);
  EXPECT_DOUBLE_EQ(parsed("med<1").parameter, 0.5);
  EXPECT_EQ(parsed("avg<100us").statistic, Statistic::mean);
  EXPECT_DOUBLE_EQ(parsed("mean<1m30s").bound, 90);
  EXPECT_EQ(parsed("stddev<1s").statistic, Statistic::deviation);
  const Criterion apdex = parsed("apdex(500ms)>0.9");
  EXPECT_EQ(apdex.statistic, Statistic::apdex);
  EXPECT_DOUBLE_EQ(apdex.parameter, 0.5);
  EXPECT_DOUBLE_EQ(apdex.bound, 0.9);
}

TEST(Criterion, ErrorsAreCountedOrAShare) {
  EXPECT_EQ(parsed("errors<1%").statistic, Statistic::rate);
  EXPECT_DOUBLE_EQ(parsed("errors<1%").bound, 0.01);
  EXPECT_EQ(parsed("errors<0.01").statistic, Statistic::rate);
  EXPECT_EQ(parsed("errors<10").statistic, Statistic::count);
  EXPECT_EQ(parsed("errors==0").statistic, Statistic::count);
  EXPECT_EQ(parsed("errors: rate<1").statistic, Statistic::rate);
  const Criterion status = parsed("errors{status=\"500\"}: count<10");
  EXPECT_EQ(status.labels.front(), std::make_pair(std::string("status"), std::string("500")));
  EXPECT_EQ(parsed("errors{error_type=timeout}<1%").labels.front().second, "timeout");
  EXPECT_EQ(parsed("errors{endpoint=\"GET /\"}<1%").name, "GET /");
}

TEST(Criterion, AsK6WritesThem) {
  const Criterion duration = parsed("http_req_duration: p(95)<300");
  EXPECT_EQ(duration.subject, CriterionSubject::times);
  EXPECT_DOUBLE_EQ(duration.bound, 0.3);
  EXPECT_DOUBLE_EQ(parsed("http_req_failed: rate<0.01").bound, 0.01);
  EXPECT_EQ(parsed("http_req_failed: rate<0.01").subject, CriterionSubject::errors);
  EXPECT_EQ(parsed("http_req_waiting:p(99)<1000").kind, SampleKind::waiting);
  EXPECT_EQ(parsed("http_req_tls_handshaking: max<1000").kind, SampleKind::tls);
  EXPECT_EQ(parsed("http_reqs: rate>100").subject, CriterionSubject::requests);
  EXPECT_EQ(parsed("http_req_duration{name:GET http://x:1/}: avg<5").name, "GET http://x:1/");
  const Criterion scenario = parsed("http_req_duration{scenario:checkout}: p(95)<300");
  EXPECT_EQ(scenario.labels.front().second, "checkout");
  const Criterion group = parsed("group_duration{group:::shop::checkout}: avg<2000");
  EXPECT_EQ(group.kind, SampleKind::transaction);
  EXPECT_EQ(group.name, "shop / checkout");
  EXPECT_EQ(parsed("vus: value>=5").statistic, Statistic::last);
  EXPECT_EQ(parsed("data_received: count<1000000").subject, CriterionSubject::received);
  EXPECT_EQ(parsed("checks{check:status is 200}: rate>0.99").name, "status is 200");
  EXPECT_EQ(parsed("iteration_duration: p(95)<2000").subject, CriterionSubject::metric);
}

TEST(Criterion, EverythingThatCanBeAskedAbout) {
  EXPECT_EQ(parsed("response_time{endpoint=\"GET /\"}: p(95)<300ms").name, "GET /");
  EXPECT_EQ(parsed("p95{endpoint=\"GET /\"}<300ms").name, "GET /");
  EXPECT_EQ(parsed("waiting{endpoint='a \"b\" \\'c'}: p95<100ms").name, "a \"b\" 'c");
  EXPECT_EQ(parsed("transactions{transaction=checkout}: p95<3s").kind, SampleKind::transaction);
  EXPECT_EQ(parsed("response_time{scenario=\"checkout\"}: p95<3s").labels.front().first, "scenario");
  EXPECT_DOUBLE_EQ(parsed("throughput>100").bound, 100);
  EXPECT_DOUBLE_EQ(parsed("throughput>6000/min").bound, 100);
  EXPECT_DOUBLE_EQ(parsed("throughput>100rps").bound, 100);
  EXPECT_EQ(parsed("checks>99%").statistic, Statistic::rate);
  EXPECT_DOUBLE_EQ(parsed("checks>99%").bound, 0.99);
  EXPECT_EQ(parsed("my_trend: p(95)<500").name, "my_trend");
  EXPECT_EQ(parsed("\"my metric\": max<5").name, "my metric");
  EXPECT_EQ(parsed("metric{name=\"cpus\"}: max<5").name, "cpus");
  EXPECT_EQ(parsed("users>=50").statistic, Statistic::maximum);
  EXPECT_EQ(parsed("users{scenario=a}: mean>=50").labels.front().second, "a");
  EXPECT_DOUBLE_EQ(parsed("cpu<80%").bound, 80);
  EXPECT_DOUBLE_EQ(parsed("cpu: p95<80").bound, 80);
  EXPECT_DOUBLE_EQ(parsed("memory<1GB").bound, 1000);
  EXPECT_DOUBLE_EQ(parsed("memory<500").bound, 500);
  const Criterion query = parsed("query{name=\"db_connections\", host=\"a\"}: max<100");
  EXPECT_EQ(query.name, "db_connections");
  EXPECT_EQ(query.labels.front().second, "a");
  EXPECT_DOUBLE_EQ(parsed("bytes_received<10MiB").bound, 10.0 * 1024 * 1024);
  EXPECT_DOUBLE_EQ(parsed("bytes_sent: rate<1kB/s").bound, 1000);
  EXPECT_EQ(parsed("bytes_sent: rate<1kB/s").unit, BoundUnit::bytes_per_second);
}

TEST(Criterion, When) {
  const Criterion all = parsed("p95<300ms for 10s ignore first 60s ignore last 1m30s or no data");
  EXPECT_EQ(all.hold, seconds(10));
  EXPECT_EQ(all.ignore_first, seconds(60));
  EXPECT_EQ(all.ignore_last, seconds(90));
  EXPECT_TRUE(all.holds_without_data);
  EXPECT_TRUE(all.needs_timeline());
  EXPECT_EQ(parsed("throughput>100 over 30s").window, seconds(30));
  EXPECT_EQ(parsed("errors<1% over 500ms").window, milliseconds(500));
}

TEST(Criterion, RelativeToTheBaseline) {
  const Criterion relative = parsed("p95<=+10%");
  EXPECT_TRUE(relative.relative);
  EXPECT_DOUBLE_EQ(relative.bound, 0.1);
  EXPECT_DOUBLE_EQ(parsed("throughput>=-5%").bound, -0.05);
  EXPECT_EQ(parsed("throughput>=-5%").statistic, Statistic::rate);
  EXPECT_EQ(parsed("errors<=+0%").statistic, Statistic::rate);
  EXPECT_NE(wrong("max<=+10%").find("relative to the baseline"), std::string::npos);
  EXPECT_NE(wrong("p95<=+10% for 10s").find("whole runs"), std::string::npos);
  EXPECT_NE(wrong("p95<=+10ms").find("+ is of percent"), std::string::npos);
}

TEST(Criterion, AnErrorPointsAtThePlaceAndNamesTheRightWord) {
  EXPECT_EQ(wrong("p9x<300ms"),
            "a criterion knows no \"p9x\"; did you mean \"p90\"?\n"
            "  p9x<300ms\n"
            "  ^");
  EXPECT_EQ(wrong("response_time: p95<300mz"),
            "a criterion knows no \"mz\"; did you mean \"ms\"?\n"
            "  response_time: p95<300mz\n"
            "                        ^");
  EXPECT_EQ(wrong("response_time{endpoint=\"é\"} p95<1"),
            "say which number of \"response_time\", as in \"response_time: p95<300ms\"\n"
            "  response_time{endpoint=\"é\"} p95<1\n"
            "                              ^");
  EXPECT_NE(wrong("eror<1%").find("\"errors\""), std::string::npos);
  EXPECT_NE(wrong("respons_time: p95<1s").find("did you mean \"response_time\"?"), std::string::npos);
  EXPECT_NE(wrong("http_req_what: p95<1s").find("metric{name=\"http_req_what\"}"), std::string::npos);
  EXPECT_NE(wrong("response_time: p95<300ms fro 10s").find("did you mean \"for\"?"), std::string::npos);
  EXPECT_NE(wrong("p95=300ms").find("\"==\""), std::string::npos);
  EXPECT_NE(wrong("rate<1%").find("of what?"), std::string::npos);
}

TEST(Criterion, WhatMakesNoSenseIsRefused) {
  for (const std::string_view text : {"",
                                      " ",
                                      "p95",
                                      "p95<",
                                      "<300ms",
                                      "p95<ms",
                                      "p101<1s",
                                      "p(101)<1s",
                                      "p(95<1s",
                                      "p95<300ms 5",
                                      "p95<1%",
                                      "errors<5s",
                                      "errors: rate<5",
                                      "errors: p95<5",
                                      "checks>150%",
                                      "throughput>5ms",
                                      "users<5%",
                                      "cpu{host=a}<5%",
                                      "memory<5s",
                                      "response_time<5s",
                                      "response_time: rate<5",
                                      "apdex>0.9",
                                      "apdex(0s)>0.9",
                                      "p95<300ms for",
                                      "p95<300ms for 5",
                                      "p95<300ms for 0s",
                                      "p95<300ms over 10s over 5s",
                                      "p95<300ms or",
                                      "p95<300ms or no",
                                      "p95<300ms && p99<1s",
                                      "p95<-5ms",
                                      "p95<0,5s",
                                      "query: max<5",
                                      "metric: max<5",
                                      "my_trend<5",
                                      "transactions: p95<1s",
                                      "response_time{endpoint=a,scenario=b}: p95<1s",
                                      "waiting{scenario=b}: p95<1s",
                                      "checks{group=a}: rate>0.9",
                                      "response_time{endpoint=\"a}: p95<1s",
                                      "response_time{endpoint=a: p95<1s",
                                      "response_time{=a}: p95<1s",
                                      "response_time{endpoint=~a}: p95<1s",
                                      "p95==3s for 5s",
                                      "p95<1e999s",
                                      "p95<1s for 99999999h"}) {
    EXPECT_FALSE(wrong(text).empty()) << text;
  }
  EXPECT_FALSE(wrong(std::string(5000, 'p')).empty());
}

TEST(Criterion, TheAlertsOfEveryLoadTestAreCriteriaThatWarn) {
  const auto criteria = default_criteria();
  ASSERT_EQ(criteria.size(), 4U);
  EXPECT_EQ(criteria[0].text, "errors<=5%");
  EXPECT_EQ(criteria[1].text, "p95<=1s");
  EXPECT_EQ(criteria[2].text, "throughput>=10/s");
  EXPECT_EQ(criteria[3].text, "cpu<=90% for 120s or no data");
  for (const Criterion& criterion : criteria) EXPECT_TRUE(criterion.only_warns);
}

TEST(Criterion, EachExampleOfTheManualIsOne) {
  std::ifstream file(OMNIWRITER_SOURCE_DIR "/docs/criteria.md");
  const std::string manual(std::istreambuf_iterator<char>(file), {});
  std::size_t examples = 0;
  for (std::size_t from = manual.find('`'); from != std::string::npos;) {
    const std::size_t end = manual.find('`', from + 1);
    if (end == std::string::npos) break;
    const std::string text = manual.substr(from + 1, end - from - 1);
    from = manual.find('`', end + 1);
    const bool compares = text.find_first_of("<>") != std::string::npos || text.find("==") != std::string::npos;
    const bool foreign = text.starts_with("avg-rt ") || text.starts_with("Global: ");
    if (!compares || foreign || text.find_first_of("0123456789") == std::string::npos || text.contains('\n')) continue;
    parsed(text);
    ++examples;
  }
  EXPECT_GT(examples, 50U);
}

// Whatever is put together of the words of the language, or cut out of it: it is read, or refused with a message.
TEST(Criterion, AnyTextIsReadOrRefused) {
  const std::vector<std::string> words{"p95", "p(95)", "errors", "checks", "query",  "my_trend", "{",      "}",
                                       ":",   "=",     "\"a\"",  "name",   "<",      "<=",       "==",     "300",
                                       "ms",  "%",     "+",      "-",      "for",    "over",     "ignore", "first",
                                       "10s", "or",    "no",     "data",   " ",      "é",        "\xff",   "\\",
                                       "'",   "1e9",   "/s",     "GB",     "apdex(", "500ms",    ")",      "\n"};
  std::mt19937 random(7);
  std::size_t read = 0;
  for (int i = 0; i < 2'000; ++i) {
    std::string text = i % 2 == 0 ? "p95<300ms" : "";
    for (auto n = random() % 12; n > 0; --n) text += words[random() % words.size()];
    if (i % 3 == 0 && !text.empty()) text.erase(random() % text.size(), 1);
    const auto criterion = parse_criterion(text);
    if (!criterion) {
      EXPECT_FALSE(criterion.error().message.empty());
      continue;
    }
    ++read;
    // What was read is read again, to the same.
    const auto again = parse_criterion(criterion->text);
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(again->bound, criterion->bound) << text;
  }
  EXPECT_GT(read, 50U);
}

}  // namespace
}  // namespace omniwriter
