#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "delivery/delivery.h"
#include "delivery/output_kind.h"
#include "outputs/kafka/settings.h"
#include "support/fake_clock.h"
#include "support/fake_kafka.h"
#include "support/fake_listener.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_kafka();
const OutputKind& output_kafka_samples();

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeKafka;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::size_t kMessages = 120 * 4 + 1;  // three endpoints and their total in each second, and the run

class KafkaTest : public ::testing::Test {
 protected:
  std::unique_ptr<Output> make() { return std::move(*output_kafka().make(config_, kafka_.brokers() + "/results")); }
  LedgerEntry deliver_to(Output& output) {
    return send_now(testing::sample_run(), output, {.request_timeout = 5s, .give_up_after = 10s}, clock_, 1);
  }
  FakeKafka kafka_;
  Config config_;
  testing::FakeClock clock_;
};

TEST_F(KafkaTest, EveryPointIsAMessageWithAKeyOfItsSeriesAndAnIdOfItsOwn) {
  EXPECT_TRUE(deliver_to(*make()).closed());
  const auto messages = kafka_.messages("results", kMessages);
  ASSERT_EQ(messages.size(), kMessages);
  std::map<std::string, std::string> endpoints;  // by key
  std::set<std::string> ids;
  std::uint64_t requests = 0;
  for (const auto& [key, id, value] : messages) {
    const json point = json::parse(value);
    const std::string series = point.at("type").get<std::string>() + " " + point.value("endpoint", "");
    EXPECT_EQ(endpoints.try_emplace(key, series).first->second, series);
    EXPECT_TRUE(ids.insert(id).second);
    EXPECT_EQ(id.size(), 32U);
    if (point["type"] == "interval") requests += point.at("requests").get<std::uint64_t>();
  }
  EXPECT_EQ(endpoints.size(), 5U);
  EXPECT_EQ(requests, testing::kSampleRunRequests);
}

TEST_F(KafkaTest, WhatWasSentWhileTheTestWentOnIsNotSentAgain) {
  const auto output = make();
  std::vector<OutputItem> items;
  const omniwriter::Run run = testing::sample_run();
  output->encode_live(run, {{testing::kSampleRunStart, testing::kSampleRunStart + 60}, {}},
                      [&](OutputItem item) { items.push_back(std::move(item)); });
  EXPECT_EQ(items.size(), 240U);
  EXPECT_TRUE(send_now(std::move(items), *output, {}, clock_, 1).problems.empty());
  EXPECT_TRUE(deliver_to(*output).closed());
  EXPECT_EQ(kafka_.messages("results", kMessages).size(), kMessages);
}

TEST_F(KafkaTest, BrokersThatDoNotEncryptGetNothingOfAUser) {
  config_.of<KafkaSettings>().username = "ann";
  config_.of<KafkaSettings>().password = Secret("s3cret");
  const LedgerEntry entry =
      send_now(testing::sample_run(), *make(), {.request_timeout = 2s, .give_up_after = 0s}, clock_, 1);
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("SSL_HANDSHAKE")));
  EXPECT_THAT(entry.problems, Not(Contains(HasSubstr("s3cret"))));
  EXPECT_THAT(kafka_.messages("results", 0), IsEmpty());
}

TEST_F(KafkaTest, ALaterProcessSendsTheSameIds) {
  EXPECT_TRUE(deliver_to(*make()).closed());
  EXPECT_TRUE(deliver_to(*make()).closed());
  std::set<std::pair<std::string, std::string>> known;
  for (const auto& [key, id, value] : kafka_.messages("results", 2 * kMessages)) known.emplace(id, value);
  EXPECT_EQ(known.size(), kMessages);
}

TEST_F(KafkaTest, ATransientErrorIsRetriedBySomebody) {
  kafka_.fail_next(3, 7);  // REQUEST_TIMED_OUT
  EXPECT_TRUE(deliver_to(*make()).closed());
  EXPECT_EQ(kafka_.messages("results", kMessages).size(), kMessages);
}

TEST_F(KafkaTest, MissingRightsAreForAPersonToMend) {
  kafka_.fail_next(100, 29);  // TOPIC_AUTHORIZATION_FAILED
  const LedgerEntry entry = deliver_to(*make());
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("authorization failed")));
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

TEST_F(KafkaTest, AMessageThatIsTooLargeIsRejectedAlone) {
  const auto report = make()->send(
      std::vector<OutputItem>{{std::string(100, 'a'), 1}, {std::string(2'000'000, 'b'), 1}, {std::string(100, 'c'), 1}},
      5s);
  EXPECT_THAT(report.retryable, IsEmpty());
  ASSERT_EQ(report.rejected.size(), 1U);
  EXPECT_EQ(report.rejected[0].index, 1U);
  EXPECT_THAT(report.rejected[0].reason, HasSubstr("too large"));
}

TEST_F(KafkaTest, NobodyThereLeavesAllPendingAndSaysWhy) {
  std::string address;
  {
    address = testing::FakeListener(testing::FakeListener::Kind::tcp).address();
  }
  const auto output = std::move(*output_kafka().make(config_, address + "/results"));
  const auto report = output->send(std::vector<OutputItem>{{std::string(100, 'a'), 1}}, 1s);
  EXPECT_EQ(report.retryable.size(), 1U);
  EXPECT_EQ(report.retry, Retry::later);
  EXPECT_THAT(report.retry_reason, HasSubstr("Connection refused"));
}

TEST_F(KafkaTest, TakesBrokersAndATopic) {
  EXPECT_TRUE(output_kafka().make(config_, "a:9092,[::1]:9093/my-topic_1.x"));
  for (const char* bad : {"", "a:9092", "a:9092/", "a/topic", "a:9092,/topic", ",a:9092/topic", "a:9092/to pic",
                          "a:9092/..", "http://a:9092/topic", "u:p@a:9092/topic", "a:9092/topic/more"}) {
    EXPECT_FALSE(output_kafka().make(config_, bad)) << bad;
  }
}

TEST_F(KafkaTest, EverySingleSampleIsAMessage) {
  const auto output = std::move(*output_kafka_samples().make(config_, kafka_.brokers() + "/results"));
  EXPECT_TRUE(deliver_to(*output).closed());
  const auto messages = kafka_.messages("results", testing::kSampleRunRequests);
  std::set<std::uint64_t> numbers;
  std::set<std::string> keys;
  std::set<std::string> ids;
  for (const auto& [key, id, value] : messages) {
    const json sample = json::parse(value);
    EXPECT_EQ(sample.at("type"), "sample");
    EXPECT_GT(sample.at("response_time").get<double>(), 0);
    numbers.insert(sample.at("number").get<std::uint64_t>());
    keys.insert(key);
    ids.insert(id);
  }
  EXPECT_EQ(numbers.size(), testing::kSampleRunRequests);
  EXPECT_EQ(ids.size(), testing::kSampleRunRequests);
  EXPECT_EQ(keys.size(), 3U);  // so that those of an endpoint stay in order
}

TEST(KafkaMessages, TellOfPhasesChecksMetricsAndMessages) {
  const auto output = *output_kafka().make(Config(), "127.0.0.1:1/results");
  std::map<std::string, int> types;
  std::set<std::string> ids;
  output->encode(testing::detailed_run(), [&](const OutputItem& item) {
    constexpr std::size_t kHashBytes = 32;
    EXPECT_TRUE(ids.insert(item.bytes.substr(kHashBytes, kHashBytes)).second);
    ++types[json::parse(item.bytes.substr(2 * kHashBytes)).at("type")];
  });
  EXPECT_EQ(types, (std::map<std::string, int>{{"interval", 360},
                                               {"interval_total", 120},
                                               {"phase", 48},
                                               {"check", 121},
                                               {"metric", 600},
                                               {"run_phase", 6},
                                               {"run_check", 1},
                                               {"run_metric", 5},
                                               {"error_message", 1},
                                               {"run", 1}}));
}

}  // namespace
}  // namespace omniwriter
