#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "delivery/output_kind.h"
#include "formats/es_bulk/es_bulk.h"
#include "support/fake_http_server.h"
#include "support/sample_runs.h"
#include "systems/elasticsearch/settings.h"

namespace omniwriter {

const OutputKind& output_elasticsearch();
const OutputKind& output_elasticsearch_samples();

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::ElementsAre;
using testing::FakeReply;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ElasticsearchTest : public ::testing::Test {
 protected:
  ElasticsearchTest() {
    config_.labels = {{"team", "shop"}};
    make_anew();
  }
  void make_anew() { output_ = std::move(*output_elasticsearch().make(config_, server_.url())); }
  FakeReply answer(const FakeRequest& request) {
    const auto found = replies_.find(request.method + " " + request.target);
    if (found != replies_.end()) return found->second;
    return request.method == "GET" ? FakeReply{.status = 404, .body = "{}"} : FakeReply{.body = "{}"};
  }
  void version(const std::string& number) {
    replies_["GET /"] = {.body = json{{"version", {{"number", number}}}}.dump()};
  }
  [[nodiscard]] std::vector<std::string> targets() const {
    std::vector<std::string> all;
    for (const auto& request : server_.requests()) all.push_back(request.method + " " + request.target);
    return all;
  }
  SendReport send_three(const json& items) {
    replies_["POST /_bulk?filter_path=errors,items.*.error,items.*.status"] = {.body = json{{"items", items}}.dump()};
    return output_->send(std::vector<OutputItem>(3, {"{}\n{}\n", 1}), 5s);
  }
  static json item(int status, const char* reason = "") {
    return {{"create", {{"status", status}, {"error", {{"type", "t"}, {"reason", reason}}}}}};
  }
  std::map<std::string, FakeReply> replies_;
  testing::FakeHttpServer server_{[this](const FakeRequest& request) { return answer(request); }};
  Config config_;
  std::unique_ptr<Output> output_;
};

TEST_F(ElasticsearchTest, DocumentsGoToTheIndexOfTheirOwnDayUnderAnIdOfTheirOwn) {
  std::map<std::string, int> types;
  std::set<std::string> ids;
  std::uint64_t samples = 0;
  std::uint64_t in_buckets = 0;
  std::uint64_t in_statuses = 0;
  std::uint64_t errors = 0;
  double shares = 0;
  output_->encode(testing::sample_run(), [&](const OutputItem& one) {
    const auto line_end = one.bytes.find('\n');
    const auto action = json::parse(one.bytes.substr(0, line_end)).begin().value();
    const auto document = json::parse(one.bytes.substr(line_end + 1));
    std::string day = document.at("@timestamp").get<std::string>().substr(0, 10);
    std::ranges::replace(day, '-', '.');
    EXPECT_EQ(action.at("_index"), "load-tests-" + day);
    EXPECT_TRUE(ids.insert(action.at("_id").get<std::string>()).second);
    EXPECT_EQ(document.at("testid"), "run-1");
    EXPECT_EQ(document.at("labels"), json::array({"team=shop"}));
    ++types[document.at("doc_type").get<std::string>()];
    samples += one.samples;
    if (document["doc_type"] == "interval") {
      EXPECT_EQ(document.at("samples"), one.samples);
    }
    if (document["doc_type"] == "bucket") in_buckets += document.at("count").get<std::uint64_t>();
    if (document["doc_type"] == "error") {
      EXPECT_EQ(document.at("count"), testing::kSampleRunErrors);
      EXPECT_EQ(document.at("first_seen"), "2026-01-31T23:59:00.000Z");
      EXPECT_EQ(document.at("last_seen"), "2026-02-01T00:00:57.000Z");
    }
    if (document["doc_type"] == "run") {
      EXPECT_EQ(document.at("samples"), testing::kSampleRunRequests);
      EXPECT_EQ(document.at("tags"), json::array({"branch=main"}));
      EXPECT_EQ(document.at("finished"), true);
      EXPECT_EQ(document.at("started_run"), document.at("started").get<std::string>() + " " +
                                                document.at("testid").get<std::string>() + " " +
                                                document.at("test_name").get<std::string>());
    }
    if (document["doc_type"] == "endpoint") shares += document.at("time_share").get<double>();
    if (document["doc_type"] == "status") in_statuses += document.at("count").get<std::uint64_t>();
    if (document["doc_type"] == "error_interval") errors += document.at("count").get<std::uint64_t>();
    if (document["doc_type"] == "alert") {
      EXPECT_EQ(document.at("state_text"), document.at("state") == 0 ? "ok" : "pending");
      EXPECT_TRUE(document.at("threshold_text")
                      .get<std::string>()
                      .starts_with(document.at("alertname") == "LowThroughput" ? "< " : "> "));
    }
  });
  EXPECT_GT(types["bucket"], 120) << "several in each slot";
  types.erase("bucket");
  EXPECT_EQ(types, (std::map<std::string, int>{{"interval", 360},
                                               {"interval_total", 120},
                                               {"status", 400},
                                               {"alert", 360},
                                               {"error", 1},
                                               {"error_interval", 40},
                                               {"endpoint", 3},
                                               {"run", 1}}));
  EXPECT_NEAR(shares, 1, 1e-9);
  EXPECT_EQ(in_statuses, testing::kSampleRunRequests);
  EXPECT_EQ(errors, testing::kSampleRunErrors);
  EXPECT_EQ(samples, testing::kSampleRunRequests);
  EXPECT_EQ(in_buckets, testing::kSampleRunRequests);
}

TEST_F(ElasticsearchTest, TheNewestStateOfTheRunWins) {
  const omniwriter::Run run = testing::sample_run();
  std::vector<OutputItem> live;
  output_->encode_live(run, {{testing::kSampleRunStart, testing::kSampleRunStart + 1}, {}},
                       [&](OutputItem item) { live.push_back(std::move(item)); });
  std::string finished;
  output_->encode(run, [&](const OutputItem& item) { finished = item.bytes; });
  const auto action = [](const std::string& lines) { return json::parse(lines.substr(0, lines.find('\n'))); };
  EXPECT_EQ(action(live.back().bytes), action(finished)) << "the same document";
  EXPECT_THAT(live.back().bytes, HasSubstr(R"("finished":false)"));
  EXPECT_EQ(action(finished).at("index").at("version_type"), "external_gte");

  const auto sent_version = [&] {
    const json answer{{"items", json::array({item(200)})}};
    replies_["POST /_bulk?filter_path=errors,items.*.error,items.*.status"] = {.body = answer.dump()};
    EXPECT_TRUE(output_->send({&live.back(), 1}, 5s).retryable.empty());
    const std::string body = server_.requests().back().plain_body();
    EXPECT_EQ(body.substr(body.find('\n')), live.back().bytes.substr(live.back().bytes.find('\n')));
    return action(body).at("index").at("version").get<std::int64_t>();
  };
  const auto first = sent_version();
  std::this_thread::sleep_for(2us);
  EXPECT_GT(first, 1'700'000'000'000'000);
  EXPECT_GT(sent_version(), first);
}

TEST_F(ElasticsearchTest, EveryFieldOfADocumentIsMapped) {
  const auto mapped = load_test_mappings().at("properties");
  output_->encode(testing::sample_run(), [&](const OutputItem& one) {
    const auto document = json::parse(one.bytes.substr(one.bytes.find('\n') + 1));
    for (const auto& [field, value] : document.items()) {
      ASSERT_TRUE(mapped.contains(field)) << field;
      if (!value.is_object()) continue;
      for (const auto& [inner, ignored] : value.items()) {
        ASSERT_TRUE(mapped[field]["properties"].contains(inner)) << inner;
      }
    }
  });
}

TEST_F(ElasticsearchTest, PutsTheTemplateFirst) {
  version("8.6.2");
  ASSERT_TRUE(output_->prepare());
  EXPECT_THAT(targets(), ElementsAre("GET /", "GET /load-tests/_alias", "GET /_index_template/load-tests",
                                     "PUT /_index_template/load-tests"));
  const auto body = json::parse(server_.requests().back().body);
  EXPECT_TRUE(body.at("template").at("aliases").contains("load-tests"));
}

TEST_F(ElasticsearchTest, AServerThatHidesItsVersionIsTakenForAModernOne) {
  replies_["GET /"] = {.status = 405};
  ASSERT_TRUE(output_->prepare());
  EXPECT_EQ(targets().back(), "PUT /_index_template/load-tests");
}

TEST_F(ElasticsearchTest, OpenSearchIsModernWhateverItsNumber) {
  replies_["GET /"] = {.body = R"({"version":{"distribution":"opensearch","number":"2.19.4"}})"};
  ASSERT_TRUE(output_->prepare());
  EXPECT_EQ(targets().back(), "PUT /_index_template/load-tests");
}

TEST_F(ElasticsearchTest, OldServersGetTheOldTemplateAndTypes) {
  version("7.7.1");
  ASSERT_TRUE(output_->prepare());
  EXPECT_EQ(targets().back(), "PUT /_template/load-tests?include_type_name=false");
  version("6.8.23");
  make_anew();
  ASSERT_TRUE(output_->prepare());
  (void)output_->send(std::vector<OutputItem>(1, {"{}\n{}\n", 1}), 5s);
  EXPECT_THAT(targets().back(), HasSubstr("POST /load-tests/_doc/_bulk?"));
}

TEST_F(ElasticsearchTest, LeavesANewerOrForeignTemplateAlone) {
  version("8.6.2");
  auto ours = json::parse(index_template("load-tests", "load-tests", true));
  const auto present = [&] {
    const json found{{"index_templates", {{{"name", "load-tests"}, {"index_template", ours}}}}};
    replies_["GET /_index_template/load-tests"] = {.body = found.dump()};
    make_anew();
    EXPECT_TRUE(output_->prepare());
    return targets().back();
  };
  EXPECT_EQ(present(), "GET /_index_template/load-tests");
  ours["version"] = kLoadTestTemplateVersion - 1;
  EXPECT_EQ(present(), "PUT /load-tests-*/_mapping") << "indices that are there learn of new fields";
  EXPECT_EQ(targets().at(targets().size() - 2), "PUT /_index_template/load-tests");
  ours["template"]["mappings"].erase("_meta");
  EXPECT_EQ(present(), "GET /_index_template/load-tests");
}

TEST_F(ElasticsearchTest, TakesNoAliasWhereAnIndexHasThatName) {
  version("8.6.2");
  replies_["GET /load-tests/_alias"] = {.body = R"({"load-tests":{"aliases":{}}})"};
  ASSERT_TRUE(output_->prepare());
  EXPECT_FALSE(json::parse(server_.requests().back().body).at("template").contains("aliases"));
}

TEST_F(ElasticsearchTest, APrepareThatMayPassIsRetryable) {
  replies_["GET /"] = {.status = 503};
  EXPECT_TRUE(output_->prepare().error().retryable);
  replies_["GET /"] = {.status = 401};
  EXPECT_FALSE(output_->prepare().error().retryable);
  version("8.6.2");
  replies_["PUT /_index_template/load-tests"] = {.status = 403,
                                                 .body = R"({"error":{"type":"security","reason":"no"}})"};
  EXPECT_EQ(output_->prepare().error().message, "HTTP 403: security: no");
}

TEST_F(ElasticsearchTest, PreparesOnceUntilItIsStopped) {
  ASSERT_TRUE(output_->prepare());
  const std::size_t asked = targets().size();
  ASSERT_TRUE(output_->prepare());
  EXPECT_EQ(targets().size(), asked);
  (void)send_three({item(201), item(201), item(201)});
  ASSERT_TRUE(output_->prepare());
  EXPECT_EQ(targets().size(), asked + 1);
  (void)send_three({item(404, "no such index"), item(201), item(201)});
  ASSERT_TRUE(output_->prepare());
  EXPECT_EQ(targets().size(), asked + 2 + asked);
}

TEST_F(ElasticsearchTest, TakesARunBackInTheWayOfTheServersVersion) {
  version("6.8.23");
  replies_["POST /load-tests-*/_search?ignore_unavailable=true"] = {
      .body = R"({"hits":{"hits":[{"_index":"load-tests-2026.01.31","_id":"x"}]}})"};
  replies_["POST /load-tests/_doc/_bulk?refresh=true"] = {.body = R"({"errors":true,"items":[]})"};
  EXPECT_FALSE(output_->remove(testing::sample_run()));  // as the answer says
  EXPECT_EQ(targets().back(), "POST /load-tests/_doc/_bulk?refresh=true");
}

TEST_F(ElasticsearchTest, HowTheRunAsAWholeStoodIsTakenBackByItself) {
  version("8.6.2");
  replies_["POST /load-tests-*/_search?ignore_unavailable=true"] = {.body = R"({"hits":{"hits":[]}})"};
  ASSERT_TRUE(output_->remove_whole(testing::sample_run()));
  const auto query = nlohmann::json::parse(server_.requests().back().body).at("query");
  EXPECT_EQ(query, nlohmann::json::parse(R"({"bool":{"filter":[{"term":{"testid":"run-1"}},
                                              {"terms":{"doc_type":["endpoint","error","run","run_phase","run_dimension",
                                                                    "run_check","run_metric","error_message"]}}]}})"));
}

TEST_F(ElasticsearchTest, LogsInWithEveryRequest) {
  const auto logins = [&] {
    make_anew();
    EXPECT_TRUE(output_->prepare());
    (void)send_three({item(201), item(201), item(201)});
    std::set<std::string> all;
    for (const auto& request : server_.requests()) all.insert(request.header("Authorization"));
    return all;
  };
  EXPECT_THAT(logins(), ElementsAre(""));
  config_.of<ElasticsearchSettings>().username = "ann";
  config_.of<ElasticsearchSettings>().password = Secret("pass");
  EXPECT_THAT(logins(), ElementsAre("", "Basic YW5uOnBhc3M="));
  config_.of<ElasticsearchSettings>().api_key = Secret("id:key");
  EXPECT_THAT(logins(), ElementsAre("", "ApiKey aWQ6a2V5", "Basic YW5uOnBhc3M="));
  config_.of<ElasticsearchSettings>().api_key = Secret("ZW5jb2RlZA==");
  EXPECT_THAT(logins(), ElementsAre("", "ApiKey ZW5jb2RlZA==", "ApiKey aWQ6a2V5", "Basic YW5uOnBhc3M="));
}

TEST_F(ElasticsearchTest, ReadsTheFateOfEveryDocument) {
  const auto mixed =
      send_three({item(201), item(409), item(400, "no such field in document with id 'x'. Preview: '7'")});
  EXPECT_THAT(mixed.retryable, IsEmpty());
  ASSERT_EQ(mixed.rejected.size(), 1U);
  EXPECT_EQ(mixed.rejected[0].index, 2U);
  EXPECT_EQ(mixed.rejected[0].reason, "status 400: t: no such field. Preview: '7'");

  const auto busy = send_three({item(429, "busy"), item(201), item(503, "busy")});
  EXPECT_THAT(busy.retryable, ElementsAre(0, 2));
  EXPECT_EQ(busy.retry, Retry::later);
  EXPECT_EQ(busy.retry_reason, "status 429: t: busy");

  const auto blocked = send_three({item(429, "busy"), item(403, "read-only"), item(201)});
  EXPECT_THAT(blocked.retryable, ElementsAre(0, 1));
  EXPECT_EQ(blocked.retry, Retry::blocked);
  EXPECT_EQ(blocked.retry_reason, "status 403: t: read-only");
}

TEST_F(ElasticsearchTest, WhatIsWrongWithTheIndexOrTheClusterIsForAPersonToMend) {
  const auto item_with = [](int status, const std::string& error) {
    return json{{"create", {{"status", status}, {"error", json::parse(error)}}}};
  };
  for (const auto& [status, error] : std::vector<std::pair<int, std::string>>{
           {400,
            R"({"type":"validation_exception","reason":"Validation Failed: 1: this action would add [2] shards, but )"
            R"(this cluster currently has [1]/[1] maximum normal shards open;"})"},
           {400,
            R"({"type":"invalid_alias_name_exception","reason":"Invalid alias name [load-tests]: an index or data )"
            R"(stream exists with the same name as the alias"})"},
           {429, R"({"type":"cluster_block_exception","reason":"index [load-tests-2026.01.31] blocked by: )"
                 R"([TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete )"
                 R"(block];"})"},
           {403,
            R"({"type":"cluster_block_exception","reason":"index [x] blocked by: [FORBIDDEN/8/index write (api)];"})"},
           {400, R"({"type":"index_closed_exception","reason":"closed"})"},
           {400, R"({"type":"illegal_argument_exception","reason":"no write index is defined for alias [x]"})"},
           {400, R"({"type":"illegal_argument_exception","reason":"outer","caused_by":{"type":"x","reason":)"
                 R"("composable template [load-tests] template after composition is invalid"}})"}}) {
    const auto report = send_three({item(201), item_with(status, error), item(201)});
    EXPECT_EQ(report.retry, Retry::blocked) << error;
    EXPECT_THAT(report.retryable, ElementsAre(1)) << error;
    EXPECT_THAT(report.rejected, IsEmpty()) << error;
  }
}

TEST_F(ElasticsearchTest, PreparesAgainOnceAPersonHadToMendSomething) {
  ASSERT_TRUE(output_->prepare());
  ASSERT_TRUE(output_->prepare());
  const auto puts = [&] {
    return std::ranges::count_if(server_.requests(), [](const auto& r) { return r.method == "PUT"; });
  };
  EXPECT_EQ(puts(), 1);
  (void)send_three({item(403, "read-only"), item(201), item(201)});
  ASSERT_TRUE(output_->prepare());
  EXPECT_EQ(puts(), 2);
}

TEST_F(ElasticsearchTest, AnAnswerThatIsNoneIsNoAck) {
  EXPECT_EQ(send_three({item(201)}).retryable.size(), 3U);
  replies_["POST /_bulk?filter_path=errors,items.*.error,items.*.status"] = {.body = "<html>proxy</html>"};
  EXPECT_EQ(output_->send(std::vector<OutputItem>(3, {"{}\n{}\n", 1}), 5s).retryable.size(), 3U);
}

TEST_F(ElasticsearchTest, EverySingleSampleIsADocument) {
  output_ = std::move(*output_elasticsearch_samples().make(config_, server_.url()));
  std::set<std::string> ids;
  std::set<std::string> indices;
  double seconds = 0;
  std::uint64_t errors = 0;
  const json mapped = load_test_mappings()["properties"];
  output_->encode(testing::sample_run(), [&](const OutputItem& item) {
    const auto newline = item.bytes.find('\n');
    const json action = json::parse(item.bytes.substr(0, newline)).at("create");
    const json document = json::parse(item.bytes.substr(newline + 1));
    ids.insert(action.at("_id"));
    indices.insert(action.at("_index"));
    EXPECT_EQ(document.at("doc_type"), "sample");
    EXPECT_EQ(item.samples, 1U);
    seconds += document.at("response_time_seconds").at("value").get<double>();
    errors += document.at("errors").get<std::uint64_t>();
    for (const auto& [field, value] : document.items()) EXPECT_TRUE(mapped.contains(field)) << field;
  });
  EXPECT_EQ(ids.size(), testing::kSampleRunRequests);
  EXPECT_EQ(indices, (std::set<std::string>{"load-tests-samples-2026.01.31", "load-tests-samples-2026.02.01"}));
  EXPECT_EQ(errors, testing::kSampleRunErrors);
  EXPECT_NEAR(seconds, testing::sample_run().total().response_time.sum_seconds(), 1e-6);
}

TEST_F(ElasticsearchTest, PhasesChecksMetricsAndMessagesAreDocuments) {
  std::map<std::string, std::vector<json>> documents;
  std::set<std::string> ids;
  output_->encode(testing::detailed_run(), [&](const OutputItem& item) {
    const auto line_end = item.bytes.find('\n');
    const json action = json::parse(item.bytes.substr(0, line_end));
    EXPECT_TRUE(ids.insert(action["index"]["_id"]).second);
    const json document = json::parse(item.bytes.substr(line_end + 1));
    documents[document["doc_type"]].push_back(document);
  });
  EXPECT_EQ(documents["phase"].size(), 8U * 3 * 2) << "by stretches of 16 seconds";
  EXPECT_EQ(documents["check"].size(), 121U);
  EXPECT_EQ(documents["metric"].size(), 120U * 5);
  EXPECT_EQ(documents["run_phase"].size(), 6U);
  EXPECT_EQ(documents["run_metric"].size(), 5U);
  EXPECT_EQ(documents["error"].size(), 1U) << "a check that failed is no error of a request";
  const json& check = documents["check"][4];
  EXPECT_EQ(check["check"], "status is 200");
  EXPECT_EQ(check["failed"], 1);
  EXPECT_EQ(check["@timestamp"], "2026-01-31T23:59:04.000Z");
  ASSERT_EQ(documents["run_check"].size(), 1U);
  EXPECT_EQ(documents["run_check"][0]["passed"], 91);
  ASSERT_EQ(documents["error_message"].size(), 1U);
  const json& message = documents["error_message"][0];
  EXPECT_EQ(message["message"], "no stock of \"lamp\" in shop #");
  EXPECT_EQ(message["example"], "no stock of \"lamp\" in shop 7");
  EXPECT_EQ(message["count"], 40);
  EXPECT_EQ(message["endpoint"], "POST /login");
  const json mapped = load_test_mappings()["properties"];
  for (const char* type : {"phase", "check", "metric", "error_message"}) {
    for (const json& document : documents[type]) {
      for (const auto& [field, value] : document.items())
        EXPECT_TRUE(field == "example" || mapped.contains(field)) << field;
    }
  }
}

}  // namespace
}  // namespace omniwriter
