#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "delivery/delivery.h"
#include "delivery/output_kind.h"
#include "outputs/loki/settings.h"
#include "support/fake_clock.h"
#include "support/fake_http_server.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_loki();

namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FakeReply;
using testing::FakeRequest;
using ::testing::HasSubstr;

/// Takes what Loki's documentation of POST /loki/api/v1/push says, and answers as it does; keeps each line once.
class FakeLoki {
 public:
  FakeReply answer(const FakeRequest& request) {
    if (request.method != "POST" || request.target != "/loki/api/v1/push") return {.status = 404};
    if (request.header("Content-Type") != "application/json") return {.status = 400, .body = "unexpected content type"};
    const json body = json::parse(request.plain_body(), nullptr, false);
    if (!body.is_object() || body.size() != 1 || !body.contains("streams"))
      return {.status = 400, .body = "no streams"};
    std::size_t too_old = 0;
    for (const json& stream : body["streams"]) {
      for (const auto& [name, value] : stream.at("stream").items()) {
        const bool label = value.is_string() && !value.get<std::string>().empty() &&
                           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
        if (!label) return {.status = 400, .body = "error at least one label pair is invalid"};
      }
      for (const json& entry : stream.at("values")) {
        const auto time = entry.at(0).get<std::string>();
        if (time.size() != 19) return {.status = 400, .body = "the timestamp must be nanoseconds, as a string"};
        if (time < oldest) {
          ++too_old;
        } else {
          lines.emplace(stream["stream"].dump(), time, entry.at(1).get<std::string>());
        }
      }
    }
    if (too_old == 0) return {.status = 204};
    return {.status = 400, .body = "entry has timestamp too old, ignored"};
  }

  std::string oldest = "0";
  std::set<std::tuple<std::string, std::string, std::string>> lines;  // labels, time, line
};

class LokiTest : public ::testing::Test {
 protected:
  LedgerEntry deliver_run() {
    config_.labels = {{"team", "shop"}, {"empty", ""}};
    const auto output = std::move(*output_loki().make(config_, server_.url()));
    return send_now(testing::sample_run(), *output, {}, clock_, 1);
  }
  [[nodiscard]] std::vector<json> lines_of(const std::string& type) const {
    std::vector<json> found;
    for (const auto& [labels, time, line] : loki_.lines) {
      const json stream = json::parse(labels);
      if (stream.at("type") != type) continue;
      EXPECT_EQ(stream.at("testid"), "run-1");
      EXPECT_EQ(stream.at("team"), "shop");
      found.push_back(json::parse(line));
    }
    return found;
  }
  FakeLoki loki_;
  testing::FakeHttpServer server_{[this](const FakeRequest& request) { return loki_.answer(request); }};
  Config config_;
  testing::FakeClock clock_;
};

TEST_F(LokiTest, HoldsEveryErrorAndTheRunOnceHoweverOftenItIsSent) {
  for (int time = 0; time < 2; ++time) {
    const LedgerEntry entry = deliver_run();
    EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
    std::uint64_t errors = 0;
    for (const json& line : lines_of("error")) {
      errors += line.at("count").get<std::uint64_t>();
      EXPECT_EQ(line.at("error_type"), "http_500");
    }
    EXPECT_EQ(errors, testing::kSampleRunErrors);
    EXPECT_EQ(lines_of("endpoint").size(), 3U);
    ASSERT_EQ(lines_of("run").size(), 1U);
    EXPECT_EQ(lines_of("run")[0].at("requests"), testing::kSampleRunRequests);
  }
}

TEST_F(LokiTest, LogsInAsATenant) {
  config_.of<LokiSettings>().username = "ann";
  config_.of<LokiSettings>().password = Secret("s3cret");
  config_.of<LokiSettings>().headers = {{"X-Scope-OrgID", "team-1"}};
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_EQ(server_.requests().back().header("Authorization"), "Basic YW5uOnMzY3JldA==");
  EXPECT_EQ(server_.requests().back().header("X-Scope-OrgID"), "team-1");
  config_.of<LokiSettings>().token = Secret("t0ken");
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_EQ(server_.requests().back().header("Authorization"), "Bearer t0ken");
}

TEST_F(LokiTest, ATimeThatItTakesNoMoreIsForAPersonToMend) {
  loki_.oldest = "1769904000000000000";  // the second half of the run
  LedgerEntry entry = deliver_run();
  EXPECT_FALSE(entry.settled);
  EXPECT_EQ(entry.rejected, 0U);
  EXPECT_THAT(entry.problems, ElementsAre(AllOf(HasSubstr("too old"), HasSubstr("reject_old_samples_max_age"))));
  loki_.oldest.clear();
  entry = deliver_run();
  EXPECT_TRUE(entry.closed());
  EXPECT_EQ(lines_of("run").size(), 1U);
  EXPECT_EQ(lines_of("error").size(), testing::kSampleRunErrors) << "each line once";
}

TEST(LokiLines, TellOfChecksThatFailedOfMessagesAndOfTheWholeRun) {
  const auto output = *output_loki().make(Config(), "http://127.0.0.1:1");
  std::map<std::string, std::vector<json>> lines;
  output->encode(testing::detailed_run(), [&](const OutputItem& item) {
    const json stream = json::parse(item.bytes);
    lines[stream["stream"]["type"]].push_back(json::parse(stream["values"][0][1].get<std::string>()));
  });
  EXPECT_EQ(lines["check"].size(), 30U) << "of those that passed there is nothing to say";
  EXPECT_EQ(lines["check"][0]["check"], "status is 200");
  EXPECT_EQ(lines["run_phase"].size(), 6U);
  EXPECT_EQ(lines["run_check"].at(0)["passed"], 91);
  EXPECT_EQ(lines["run_metric"].size(), 5U);
  EXPECT_EQ(lines["error_message"].at(0)["count"], 40);
  EXPECT_EQ(lines["error_message"].at(0)["message"], "no stock of \"lamp\" in shop #");
}

}  // namespace
}  // namespace omniwriter
