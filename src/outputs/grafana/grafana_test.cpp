#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "delivery/output_kind.h"
#include "support/fake_http_server.h"
#include "support/sample_runs.h"
#include "systems/grafana/settings.h"
#include "systems/influxdb/settings.h"

namespace omniwriter {

const OutputKind& output_grafana();

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GrafanaOutputTest : public ::testing::Test {
 protected:
  GrafanaOutputTest() {
    config_.of<GrafanaSettings>().api_key = Secret("glsa_token");
    config_.lang = Language::en;
    output_ = std::move(*output_grafana().make(config_, server_.url()));
  }
  std::vector<OutputItem> items(const omniwriter::Run& run) {
    std::vector<OutputItem> result;
    output_->encode(run, [&](OutputItem item) { result.push_back(std::move(item)); });
    return result;
  }
  std::string found_ = "[]";
  testing::FakeHttpServer server_{[this](const testing::FakeRequest& request) {
    if (request.method == "GET") return testing::FakeReply{.body = found_};
    if (request.method == "POST") return testing::FakeReply{.body = R"({"message":"Annotation added","id":7})"};
    return testing::FakeReply{.body = R"({"message":"Annotation updated"})"};
  }};
  Config config_;
  std::unique_ptr<Output> output_;
};

TEST_F(GrafanaOutputTest, AnnotatesFromStartToEnd) {
  const auto run = testing::sample_run();
  EXPECT_THAT(output_->send(items(run), 5s).retryable, IsEmpty());
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].target, "/api/annotations?limit=1&tags=omniwriter&tags=run%3Arun-1");
  EXPECT_EQ(requests[1].method + " " + requests[1].target, "POST /api/annotations");
  EXPECT_EQ(requests[1].header("Authorization"), "Bearer glsa_token");
  const auto body = nlohmann::json::parse(requests[1].body);
  EXPECT_EQ(body["time"], run.started_ns / 1'000'000);
  EXPECT_EQ(body["timeEnd"], run.ended_ns / 1'000'000);
  EXPECT_EQ(body["tags"], nlohmann::json({"omniwriter", "test:checkout", "run:run-1"}));
  EXPECT_THAT(body["text"].get<std::string>(), HasSubstr("checkout: 1200 requests, 3.33 % errors"));
}

TEST_F(GrafanaOutputTest, SpeaksTheLanguageOfTheUserAndLeadsToTheDashboard) {
  config_.lang = Language::pt_br;
  config_.of<GrafanaSettings>().url = server_.url();
  config_.of<InfluxDbSettings>().url = "http://influxdb";
  output_ = std::move(*output_grafana().make(config_, server_.url()));
  const std::string text = nlohmann::json::parse(items(testing::sample_run())[0].bytes)["text"];
  EXPECT_THAT(text, HasSubstr("checkout: 1200 requisições, 3,33 % de erros"));
  EXPECT_THAT(text,
              HasSubstr("<a href=\"" + server_.url() + "/d/omniwriter-main?var-datasource=omniwriter-influxdb&amp;"));
}

// It is there while the test goes on, and becomes a region at its end.
TEST_F(GrafanaOutputTest, AnnotatesARunThatGoesOnOnce) {
  const auto run = testing::sample_run();
  const auto tell = [&] {
    output_->encode_live(
        run, {}, [&](OutputItem item) { EXPECT_THAT(output_->send(std::span(&item, 1), 5s).retryable, IsEmpty()); });
  };
  tell();
  tell();
  ASSERT_EQ(server_.requests().size(), 2U);
  const auto body = nlohmann::json::parse(server_.requests()[1].body);
  EXPECT_EQ(body["time"], run.started_ns / 1'000'000);
  EXPECT_EQ(body["timeEnd"], body["time"]);
  EXPECT_THAT(body["text"].get<std::string>(), HasSubstr("checkout: the test is going on"));
  found_ = R"([{"id":42}])";
  EXPECT_THAT(output_->send(items(run), 5s).retryable, IsEmpty());
  EXPECT_EQ(server_.requests().back().method + " " + server_.requests().back().target, "PUT /api/annotations/42");
  EXPECT_EQ(nlohmann::json::parse(server_.requests().back().body)["timeEnd"], run.ended_ns / 1'000'000);
}

TEST_F(GrafanaOutputTest, AnAnswerThatIsNotGrafanasIsNoAnnotation) {
  for (const char* answer : {"<html>log in</html>", "welcome"}) {
    found_ = answer;
    const auto report = output_->send(items(testing::sample_run()), 5s);
    EXPECT_EQ(report.retryable.size(), 1U) << answer;
    EXPECT_EQ(report.retry, Retry::blocked) << answer;
  }
}

TEST_F(GrafanaOutputTest, ReplacesTheAnnotationOfTheRun) {
  found_ = R"([{"id":42}])";
  EXPECT_THAT(output_->send(items(testing::sample_run()), 5s).retryable, IsEmpty());
  EXPECT_EQ(server_.requests().back().method + " " + server_.requests().back().target, "PUT /api/annotations/42");
}

TEST_F(GrafanaOutputTest, RemovesTheAnnotationOfTheRun) {
  EXPECT_TRUE(output_->remove(testing::sample_run()));
  EXPECT_EQ(server_.requests().size(), 1U) << "there was none";
  found_ = R"([{"id":42}])";
  EXPECT_TRUE(output_->remove(testing::sample_run()));
  EXPECT_EQ(server_.requests().back().method + " " + server_.requests().back().target, "DELETE /api/annotations/42");
}

TEST_F(GrafanaOutputTest, LongNamesFitIntoTags) {
  auto run = testing::sample_run();
  run.info.test_name = std::string(300, 'x');
  run.info.run_id = std::string(300, 'y');
  for (const auto& tag : nlohmann::json::parse(items(run)[0].bytes)["tags"]) {
    EXPECT_LE(tag.get<std::string>().size(), 100U);
  }
}

}  // namespace
}  // namespace omniwriter
