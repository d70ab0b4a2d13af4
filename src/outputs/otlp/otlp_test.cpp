#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/delivery.h"
#include "delivery/output_kind.h"
#include "outputs/otlp/settings.h"
#include "support/fake_clock.h"
#include "support/fake_http_server.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_otlp();

namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeReply;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OtlpOutput : public ::testing::Test {
 protected:
  OtlpOutput() {
    config_.of<OtlpSettings>().username = "ann";
    config_.of<OtlpSettings>().password = Secret("s3cret-password");
    config_.of<OtlpSettings>().headers = {{"X-Scope-OrgID", "team-1"}};
    output_ = std::move(*output_otlp().make(config_, server_.url() + "/api/v1/otlp/"));
  }
  LedgerEntry deliver_run() { return send_now(run_, *output_, options_, clock_, 1); }
  LedgerEntry deliver_with(FakeReply reply) {
    reply_ = std::move(reply);
    return deliver_run();
  }

  FakeReply reply_;
  std::function<FakeReply(const FakeRequest&)> answer_ = [this](const FakeRequest&) { return reply_; };
  testing::FakeHttpServer server_{[this](const FakeRequest& request) { return answer_(request); }};
  omniwriter::Run run_ = testing::sample_run();
  Config config_;
  DeliveryOptions options_{.request_timeout = 5s, .give_up_after = 10s};
  testing::FakeClock clock_;
  std::unique_ptr<Output> output_;
};

TEST_F(OtlpOutput, PostsEachMomentOnce) {
  EXPECT_TRUE(deliver_run().closed());
  const auto requests = server_.requests();
  EXPECT_EQ(requests.size(), 1U + 120 + 1 + 1);
  EXPECT_EQ(requests[0].method + " " + requests[0].target, "POST /api/v1/otlp/v1/metrics");
  EXPECT_EQ(requests[0].header("Content-Type"), "application/x-protobuf");
  EXPECT_EQ(requests[0].header("Content-Encoding"), "gzip");
  EXPECT_EQ(requests[0].header("Authorization"), "Basic YW5uOnMzY3JldC1wYXNzd29yZA==");
  EXPECT_EQ(requests[0].header("X-Scope-OrgID"), "team-1");
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_EQ(server_.requests().size(), requests.size()) << "all of it was told";
}

// partial_success { rejected_data_points: 3 error_message: "no" }
const FakeReply kPartialSuccess{.body = std::string("\x0a\x06\x08\x03\x12\x02no", 8),
                                .headers = {{"Content-Type", "application/x-protobuf"}}};

TEST_F(OtlpOutput, WhatAPartialSuccessRefusesIsRejected) {
  const auto entry = deliver_with(kPartialSuccess);
  EXPECT_EQ(entry.rejected, testing::kSampleRunRequests);
  EXPECT_EQ(entry.retries, 0U);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("refused 3 points of a request: no")));
}

TEST_F(OtlpOutput, OnePointThatIsRefusedTakesNoOtherWithIt) {
  run_ = testing::wide_run(40, 3);
  const auto holds_poison = [](std::string_view bytes) { return bytes.find("endpoint 7") != std::string_view::npos; };
  std::vector<OutputItem> items;
  output_->encode(run_, [&](OutputItem item) { items.push_back(std::move(item)); });
  int seen = 0;
  std::erase_if(items, [&](const OutputItem& item) { return holds_poison(item.bytes) && ++seen != 2; });
  ASSERT_GE(seen, 3) << "of which the second is left";
  answer_ = [&](const FakeRequest& request) {
    return holds_poison(request.plain_body()) ? kPartialSuccess : FakeReply();
  };
  std::vector<OutputItem> refused;
  const auto entry = send_now(items, *output_, options_, clock_, 1,
                              [&](const OutputItem& item, const std::string&) { refused.push_back(item); });
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_TRUE(holds_poison(refused.front().bytes));
  EXPECT_EQ(entry.items, items.size() - 1);
  const auto before = server_.requests().size();
  EXPECT_EQ(send_now(items, *output_, options_, clock_, 1).items, items.size() - 1);
  EXPECT_EQ(server_.requests().size(), before + 2) << "what was refused, in its batch and alone; all else is there";
}

TEST_F(OtlpOutput, AWarningIsNoRefusal) {
  EXPECT_TRUE(deliver_with({.body = std::string("\x0a\x04\x12\x02no", 6),
                            .headers = {{"Content-Type", "application/x-protobuf"}}})
                  .closed());
}

TEST_F(OtlpOutput, OnlySomeStatusesAreTriedAgain) {
  for (const int status : {429, 502, 503, 504}) {
    EXPECT_EQ(deliver_with({.status = status}).pending, testing::kSampleRunRequests) << status;
  }
  for (const int status : {408, 500, 501}) {
    const auto entry = deliver_with({.status = status, .body = "broken"});
    EXPECT_EQ(entry.pending, testing::kSampleRunRequests) << status;
    EXPECT_EQ(entry.retries, 0U) << "the protocol forbids it: " << status;
  }
  for (const int status : {400, 415}) {
    const auto entry = deliver_with({.status = status, .body = "broken"});
    EXPECT_EQ(entry.rejected, testing::kSampleRunRequests) << status;
    EXPECT_EQ(entry.retries, 0U) << status;
    EXPECT_THAT(entry.problems, Contains(HasSubstr("broken"))) << status;
  }
}

TEST_F(OtlpOutput, TheServersWordsMayBeAStatus) {
  const auto entry = deliver_with({.status = 400,
                                   .body = std::string("\x08\x03\x12\x07no way!", 11),
                                   .headers = {{"Content-Type", "application/x-protobuf"}}});
  EXPECT_THAT(entry.problems, ElementsAre("HTTP 400: no way!"));
}

TEST_F(OtlpOutput, WhatComesLate) {
  EXPECT_TRUE(deliver_with({.status = 400, .body = "out of order sample"}).closed());
  output_ = std::move(*output_otlp().make(config_, server_.url()));
  const auto before = server_.requests().size();
  const auto entry = deliver_with({.status = 400, .body = "out of bounds"});
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_EQ(server_.requests().size(), before + 1);
  EXPECT_THAT(entry.problems, ElementsAre(AllOf(HasSubstr("out of bounds"), HasSubstr("replay"))));
}

}  // namespace
}  // namespace omniwriter
