#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/delivery.h"
#include "delivery/output_kind.h"
#include "support/fake_clock.h"
#include "support/fake_listener.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_graphite();

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeListener;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GraphiteTest : public ::testing::Test {
 protected:
  std::unique_ptr<Output> make(const FakeListener& listener) {
    return std::move(*output_graphite().make(config_, listener.address()));
  }
  LedgerEntry deliver_to(const FakeListener& listener) {
    return send_now(testing::sample_run(), *make(listener),
                    {.request_timeout = 300ms, .give_up_after = 1s, .backoff_min = 100ms, .backoff_max = 1s}, clock_,
                    1);
  }
  Config config_;
  testing::FakeClock clock_;
};

TEST_F(GraphiteTest, WritesALineForEachNumberWithTagsAndTheTimeOfTheTest) {
  config_.labels = {{"team", "~a;b %"}};
  const FakeListener listener(FakeListener::Kind::tcp);
  EXPECT_TRUE(deliver_to(listener).closed());
  const std::string text = listener.received();
  const std::string tags = ";test_name=checkout;testid=run-1;team=%7Ea%3Bb%20%25";
  // "GET /" in the first second: 1, 827, 656 and 485 ms.
  EXPECT_THAT(text, HasSubstr("load_test.interval.requests;endpoint=GET%20/" + tags + " 4 1769903940\n"));
  EXPECT_THAT(text, HasSubstr("load_test.interval.mean;endpoint=GET%20/" + tags + " 0.49225 1769903940\n"));
  EXPECT_THAT(text, HasSubstr("load_test.interval_total.requests" + tags + " 10 1769903940\n"));
  EXPECT_THAT(text, HasSubstr("load_test.run.errors" + tags + " 40 1769903940\n"));
  EXPECT_THAT(text, HasSubstr("load_test.endpoint.errors;endpoint=POST%20/login" + tags + " 40 1769903940\n"));
}

TEST_F(GraphiteTest, TellsHowTheRunStandsWhileItGoesOn) {
  const FakeListener listener(FakeListener::Kind::tcp);
  std::string text;
  make(listener)->encode_live(testing::sample_run(), {{0, 1}, {}}, [&](const OutputItem& item) { text += item.bytes; });
  EXPECT_THAT(text, HasSubstr("load_test.endpoint.p95;endpoint=POST%20/login;"));
  EXPECT_THAT(text, HasSubstr("load_test.run.p95;"));
}

TEST_F(GraphiteTest, IsNotAcceptedBeforeTheOtherSideHasClosed) {
  const FakeListener holds(FakeListener::Kind::tcp, FakeListener::Manner::holds);
  const LedgerEntry entry = deliver_to(holds);
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("does not close")));
}

TEST_F(GraphiteTest, WhatAnswersIsNoGraphite) {
  const FakeListener answers(FakeListener::Kind::tcp, FakeListener::Manner::answers);
  const LedgerEntry entry = deliver_to(answers);
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("answers")));
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

TEST_F(GraphiteTest, ALineThatIsTooLongIsRejectedAlone) {
  const FakeListener listener(FakeListener::Kind::tcp);
  const auto report = make(listener)->send(
      std::vector<OutputItem>{{"a 1 1\n", 1}, {"b 1 1\n" + std::string(5000, 'x') + " 1 1\n", 1}, {"c 1 1\n", 1}}, 5s);
  EXPECT_THAT(report.retryable, IsEmpty());
  ASSERT_EQ(report.rejected.size(), 1U);
  EXPECT_EQ(report.rejected[0].index, 1U);
  EXPECT_EQ(listener.received(), "a 1 1\nc 1 1\n");
}

TEST_F(GraphiteTest, TakesHostAndPort) {
  for (const char* bad : {"", "graphite", "http://graphite:2003", "graphite:2003/x"}) {
    EXPECT_FALSE(output_graphite().make(config_, bad)) << bad;
  }
}

TEST_F(GraphiteTest, PhasesChecksAndMetricsAreLinesToo) {
  std::string text;
  (*output_graphite().make(config_, "127.0.0.1:1"))->encode(testing::detailed_run(), [&](const OutputItem& item) {
    text += item.bytes;
  });
  const std::string run = ";test_name=checkout;testid=run-1";
  EXPECT_THAT(text, HasSubstr("load_test.phase.count;endpoint=GET%20/;phase=waiting" + run + " 40 1769903951\n"));
  EXPECT_THAT(text, HasSubstr("load_test.check.failed;check=status%20is%20200" + run + " 1 1769903944\n"));
  EXPECT_THAT(text, HasSubstr("load_test.metric.added;metric=orders;metric_type=counter" + run + " 3 1769903944\n"));
  EXPECT_THAT(text, HasSubstr("load_test.run_check.passed;check=status%20is%20200" + run + " 91 1769903940\n"));
}

}  // namespace
}  // namespace omniwriter
