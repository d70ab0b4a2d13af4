#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/output_kind.h"
#include "support/fake_http_server.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_pushgateway();

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PushgatewayTest : public ::testing::Test {
 protected:
  testing::FakeRequest push(const std::string& test_name, const std::string& run_id) {
    run_.info.test_name = test_name;
    run_.info.run_id = run_id;
    output_->encode(run_, [&](const OutputItem& item) {
      const auto report = output_->send({&item, 1}, 5s);
      EXPECT_TRUE(report.rejected.empty() && report.retryable.empty());
    });
    return server_.requests().back();
  }
  int status_ = 200;
  std::string body_;
  testing::FakeHttpServer server_{
      [this](const testing::FakeRequest&) { return testing::FakeReply{.status = status_, .body = body_}; }};
  omniwriter::Run run_ = testing::sample_run();
  std::unique_ptr<Output> output_ = std::move(*output_pushgateway().make(Config(), server_.url() + "/base/"));
};

TEST_F(PushgatewayTest, ReplacesTheGroupOfTheRun) {
  const auto request = push("checkout flow", "run-1");
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/base/metrics/job/load_test/test_name/checkout%20flow/testid/run-1");
  EXPECT_THAT(request.header("Content-Type"), StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(request.body, StartsWith("# HELP load_test_requests_total"));
  EXPECT_THAT(request.body,
              HasSubstr("test_name=\"checkout flow\",endpoint=\"GET /\",status=\"200\",testid=\"run-1\"} 400"));
}

TEST_F(PushgatewayTest, WhatDoesNotFitIntoAPathGoesInBase64) {
  const std::string group = "/base/metrics/job/load_test/test_name";
  EXPECT_EQ(push("a/b", "").target, group + "@base64/YS9i/testid@base64/=");
  EXPECT_EQ(push(".", "..").target, group + "@base64/Lg/testid@base64/Li4");
  EXPECT_EQ(push("/\xff\xfe?", "a@b").target, group + "@base64/L__-Pw/testid/a%40b");
}

TEST_F(PushgatewayTest, ANameThatIsTakenIsForAPersonToMend) {
  std::vector<OutputItem> items;
  output_->encode(run_, [&](OutputItem item) { items.push_back(std::move(item)); });
  status_ = 400;
  body_ =
      "pushed metrics are invalid or inconsistent with existing metrics: collected metric load_test_active_users "
      "gauge:<value:3> should be a Counter\n";
  const auto clash = output_->send(items, 5s);
  EXPECT_EQ(clash.retry, Retry::blocked);
  EXPECT_EQ(clash.retryable.size(), 1U);
  EXPECT_THAT(clash.retry_reason, HasSubstr("should be a Counter; another group"));
  body_ = "text format parsing error in line 3";
  EXPECT_EQ(output_->send(items, 5s).rejected.size(), 1U) << "that is our own fault";
}

TEST_F(PushgatewayTest, TakesTheGroupBack) {
  push("checkout", "run-1");
  status_ = 202;
  EXPECT_TRUE(output_->remove(run_));
  EXPECT_EQ(server_.requests().back().method, "DELETE");
  EXPECT_EQ(server_.requests().back().target, server_.requests().front().target);
  status_ = 500;
  const auto removed = output_->remove(run_);
  ASSERT_FALSE(removed);
  EXPECT_TRUE(removed.error().retryable);
}

}  // namespace
}  // namespace omniwriter
