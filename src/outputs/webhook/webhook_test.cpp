#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "delivery/output_kind.h"
#include "judge/judgement.h"
#include "outputs/webhook/settings.h"
#include "support/fake_http_server.h"
#include "support/judgements.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_webhook();

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::AllOf;
using testing::FakeReply;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kPath = "/services/T0/s3cret";

class Webhook : public ::testing::Test {
 protected:
  void listen_at(const std::string& url) { settings().webhook_url = Secret(url + kPath); }
  NotifySettings& settings() { return config_.of<NotifySettings>(); }

  [[nodiscard]] std::unique_ptr<Output> make() const {
    auto output = output_webhook().make(config_, output_webhook().configured_target(config_));
    EXPECT_TRUE(output) << output.error().message;
    return *std::move(output);
  }
  [[nodiscard]] std::string told(const std::optional<Judgement>& judgement) const {
    const auto output = make();
    output->show_judgement(judgement ? std::make_shared<const Judgement>(*judgement) : nullptr);
    std::vector<OutputItem> items;
    output->encode(testing::sample_run(), [&](OutputItem item) { items.push_back(std::move(item)); });
    EXPECT_EQ(items.size(), 1U);
    EXPECT_EQ(items.front().samples, testing::kSampleRunRequests);
    return items.front().bytes;
  }

  Config config_;
};

TEST_F(Webhook, TellsWhatPeopleAskFirst) {
  listen_at("https://hooks.example");
  const json body = json::parse(told(testing::failed_judgement()));
  EXPECT_EQ(body["event"], "run_judged");
  EXPECT_EQ(body["run_id"], "run-1");
  EXPECT_EQ(body["verdict"], "fail");
  EXPECT_EQ(body["valid"], true);
  EXPECT_EQ(body["samples"], testing::kSampleRunRequests);
  EXPECT_EQ(body["errors"], testing::kSampleRunErrors);
  EXPECT_EQ(body["criteria"].size(), 4U);
  EXPECT_EQ(body["criteria"][1], json::parse(R"({"criterion": "p95{endpoint:POST /checkout}<300ms", "verdict": "fail",
                                                 "observed": 0.312, "bound": 0.3})"));
  EXPECT_EQ(body["concerns"].size(), 1U);
  EXPECT_EQ(body["comparison"]["verdict"], "worse");
  const json unjudged = json::parse(told({}));
  EXPECT_EQ(unjudged["verdict"], nullptr);
  EXPECT_EQ(unjudged["comparison"], nullptr);
  EXPECT_EQ(unjudged.size(), body.size());
}

TEST_F(Webhook, SlackGetsAMessage) {
  listen_at("https://hooks.example");
  settings().format = WebhookFormat::slack;
  config_.lang = Language::en;
  const json message = json::parse(told(testing::failed_judgement()));
  ASSERT_EQ(message.size(), 1U);
  EXPECT_THAT(
      message["text"].get<std::string>(),
      AllOf(HasSubstr(":x: *checkout*: FAILED\nsamples: 1200, errors: 40, p95: "),
            HasSubstr("\n• `p95{endpoint:POST /checkout}&lt;300ms`: 312 ms"), Not(HasSubstr("http_req_failed"))));
  EXPECT_THAT(json::parse(told(testing::invalid_judgement()))["text"].get<std::string>(),
              AllOf(HasSubstr(":no_entry: *checkout*: INVALID"), HasSubstr("requests waited for one another")));
  config_.lang = Language::pt_br;
  EXPECT_THAT(told(testing::passed_judgement()), HasSubstr("APROVADA"));
  EXPECT_THAT(told(testing::hostile_judgement()), Not(HasSubstr("<b>")));
}

TEST_F(Webhook, NobodyIsToldOfSuccessWhereThatIsNotAskedFor) {
  listen_at("https://hooks.example");
  settings().on = NotifyOn::failure;
  EXPECT_EQ(told(testing::passed_judgement()), "null");
  EXPECT_EQ(told({}), "null");
  EXPECT_NE(told(testing::failed_judgement()), "null");
  EXPECT_NE(told(testing::invalid_judgement()), "null");
  const OutputItem nothing{"null", 1};
  const SendReport report = make()->send({&nothing, 1}, 1s);  // to a host that is not there
  EXPECT_TRUE(report.retryable.empty() && report.rejected.empty());
}

TEST_F(Webhook, SendsTheItemAsItIs) {
  testing::FakeHttpServer server([](const FakeRequest&) { return FakeReply{.body = "ok"}; });
  listen_at(server.url());
  const OutputItem item{R"({"event":"run_judged"})", 1};
  const auto output = make();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(output->send({&item, 1}, 5s).retryable.empty());
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].target, kPath);
  EXPECT_EQ(requests[0].plain_body(), item.bytes);
  EXPECT_EQ(requests[0].header("Content-Type"), "application/json");
  EXPECT_EQ(requests[0].header("Idempotency-Key"), requests[1].header("Idempotency-Key"));
  EXPECT_FALSE(requests[0].header("Idempotency-Key").empty());
}

TEST_F(Webhook, TheAddressIsNeverTold) {
  listen_at("http://127.0.0.1:1");
  EXPECT_EQ(output_webhook().configured_target(config_), "127.0.0.1 (notify.webhook_url)");
  const OutputItem item{"{}", 1};
  const SendReport report = make()->send({&item, 1}, 5s);
  EXPECT_EQ(report.retryable.size(), 1U);
  EXPECT_THAT(report.retry_reason, AllOf(Not(HasSubstr("s3cret")), HasSubstr("127.0.0.1 (notify.webhook_url)")));
}

TEST_F(Webhook, AnAddressThatIsNoneIsAnError) {
  settings().webhook_url = Secret("s3cret");
  const auto output = output_webhook().make(config_, output_webhook().configured_target(config_));
  ASSERT_FALSE(output);
  EXPECT_THAT(output.error().message, AllOf(HasSubstr("notify.webhook_url"), Not(HasSubstr("s3cret"))));
}

TEST_F(Webhook, WhatIsNoLongerConfiguredIsNotSentToTheHost) {
  listen_at("https://hooks.example");
  const std::string target = output_webhook().configured_target(config_);
  EXPECT_FALSE(output_webhook().make(Config(), target));
}

}  // namespace
}  // namespace omniwriter
