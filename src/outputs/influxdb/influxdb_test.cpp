#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "delivery/output_kind.h"
#include "support/fake_http_server.h"
#include "support/sample_runs.h"
#include "systems/influxdb/settings.h"

namespace omniwriter {

const OutputKind& output_influxdb();
const OutputKind& output_influxdb_samples();

namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class InfluxDbTest : public ::testing::Test {
 protected:
  InfluxDbTest() {
    config_.of<InfluxDbSettings>().database = "load \"tests\"";
    config_.of<InfluxDbSettings>().username = "ann";
    config_.of<InfluxDbSettings>().password = Secret("pass");
    config_.labels = {{"team", "shop"}};
    make_anew();
  }
  void make_anew() { output_ = std::move(*output_influxdb().make(config_, server_.url())); }
  void use_token() {
    config_.of<InfluxDbSettings>().username.clear();
    config_.of<InfluxDbSettings>().password = {};
    config_.of<InfluxDbSettings>().token = Secret("my-token");
    config_.of<InfluxDbSettings>().org = "my org";
    make_anew();
  }
  /// What is asked to write a line, after being prepared by a server of this version.
  std::string write_target(const std::string& version) {
    reply_ = {.status = 204, .headers = {{"X-Influxdb-Version", version}}};
    make_anew();
    EXPECT_TRUE(output_->prepare());
    (void)output_->send(std::vector<OutputItem>{{"m a=1 1\n", 1}}, 5s);
    return server_.requests().back().target;
  }
  std::vector<std::string> lines(const omniwriter::Run& run) {
    std::vector<std::string> result;
    output_->encode(run, [&](const OutputItem& item) { result.push_back(item.bytes); });
    return result;
  }
  /// Sends three lines to a server that answers with this error.
  SendReport refuse(int status, const std::string& error) {
    reply_ = {.status = status, .body = nlohmann::json{{"error", error}}.dump()};
    return output_->send(std::vector<OutputItem>{{"m a=1 1\n", 1}, {"m,t=x': y a=2 2\n", 1}, {"m a=3 3\n", 1}}, 5s);
  }
  testing::FakeReply reply_{.status = 204};
  testing::FakeHttpServer server_{[this](const testing::FakeRequest&) { return reply_; }};
  Config config_;
  std::unique_ptr<Output> output_;
};

TEST_F(InfluxDbTest, WritesEveryMeasurementInAFixedOrder) {
  const auto all = lines(testing::sample_run());
  ASSERT_GT(all.size(), 10U);
  const std::string common = "team=shop,test_name=checkout,testid=run-1";
  // "GET /" in the first second: 1, 827, 656 and 485 ms.
  EXPECT_THAT(all, Contains("load_test_interval,endpoint=GET\\ /," + common +
                            " requests=4i,errors=0i,throughput_rps=4,mean=0.49225,min=0.001,p50=0.48532596838690023,"
                            "p90=0.827,p95=0.827,p99=0.827,max=0.827,bytes_received=4000i,bytes_sent=400i "
                            "1769903940000000000\n"));
  EXPECT_THAT(all, Contains("load_test_status,endpoint=POST\\ /login,status=500," + common +
                            " count=1i 1769903940000000000\n"));
  EXPECT_THAT(all, Contains("load_test_errors,endpoint=POST\\ /login,error_type=http_500," + common +
                            " count=1i 1769903940000000000\n"));
  EXPECT_THAT(all, Contains(StartsWith("load_test_interval_total," + common + " requests=10i,errors=1i,")));
  EXPECT_THAT(all.back(), StartsWith("load_test_run," + common + " requests=1200i,errors=40i,"));
  EXPECT_THAT(all.back(), HasSubstr(",active_users=24i,bad_records=0i,tool=\"jmeter\",finished=1i,ended=17699040"));
  EXPECT_THAT(all.back(), EndsWith(" 1769903940000000000\n"));
}

TEST_F(InfluxDbTest, TheRunAndItsEndpointsStandAtTheStartLiveAndAfter) {
  const omniwriter::Run run = testing::sample_run();
  std::vector<std::string> live;
  output_->encode_live(run, {{testing::kSampleRunStart, testing::kSampleRunStart + 2}, {}},
                       [&](const OutputItem& item) { live.push_back(item.bytes); });
  const auto finished = lines(run);
  const auto of = [](const std::vector<std::string>& all, const std::string& measurement) {
    std::vector<std::string> found;
    for (const auto& line : all) {
      if (line.starts_with(measurement + ",")) found.push_back(line);
    }
    return found;
  };
  EXPECT_EQ(of(live, "load_test_endpoint"), of(finished, "load_test_endpoint"));
  const auto endpoints = of(live, "load_test_endpoint");
  ASSERT_EQ(endpoints.size(), 3U);
  const auto first = std::ranges::find(run.series, SampleKind::request, &Series::kind);
  ASSERT_NE(first, run.series.end());
  EXPECT_THAT(endpoints[0], HasSubstr(fmt::format(",p95={},", *first->total.quantile(0.95))));
  EXPECT_THAT(endpoints[0], HasSubstr(",error_ratio="));
  EXPECT_THAT(endpoints[0], HasSubstr(",time_share=0."));
  EXPECT_THAT(endpoints[0], EndsWith(" 1769903940000000000\n"));
  EXPECT_THAT(of(live, "load_test_run"), ElementsAre(HasSubstr(",finished=0i,")));
  EXPECT_EQ(of(live, "load_test_interval_total").size(), 2U);
  EXPECT_THAT(of(live, "load_test_alerts").size(), 6U) << "three rules, two slots";
  EXPECT_THAT(of(finished, "load_test_alerts").back(), HasSubstr(",state="));
}

TEST_F(InfluxDbTest, CreatesTheDatabaseWithCredentialsInTheHeaderOnly) {
  reply_ = {};
  EXPECT_TRUE(output_->prepare());
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/query?q=CREATE%20DATABASE%20%22load%20%5C%22tests%5C%22%22");
  EXPECT_EQ(request.header("Authorization"), "Basic YW5uOnBhc3M=");
}

TEST_F(InfluxDbTest, AUserWhoMayNotCreateDatabasesMayStillWrite) {
  for (const int status : {401, 403, 404, 405}) {
    reply_ = {.status = status};
    make_anew();
    EXPECT_TRUE(output_->prepare()) << status;
  }
  make_anew();
  reply_ = {.status = 503};
  const auto prepared = output_->prepare();
  ASSERT_FALSE(prepared);
  EXPECT_TRUE(prepared.error().retryable);
}

TEST_F(InfluxDbTest, WritesWithNanosecondsAndCompressed) {
  EXPECT_TRUE(output_->send(std::vector<OutputItem>{{"m a=1 1\n", 1}}, 5s).retryable.empty());
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.target, "/write?db=load%20%22tests%22&precision=ns");
  EXPECT_EQ(request.header("Content-Encoding"), "gzip");
  EXPECT_EQ(request.plain_body(), "m a=1 1\n");
}

TEST_F(InfluxDbTest, LinesThatTheServerQuotesAreRejectedAlone) {
  const std::string quoted = "unable to parse 'm,t=x': y a=2 2': invalid field format";
  const auto partial = refuse(400, "partial write: " + quoted + " dropped=0");
  ASSERT_EQ(partial.rejected.size(), 1U);
  EXPECT_EQ(partial.rejected[0].index, 1U);
  EXPECT_THAT(partial.rejected[0].reason, StartsWith("unable to parse: invalid field format"));
  EXPECT_THAT(partial.retryable, IsEmpty());  // the others are written

  const auto nothing_written = refuse(400, quoted);
  EXPECT_EQ(nothing_written.rejected.size(), 1U);
  EXPECT_THAT(nothing_written.retryable, ElementsAre(0, 2));

  const auto two = refuse(400, "partial write: unable to parse 'm a=1 1': x\nunable to parse 'm a=3 3': y dropped=0");
  ASSERT_EQ(two.rejected.size(), 2U);
  EXPECT_EQ(two.rejected[0].reason, "unable to parse: x");
}

TEST_F(InfluxDbTest, LinesThatItDoesNotNameAreSearchedFor) {
  for (const int status : {400, 422}) {
    const auto report = refuse(status, "partial write: field type conflict: input field \"a\" dropped=1");
    EXPECT_THAT(report.retryable, ElementsAre(0, 1, 2));
    EXPECT_EQ(report.retry, Retry::bisect);
    EXPECT_THAT(report.retry_reason, HasSubstr("field type conflict"));
  }
  EXPECT_EQ(refuse(500, "engine is closed").retry, Retry::later);
}

TEST_F(InfluxDbTest, WhereAllAreDroppedAllAreRejected) {
  const auto report = refuse(400, "partial write: field type conflict dropped=3");
  EXPECT_EQ(report.rejected.size(), 3U);
  EXPECT_THAT(report.rejected[2].reason, HasSubstr("field type conflict"));
}

TEST_F(InfluxDbTest, ALimitThatSomebodyCanRaiseKeepsThePointsPending) {
  for (const auto& [status, words, remedy] : std::vector<std::tuple<int, std::string, std::string>>{
           {400, "partial write: points beyond retention policy dropped=3", "replay RUN --start-time now"},
           {422, "failure writing points to database: partial write: points beyond retention policy dropped=1",
            "ALTER RETENTION POLICY"},
           {500, "partial write: max-series-per-database limit exceeded: (1000) dropped=2", "raise that limit"},
           {400, "partial write: max-values-per-tag limit exceeded (100/100): measurement=\"m\" tag=\"t\" dropped=1",
            "raise that limit"},
           {500, "engine: error writing WAL entry: no space left on device", "disk is full"}}) {
    const auto report = refuse(status, words);
    EXPECT_EQ(report.retry, Retry::blocked) << words;
    EXPECT_THAT(report.retryable, ElementsAre(0, 1, 2)) << words;
    EXPECT_THAT(report.rejected, IsEmpty()) << words;
    EXPECT_THAT(report.retry_reason, HasSubstr(remedy)) << words;
  }
}

TEST_F(InfluxDbTest, AGoodAnswerSaysNothing) {
  const auto answered = [&](int status, const std::string& body, const std::string& type) {
    ASSERT_TRUE(output_->prepare());
    reply_ = {.status = status, .body = body, .headers = {{"Content-Type", type}}};
    const auto report = output_->send(std::vector<OutputItem>(2, {"m a=1 1\n", 1}), 5s);
    EXPECT_EQ(report.retry, Retry::blocked) << body;
    EXPECT_EQ(report.retryable.size(), 2U) << body;
    EXPECT_THAT(report.retry_reason, HasSubstr("is this its address?"));
  };
  answered(200, "<!DOCTYPE html><title>Hotel Wi-Fi</title>", "text/html; charset=utf-8");
  answered(200, "welcome", "text/plain");
  answered(200, "", "");
}

TEST_F(InfluxDbTest, AMissingDatabaseIsForAPersonToMend) {
  const auto report = refuse(404, "database not found: \"x\"");
  EXPECT_EQ(report.retry, Retry::blocked);
  EXPECT_THAT(report.retry_reason, HasSubstr("database not found"));
}

TEST_F(InfluxDbTest, TheServerAndTheLoginTellHowToWrite) {
  const std::string v1 = "/write?db=load%20%22tests%22&precision=ns";
  EXPECT_EQ(write_target("v2.7.6"), v1) << "a user is given";
  config_.of<InfluxDbSettings>().username.clear();
  EXPECT_EQ(write_target("1.8.10"), v1);
  EXPECT_EQ(write_target(""), v1);
  EXPECT_EQ(write_target("v2.7.6"), v1) << "without a token there is no other way";
  const std::string v3 = "/api/v3/write_lp?db=load%20%22tests%22&precision=nanosecond&accept_partial=true";
  EXPECT_EQ(write_target("3.2.1"), v3);
  use_token();
  const std::string v2 = "/api/v2/write?org=my%20org&bucket=load%20%22tests%22&precision=ns";
  EXPECT_EQ(write_target("1.8.10"), v2);
  EXPECT_EQ(write_target("v2.7.6"), v2);
  EXPECT_EQ(server_.requests().back().header("Authorization"), "Token my-token");
  EXPECT_EQ(write_target("3.2.1"), v3);
  EXPECT_EQ(server_.requests().back().header("Authorization"), "Bearer my-token");
  config_.of<InfluxDbSettings>().api = InfluxDbApi::v3;
  EXPECT_EQ(write_target("1.8.10"), v3);
  config_.of<InfluxDbSettings>().api = InfluxDbApi::v2;
  config_.of<InfluxDbSettings>().bucket = "b";
  EXPECT_EQ(write_target("3.2.1"), "/api/v2/write?org=my%20org&bucket=b&precision=ns");
}

TEST_F(InfluxDbTest, PreparesOnceUntilItIsStopped) {
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(output_->prepare());
  EXPECT_EQ(server_.requests().size(), 1U);
  (void)refuse(404, "database not found");
  EXPECT_TRUE(output_->prepare());
  EXPECT_EQ(server_.requests().back().target.substr(0, 7), "/query?");
}

TEST_F(InfluxDbTest, Version2DeletesInTheBucket) {
  use_token();
  config_.of<InfluxDbSettings>().api = InfluxDbApi::v2;
  make_anew();
  EXPECT_TRUE(output_->remove(testing::sample_run()));
  const auto request = server_.requests().back();
  EXPECT_EQ(request.target, "/api/v2/delete?org=my%20org&bucket=load%20%22tests%22");
  EXPECT_EQ(request.header("Content-Type"), "application/json");
  const auto body = nlohmann::json::parse(request.body);
  EXPECT_EQ(body.at("predicate"), "testid=\"run-1\"");
  EXPECT_EQ(body.at("start"), "2026-01-30T23:59:00.000Z");
  EXPECT_THAT(body.at("stop").get<std::string>(), StartsWith("2026-02-02T00:01:00"));  // and a day
  reply_ = {.status = 404};                                                            // as of version 1.8
  EXPECT_FALSE(output_->remove(testing::sample_run()));
  EXPECT_THAT(server_.requests().back().target, StartsWith("/query?db=load%20%22tests%22&q=DELETE"));
}

TEST_F(InfluxDbTest, HowTheRunAsAWholeStoodIsTakenBackByItself) {
  ASSERT_TRUE(output_->prepare());
  reply_ = {.body = R"({"results":[{"statement_id":0}]})"};
  ASSERT_TRUE(output_->remove_whole(testing::sample_run()));
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 3U);
  const std::string where = "%20WHERE%20%22testid%22%20%3D%20%27run-1%27";
  EXPECT_THAT(requests[1].target, EndsWith("q=DELETE%20FROM%20%22load_test_endpoint%22" + where));
  EXPECT_THAT(requests[2].target, EndsWith("q=DELETE%20FROM%20%22load_test_run%22" + where));

  ASSERT_TRUE(output_->remove_whole(testing::detailed_run()));
  EXPECT_EQ(server_.requests().size(), 3U + 7U) << "phases, dimensions, checks, metrics and messages, too";

  use_token();
  config_.of<InfluxDbSettings>().api = InfluxDbApi::v2;
  make_anew();
  reply_ = {.status = 204};
  ASSERT_TRUE(output_->remove_whole(testing::sample_run()));
  EXPECT_EQ(nlohmann::json::parse(server_.requests().back().body).at("predicate"),
            "testid=\"run-1\" AND _measurement=\"load_test_run\"");
}

TEST_F(InfluxDbTest, WhatVersion2DropsIsSearchedFor) {
  use_token();
  config_.of<InfluxDbSettings>().api = InfluxDbApi::v2;
  make_anew();
  ASSERT_TRUE(output_->prepare());
  reply_ = {.status = 422,
            .body = R"({"code":"unprocessable entity","message":"failure writing points to database: partial write: )"
                    R"(field type conflict dropped=1"})"};
  const auto some = output_->send(std::vector<OutputItem>(3, {"m a=1 1\n", 1}), 5s);
  EXPECT_EQ(some.retry, Retry::bisect);
  EXPECT_EQ(some.retryable.size(), 3U);
  const auto all = output_->send(std::vector<OutputItem>(1, {"m a=1 1\n", 1}), 5s);
  ASSERT_EQ(all.rejected.size(), 1U);
  EXPECT_THAT(all.rejected[0].reason, HasSubstr("field type conflict"));
}

// As written in the documentation of InfluxDB 3.
TEST_F(InfluxDbTest, Version3NamesTheLinesThatItRefused) {
  use_token();
  config_.of<InfluxDbSettings>().api = InfluxDbApi::v3;
  make_anew();
  ASSERT_TRUE(output_->prepare());
  EXPECT_FALSE(output_->remove(testing::sample_run()));
  const auto refused_by = [&](const std::string& data) {
    reply_ = {.status = 400, .body = R"({"error":"partial write of line protocol occurred","data":)" + data + "}"};
    return output_->send(std::vector<OutputItem>(3, {"m a=1 1\n", 1}), 5s);
  };
  const auto report = refused_by(
      R"([{"original_line":"m a=1 1","line_number":2,"error_message":"invalid column type for column 'a'"}])");
  EXPECT_THAT(report.retryable, IsEmpty());
  ASSERT_EQ(report.rejected.size(), 1U);
  EXPECT_EQ(report.rejected[0].index, 1U);
  EXPECT_EQ(report.rejected[0].reason, "invalid column type for column 'a'");
  for (const char* odd : {"[]", "{}", R"([{"line_number":0}])", R"([{"line_number":4}])", R"([{"line_number":-1}])",
                          R"([7])", R"([{"line_number":"2"}])"}) {
    EXPECT_EQ(refused_by(odd).retry, Retry::bisect) << odd;
  }
}

/// One request, under a number.
class OneSample final : public KeptSamples {
 public:
  explicit OneSample(std::uint64_t number) : number_(number) {}
  void for_each(const std::function<void(const KeptSample&)>& visit) const override {
    const Outcome outcome{"500", "http_500"};
    KeptSample sample;
    sample.number = number_;
    sample.start_ns = 1'769'903'940'123'456'789;
    sample.duration_ns = 250'000'000;
    sample.bytes_received = 10;
    sample.bytes_sent = 5;
    sample.endpoint = "POST /login";
    sample.request = "POST /login?user=1";
    sample.outcome = &outcome;
    visit(sample);
  }
  [[nodiscard]] std::string why_missing() const override { return {}; }

 private:
  std::uint64_t number_;
};

TEST_F(InfluxDbTest, EverySingleSampleIsAPointOfItsOwn) {
  output_ = std::move(*output_influxdb_samples().make(config_, server_.url()));
  auto run = testing::sample_run();
  run.kept_samples = std::make_shared<OneSample>(77);
  EXPECT_THAT(lines(run),
              ElementsAre("load_test_sample,endpoint=POST\\ /login,error_type=http_500,status=500,team=shop,"
                          "test_name=checkout,testid=run-1 "
                          "response_time=0.25,bytes_received=10i,bytes_sent=5i,count=1i "
                          "1769903940123000077\n"));
  // Past a million samples the number does not fit below the millisecond.
  run.kept_samples = std::make_shared<OneSample>(3'000'077);
  EXPECT_THAT(lines(run), ElementsAre(AllOf(HasSubstr(",part=3,"), ::testing::EndsWith(" 1769903940123000077\n"))));
  // One that the run does not keep apart.
  run.series.clear();
  EXPECT_THAT(lines(run), ElementsAre(HasSubstr("endpoint=__other__,")));
}

TEST_F(InfluxDbTest, TimesThatAreNotKnownAreNotSent) {
  output_ = std::move(*output_influxdb_samples().make(config_, server_.url()));
  auto run = testing::sample_run();
  const auto nothing = std::make_shared<const ReportedTimes>(ReportedTimes{{}, std::nullopt, false, false, false});
  for (Series& series : run.series) series.total.reported = nothing;
  for (const std::string& line : lines(run)) EXPECT_THAT(line, ::testing::Not(HasSubstr("response_time")));
}

TEST_F(InfluxDbTest, PhasesChecksMetricsAndMessagesAreMeasurementsOfTheirOwn) {
  const auto plain = lines(testing::sample_run());
  const auto all = lines(testing::detailed_run());
  for (const std::string& line : plain) EXPECT_THAT(all, Contains(line));
  const std::string tags = ",team=shop,test_name=checkout,testid=run-1 ";
  const std::string slot = " 1769903944000000000\n";
  const std::string start = " 1769903940000000000\n";
  EXPECT_THAT(all,
              Contains(AllOf(StartsWith("load_test_phase,endpoint=GET\\ /,phase=waiting,team=shop,"),
                             HasSubstr(" count=40i,mean="), HasSubstr(",sum="), EndsWith(" 1769903951000000000\n"))))
      << "of a stretch of 16 seconds";
  EXPECT_THAT(all, Contains("load_test_check,check=status\\ is\\ 200,team=shop,test_name=checkout,testid=run-1 "
                            "count=1i,passed=0i,failed=1i,ratio=0" +
                            slot));
  EXPECT_THAT(all, Contains("load_test_metric,metric=orders,metric_type=counter" + tags +
                            "count=1i,added=3,per_second=3" + slot));
  EXPECT_THAT(all, Contains(AllOf(StartsWith("load_test_run_phase,endpoint=POST\\ /login,phase=receiving,"),
                                  HasSubstr(" count=400i,"), EndsWith(start))));
  EXPECT_THAT(all, Contains(AllOf(StartsWith("load_test_run_check,"), HasSubstr(" count=121i,passed=91i,failed=30i"))));
  EXPECT_THAT(all, Contains(AllOf(StartsWith("load_test_run_metric,metric=stock,"), HasSubstr(",last=881 "))));
  EXPECT_THAT(all,
              Contains(AllOf(StartsWith("load_test_error_message,endpoint=POST\\ /login,error_type=http_500,message="),
                             HasSubstr(" count=40i,first_seen=1769903940100000000i,"), EndsWith(start))));
  EXPECT_THAT(all.back(), StartsWith("load_test_run,")) << "last, so that who finds it finds all of it";
}

TEST_F(InfluxDbTest, WhatWasSentOfASlotIsNotSentAgain) {
  const auto run = testing::detailed_run();
  const std::int64_t middle = testing::kSampleRunStart + 60;
  std::vector<std::string> rest;
  output_->encode_rest(run, {middle, {}}, [&](const OutputItem& item) { rest.push_back(item.bytes); });
  EXPECT_THAT(rest, Not(Contains(AllOf(StartsWith("load_test_check,"), EndsWith(" 1769903944000000000\n")))));
  EXPECT_THAT(rest, Contains(AllOf(StartsWith("load_test_check,"), EndsWith(" 1769904064000000000\n"))));
}

}  // namespace
}  // namespace omniwriter
