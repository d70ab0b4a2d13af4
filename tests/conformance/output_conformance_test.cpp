/// What every output must do, whatever its protocol. A new output is in the suite once it is registered; one that talks
/// HTTP needs a Dialect here, any other a place to send to.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <snappy.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <stop_token>
#include <thread>

#include "delivery/output_kind.h"
#include "delivery/run_delivery.h"
#include "net/http_client.h"
#include "support/fake_clock.h"
#include "support/fake_http_server.h"
#include "support/fake_kafka.h"
#include "support/fake_listener.h"
#include "support/faulty_disk.h"
#include "support/sample_runs.h"
#include "systems/influxdb/settings.h"

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeListener;
using testing::FakeReply;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto kPassword = "s3cret-password";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// What becomes of items that a server answers with a status.
enum class Fate : std::uint8_t { tried_again, waits_for_people, dead_letter };

/// The rule; docs/delivery.md has it for people.
const std::map<int, Fate>& fates() {
  static const std::map<int, Fate> kAll{
      {302, Fate::waits_for_people}, {400, Fate::dead_letter},      {401, Fate::waits_for_people},
      {402, Fate::waits_for_people}, {403, Fate::waits_for_people}, {404, Fate::waits_for_people},
      {405, Fate::waits_for_people}, {407, Fate::waits_for_people}, {408, Fate::tried_again},
      {413, Fate::dead_letter},      {415, Fate::dead_letter},      {422, Fate::dead_letter},
      {429, Fate::tried_again},      {500, Fate::tried_again},      {502, Fate::tried_again},
      {503, Fate::tried_again},      {504, Fate::tried_again},      {999, Fate::waits_for_people}};
  return kAll;
}

/// How the server behind an output answers.
struct Dialect {
  std::function<bool(const FakeRequest&)> carries_data;
  std::function<FakeReply(const FakeRequest&)> ok;  ///< to any request: all is well
  /// To a request with data: all but the items that hold `culprit` are stored. Null: there is only one item.
  std::function<FakeReply(const FakeRequest&, const std::string& culprit)> partial;
  std::size_t connections = 1;  ///< that are needed, however many requests there are
  int down = 500;               ///< the status of a server that may be well again later
  bool silent = false;          ///< 200 without a word is how it says that all is stored
  /// Where the protocol has another rule.
  std::map<int, Fate> other_fates = {};  // NOLINT(readability-redundant-member-init): g++ warns where it is left out
  bool by_status_alone = false;          ///< it is for whoever listens, whatever they answer; and nothing is taken back
};

FakeReply bulk_answer(const FakeRequest& request, const std::string& culprit) {
  const auto lines = lines_of(request.plain_body());
  json items = json::array();
  for (std::size_t i = 1; i < lines.size(); i += 2) {
    const bool bad = !culprit.empty() && lines[i].find(culprit) != std::string::npos;
    if (bad) {
      items.push_back(
          {{"create", {{"status", 400}, {"error", {{"type", "mapper_parsing_exception"}, {"reason", "no"}}}}}});
    } else {
      items.push_back({{"create", {{"status", 201}}}});
    }
  }
  return {.body = json{{"errors", !culprit.empty()}, {"items", items}}.dump()};
}

FakeReply influx_partial(const FakeRequest& request, const std::string& culprit) {
  const auto lines = lines_of(request.plain_body());
  const auto bad =
      std::ranges::count_if(lines, [&](const auto& line) { return line.find(culprit) != std::string::npos; });
  if (bad == 0) return {.status = 204};
  return {.status = 400,
          .body = json{{"error", fmt::format("partial write: field type conflict dropped={}", bad)}}.dump()};
}

FakeReply remote_write_partial(const FakeRequest& request, const std::string& culprit) {
  std::string body;
  snappy::Uncompress(request.body.data(), request.body.size(), &body);
  if (body.find(culprit) == std::string::npos) return {.status = 204};
  return {.status = 400, .body = "invalid label value"};
}

FakeReply otlp_partial(const FakeRequest& request, const std::string& culprit) {
  FakeReply reply{.headers = {{"Content-Type", "application/x-protobuf"}}};
  // partial_success { rejected_data_points: 1 error_message: "no" }
  if (request.plain_body().find(culprit) != std::string::npos) reply.body = {"\x0a\x06\x08\x01\x12\x02no", 8};
  return reply;
}

const std::map<std::string_view, Dialect>& dialects() {
  static const std::map<std::string_view, Dialect> kAll{
      {"pushgateway",
       {[](const FakeRequest& request) { return request.method == "PUT"; },
        [](const FakeRequest&) { return FakeReply{}; }, nullptr, 1, 500, true}},
      {"remote_write",
       {[](const FakeRequest& request) { return request.method == "POST"; },
        [](const FakeRequest& request) { return FakeReply{.status = request.method == "POST" ? 204 : 404}; },
        remote_write_partial, 1, 500, true}},
      {"otlp",
       {[](const FakeRequest& request) { return request.method == "POST"; },
        [](const FakeRequest&) { return FakeReply{.headers = {{"Content-Type", "application/x-protobuf"}}}; },
        otlp_partial,
        1,
        503,
        true,
        {{408, Fate::waits_for_people}, {500, Fate::waits_for_people}}}},
      {"influxdb",
       {[](const FakeRequest& request) { return request.target.starts_with("/write"); },
        [](const FakeRequest& request) {
          return request.target.starts_with("/write") ? FakeReply{.status = 204}
                                                      : FakeReply{.body = R"({"results":[{"statement_id":0}]})"};
        },
        influx_partial}},
      {"elasticsearch",
       {[](const FakeRequest& request) { return request.target.starts_with("/_bulk"); },
        [](const FakeRequest& request) -> FakeReply {
          if (request.target.starts_with("/_bulk")) return bulk_answer(request, {});
          if (request.target == "/") return {.body = R"({"version":{"number":"8.6.2"}})"};
          if (request.method == "GET") return {.status = 404, .body = "{}"};
          return {.body = R"({"acknowledged":true})"};
        },
        bulk_answer}},
      {"loki",
       {[](const FakeRequest& request) { return request.target == "/loki/api/v1/push"; },
        [](const FakeRequest&) { return FakeReply{.status = 204}; },
        [](const FakeRequest& request, const std::string& culprit) -> FakeReply {
          const bool bad = request.plain_body().find(culprit) != std::string::npos;
          return bad ? FakeReply{.status = 400, .body = "Max entry size exceeded for stream"}
                     : FakeReply{.status = 204};
        }}},
      {"grafana",
       {[](const FakeRequest& request) { return request.method != "GET"; },
        [](const FakeRequest& request) -> FakeReply {
          if (request.method == "GET") return {.body = "[]"};
          return {.body = R"({"id":1,"message":"Annotation added"})"};
        },
        nullptr, 2}},
      {"webhook",
       {[](const FakeRequest& request) { return request.method == "POST"; },
        [](const FakeRequest&) { return FakeReply{}; },
        nullptr,
        1,
        500,
        true,
        {},
        true}},
  };
  return kAll;
}

class OutputConformance : public ::testing::TestWithParam<const OutputKind*> {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "omniwriter_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    config_.of<InfluxDbSettings>().username = "ann";
    config_.of<InfluxDbSettings>().password = Secret(kPassword);
    config_.labels = {{"team", "shop"}};
    if (protocol() == "graphite") listener_.emplace(FakeListener::Kind::tcp);
    if (protocol() == "statsd") listener_.emplace(FakeListener::Kind::udp);
    if (protocol() == "kafka") kafka_.emplace();
    if (protocol() == "scrape") scrape_what_is_served();
    if (!is_network()) return;
    ASSERT_TRUE(dialects().contains(protocol())) << "this output needs a dialect";
    on_data_ = dialect().ok;
    server_.emplace([this](const FakeRequest& request) {
      return dialect().carries_data(request) ? on_data_(request) : dialect().ok(request);
    });
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] static bool is_network() { return GetParam()->target_help == "URL"; }
  [[nodiscard]] static const Dialect& dialect() { return dialects().at(protocol()); }
  /// Single samples go the same way as what they come along with.
  [[nodiscard]] static std::string_view protocol() {
    return GetParam()->samples_of.empty() ? GetParam()->name : GetParam()->samples_of;
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "run.prom"; }

  [[nodiscard]] std::string target() const {
    if (listener_) return listener_->address();
    if (kafka_) return kafka_->brokers() + "/results";
    if (GetParam()->target_help == "HOST:PORT") return "127.0.0.1:0";
    return is_network() ? server_->url() : file().string();
  }
  [[nodiscard]] std::unique_ptr<Output> make_output() {
    auto output = GetParam()->make(config_, target());
    EXPECT_TRUE(output) << output.error().message;
    return std::move(*output);
  }

  /// Plays Prometheus: fetches once whatever says where it is.
  void scrape_what_is_served() {
    options_.notice = [this](std::string_view, const std::string& notice) {
      scraper_ = std::jthread([url = notice.substr(0, notice.find(' '))] {
        HttpRequest request;
        request.url = url;
        EXPECT_TRUE(HttpClient().send(request));
      });
    };
  }

  LedgerEntry deliver_run(const omniwriter::Run& run) { return deliver_to(*make_output(), run); }
  LedgerEntry deliver_run() { return deliver_run(run_); }
  LedgerEntry deliver_to(Output& output, const omniwriter::Run& run) {
    testing::FaultyDisk disk;
    Spool spool(disk, "/spool", 1 << 30, 7);
    const auto entry = deliver(run, output, spool, Start::fresh, options_, clock_, 1);
    EXPECT_EQ(entry.output, GetParam()->name);
    EXPECT_EQ(entry.accepted + entry.rejected + entry.pending, run.samples_of(SampleKind::request));
    for (const auto& problem : entry.problems) EXPECT_THAT(problem, Not(HasSubstr(kPassword)));
    return entry;
  }

  /// Answers the first `times` requests with data like this, all others well.
  void first(int times, const FakeReply& reply) {
    on_data_ = [reply, times](const FakeRequest& request) mutable {
      return times-- > 0 ? reply : dialect().ok(request);
    };
  }
  [[nodiscard]] std::vector<FakeRequest> data_requests() const {
    auto requests = server_->requests();
    std::erase_if(requests, [](const FakeRequest& request) { return !dialect().carries_data(request); });
    return requests;
  }
  [[nodiscard]] static std::vector<OutputItem> items_of(const Output& output, const omniwriter::Run& run) {
    std::vector<OutputItem> items;
    output.encode(run, [&](OutputItem item) { items.push_back(std::move(item)); });
    return items;
  }

  omniwriter::Run run_ = testing::sample_run();
  Config config_;
  DeliveryOptions options_{.request_timeout = 5s, .give_up_after = 10s};
  testing::FakeClock clock_;
  std::filesystem::path folder_;
  std::function<FakeReply(const FakeRequest&)> on_data_;
  std::optional<testing::FakeHttpServer> server_;
  std::optional<FakeListener> listener_;
  std::optional<testing::FakeKafka> kafka_;
  std::jthread scraper_;
};

class NetworkOutputConformance : public OutputConformance {};
class FileOutputConformance : public OutputConformance {};

TEST_P(OutputConformance, EncodesTheSameBytesEachTime) {
  const auto first = items_of(*make_output(), run_);
  const auto second = items_of(*make_output(), testing::sample_run());
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].bytes, second[i].bytes);
    EXPECT_EQ(first[i].samples, second[i].samples);
    EXPECT_FALSE(first[i].bytes.empty());
  }
}

TEST_P(OutputConformance, ItemsAccountForEveryRequestAndNoTransaction) {
  std::uint64_t samples = 0;
  for (const auto& item : items_of(*make_output(), run_)) {
    samples += item.samples;
    EXPECT_THAT(item.bytes, Not(HasSubstr("checkout flow")));
  }
  EXPECT_EQ(samples, testing::kSampleRunRequests);
}

// Of a load tool that tells more than requests.
TEST_P(OutputConformance, WhatIsToldBesidesRequestsIsBesides) {
  const auto run = testing::detailed_run();
  const auto output = make_output();
  const auto all = items_of(*output, run);
  const auto again = items_of(*make_output(), testing::detailed_run());
  ASSERT_EQ(all.size(), again.size());
  std::uint64_t samples = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].bytes, again[i].bytes);
    EXPECT_FALSE(all[i].bytes.empty());
    samples += all[i].samples;
  }
  EXPECT_EQ(samples, testing::kSampleRunRequests);
  EXPECT_TRUE(deliver_run(run).closed());
}

TEST_P(OutputConformance, WhatWasSentWhileTheRunWentOnIsNotSentAgain) {
  const auto output = make_output();
  if (!output->replaces_slots()) GTEST_SKIP() << "it is sent all in the end";
  const auto run = testing::detailed_run();
  const std::int64_t middle = testing::kSampleRunStart + 60;
  std::set<std::string> live;
  output->encode_live(run, {{.end = middle}, {}}, [&](const OutputItem& item) { live.insert(item.bytes); });
  std::set<std::string> rest;
  output->encode_rest(run, {.end = middle, .but = {}}, [&](const OutputItem& item) { rest.insert(item.bytes); });
  std::size_t twice = 0;
  for (const std::string& item : rest) twice += live.contains(item) ? 1 : 0;
  EXPECT_LT(twice, 20U) << "how the run stands, but no slot";
  for (const OutputItem& item : items_of(*output, run)) {
    EXPECT_TRUE(live.contains(item.bytes) || rest.contains(item.bytes)) << item.bytes.substr(0, 200);
  }
}

TEST_P(OutputConformance, DeliversAll) {
  const auto entry = deliver_run();
  EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  EXPECT_EQ(entry.accepted, testing::kSampleRunRequests);
  EXPECT_EQ(entry.retries, 0U);
}

TEST_P(OutputConformance, AnEmptyRunIsDelivered) { EXPECT_TRUE(deliver_run(omniwriter::Run()).closed()); }

TEST_P(OutputConformance, NamesItself) {
  EXPECT_EQ(make_output()->name(), GetParam()->name);
  EXPECT_FALSE(GetParam()->description.empty());
  EXPECT_EQ(GetParam()->configured_target(Config()), "");
  EXPECT_FALSE(GetParam()->make(config_, ""));
}

TEST_P(NetworkOutputConformance, KeepsWithinItsLimitsAndReusesTheConnection) {
  const auto run = testing::wide_run(50, 150);
  const auto output = make_output();
  EXPECT_TRUE(deliver_to(*output, run).closed());
  EXPECT_EQ(data_requests().size() > 1, items_of(*output, run).size() > output->limits().max_items);
  // Sending may add a little to each item.
  const std::size_t most = output->limits().max_bytes / 10 * 11;
  for (const auto& request : data_requests()) EXPECT_LE(request.plain_body().size(), most);
  EXPECT_LE(server_->connections(), std::max(dialect().connections, output->limits().requests));
}

TEST_P(NetworkOutputConformance, TransientFailureIsRetried) {
  first(2, {.status = 503, .body = "overloaded"});
  const auto entry = deliver_run();
  EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  EXPECT_EQ(entry.retries, 2U);
}

TEST_P(NetworkOutputConformance, PermanentRefusalIsRejectedWithTheServersWords) {
  first(1'000'000, {.status = 400, .body = R"({"error":"no such thing"})"});
  const auto entry = deliver_run();
  EXPECT_EQ(entry.rejected, testing::kSampleRunRequests);
  EXPECT_EQ(entry.retries, 0U);
  EXPECT_THAT(entry.problems, Contains(HasSubstr("no such thing")));
}

TEST_P(NetworkOutputConformance, PartialRefusalRejectsOnlyTheCulprits) {
  if (!dialect().partial) GTEST_SKIP() << "one item";
  const std::string culprit = "login";  // in the endpoint of a third of the samples
  on_data_ = [&](const FakeRequest& request) { return dialect().partial(request, culprit); };
  const auto output = make_output();
  std::uint64_t bad = 0;
  for (const auto& item : items_of(*output, run_))
    bad += item.bytes.find(culprit) != std::string::npos ? item.samples : 0;
  ASSERT_EQ(bad, 400U);
  const auto entry = deliver_to(*output, run_);
  EXPECT_EQ(entry.rejected, bad);
  EXPECT_EQ(entry.accepted, testing::kSampleRunRequests - bad);
  EXPECT_THAT(entry.problems, Not(IsEmpty()));
}

TEST_P(NetworkOutputConformance, ASlowServerTimesOutAndIsTriedAgain) {
  options_.request_timeout = 500ms;
  first(1, {.hold = true});
  const auto entry = deliver_run();
  EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  EXPECT_EQ(entry.retries, 1U);
}

TEST_P(NetworkOutputConformance, AnAnswerCutMidwayIsTriedAgain) {
  for (const std::size_t bytes : {20U, 100U}) {
    first(1, {.body = std::string(1000, ' '), .cut_after_bytes = bytes});
    const auto entry = deliver_run();
    EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
    EXPECT_EQ(entry.retries, 1U);
  }
}

TEST_P(NetworkOutputConformance, AConnectionClosedUnreadIsTriedAgain) {
  server_->refuse_next(2);
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_THAT(clock_.sleeps(), Not(IsEmpty()));
}

TEST_P(NetworkOutputConformance, AfterALostReplyTheReplayIsByteIdentical) {
  first(1, {.cut_after_bytes = 0});
  EXPECT_TRUE(deliver_run().closed());
  const auto requests = data_requests();
  ASSERT_GE(requests.size(), 2U);
  EXPECT_EQ(requests[0].method, requests[1].method);
  EXPECT_EQ(requests[0].target, requests[1].target);
  EXPECT_EQ(requests[0].plain_body(), requests[1].plain_body());
}

TEST_P(NetworkOutputConformance, RetryAfterIsHonoured) {
  first(1, {.status = 429, .headers = {{"Retry-After", "7"}}});
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_THAT(clock_.sleeps(), ElementsAre(7s));
}

TEST_P(NetworkOutputConformance, AServerThatIsDownLeavesAllPendingInTime) {
  const auto output = make_output();
  server_.reset();
  const auto entry = deliver_to(*output, run_);
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_EQ(clock_.steady(), options_.give_up_connecting);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("127.0.0.1")));
}

TEST_P(NetworkOutputConformance, AServerThatGoesDownMidwayLeavesTheRestPending) {
  first(1'000'000, {.status = dialect().down, .body = "disk on fire"});
  const auto entry = deliver_run();
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, Contains(HasSubstr("disk on fire")));
}

TEST_P(NetworkOutputConformance, WrongCredentialsAndRedirectsStopAtOnce) {
  for (const int status : {302, 401, 403}) {
    first(1'000'000, {.status = status, .body = "go away"});
    const std::size_t before = data_requests().size();
    const auto entry = deliver_run();
    EXPECT_EQ(entry.pending, testing::kSampleRunRequests) << status;
    EXPECT_EQ(data_requests().size(), before + 1) << status;
  }
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

TEST_P(NetworkOutputConformance, EveryStatusMeansWhatTheTableSays) {
  for (const auto& [status, usual] : fates()) {
    SCOPED_TRACE(status);
    const auto other = dialect().other_fates.find(status);
    const Fate fate = other == dialect().other_fates.end() ? usual : other->second;
    const FakeReply reply{.status = status, .body = "no"};
    first(fate == Fate::tried_again ? 2 : 1'000'000, reply);
    const auto entry = deliver_run();
    switch (fate) {
      case Fate::tried_again:
        EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
        EXPECT_EQ(entry.retries, 2U);
        break;
      case Fate::waits_for_people:
        EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
        EXPECT_FALSE(entry.settled);
        EXPECT_EQ(entry.retries, 0U);
        break;
      case Fate::dead_letter:
        EXPECT_EQ(entry.rejected, testing::kSampleRunRequests);
        EXPECT_TRUE(entry.settled);
        EXPECT_EQ(entry.retries, 0U);
        break;
    }
  }
}

// The others are of a proxy that wants a login first, or of a server that is not the one meant.
TEST_P(NetworkOutputConformance, OnlyWhatTheProtocolCallsSuccessIsSuccess) {
  if (dialect().by_status_alone) GTEST_SKIP() << "any answer will do";
  const std::string page = "<!DOCTYPE html><html><head><title>Hotel Wi-Fi</title></head></html>";
  const std::pair<const char*, const char*> html{"Content-Type", "text/html; charset=utf-8"};
  const std::pair<const char*, const char*> other_json{"Content-Type", "application/json"};
  const std::vector<std::pair<FakeReply, std::string>> answers{
      {{.body = page, .headers = {html}}, "Hotel Wi-Fi"},
      {{.status = 201, .body = page, .headers = {html}}, "Hotel Wi-Fi"},
      {{.body = page}, "Hotel Wi-Fi"},
      {{.headers = {html}}, "HTTP 200"},
      {{.body = R"({"message":"hello"})", .headers = {other_json}}, "hello"},
      {{.body = "{}", .headers = {other_json}}, "{}"},
      {{.body = "[]", .headers = {other_json}}, "[]"},
      {{.body = "welcome"}, "welcome"}};
  for (const auto& [answer, words] : answers) {
    first(1'000'000, answer);
    const auto entry = deliver_run();
    EXPECT_EQ(entry.pending, testing::kSampleRunRequests) << answer.body;
    EXPECT_EQ(entry.retries, 0U);
    EXPECT_THAT(entry.problems, Contains(HasSubstr(words)));
  }
  first(1'000'000, {});
  EXPECT_EQ(deliver_run().pending, dialect().silent ? 0 : testing::kSampleRunRequests) << "200 without a word";
}

// What was taken back by nobody is not gone.
TEST_P(NetworkOutputConformance, AWebPageTakesNothingBack) {
  const bool keeps_all = !GetParam()->samples_of.empty() || dialect().by_status_alone;
  if (keeps_all) GTEST_SKIP() << "nothing is taken back from it";
  testing::FakeHttpServer portal([](const FakeRequest&) {
    return FakeReply{.body = "<html>log in</html>", .headers = {{"Content-Type", "text/html"}}};
  });
  const auto output = GetParam()->make(config_, portal.url());
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_FALSE((*output)->remove(run_));
}

TEST_P(NetworkOutputConformance, TheWrongSchemeIsForAPersonToMend) {
  first(1'000'000, {.status = 400, .body = "Client sent an HTTP request to an HTTPS server.\n"});
  const auto entry = deliver_run();
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("https://")));
}

// A server that takes the connection and never says a word.
TEST_P(OutputConformance, ASilentServerIsLeftSoonWhenAskedTo) {
  const bool over_udp = GetParam()->name == "statsd";
  if (GetParam()->target_help == "FILE" || over_udp) GTEST_SKIP() << "waits for nobody";
  FakeListener silent(FakeListener::Kind::tcp, FakeListener::Manner::holds);
  std::string target = is_network() ? "http://" + silent.address() : silent.address();
  if (kafka_) target += "/results";
  const auto output = GetParam()->make(config_, target);
  ASSERT_TRUE(output) << output.error().message;
  std::stop_source stop;
  options_ = {.request_timeout = 20s, .give_up_after = 60s, .stop = stop.get_token()};
  const auto begun = std::chrono::steady_clock::now();
  const std::jthread asks([&] {
    std::this_thread::sleep_for(300ms);
    stop.request_stop();
  });
  const auto entry = deliver_to(**output, run_);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_FALSE(entry.settled);
}

TEST_P(NetworkOutputConformance, TooLargeIsSentInParts) {
  constexpr std::size_t most = 20'000;
  on_data_ = [](const FakeRequest& request) {
    return request.plain_body().size() > most ? FakeReply{.status = 413} : dialect().ok(request);
  };
  const auto entry = deliver_run();
  if (dialect().partial) {
    EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  } else {
    EXPECT_TRUE(entry.closed() || entry.rejected == testing::kSampleRunRequests);
  }
}

TEST_P(NetworkOutputConformance, NoAddressHoldsASecret) {
  EXPECT_TRUE(deliver_run().closed());
  for (const auto& request : server_->requests()) EXPECT_THAT(request.target, Not(HasSubstr(kPassword)));
  EXPECT_FALSE(GetParam()->make(config_, "http://ann:" + std::string(kPassword) + "@127.0.0.1:1"));
  EXPECT_FALSE(GetParam()->make(config_, "ftp://127.0.0.1:1"));
}

TEST_P(FileOutputConformance, ReplacesTheFileAndLeavesNothingElse) {
  const auto content = [&] {
    std::ifstream in(file());
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_TRUE(deliver_run().closed());
  const std::string once = content();
  EXPECT_FALSE(once.empty());
  EXPECT_TRUE(deliver_run(testing::wide_run(2, 2)).closed());
  EXPECT_NE(content(), once);
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_EQ(content(), once);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_P(FileOutputConformance, AMissingFolderLeavesAllPending) {
  std::filesystem::remove_all(folder_);
  const auto entry = deliver_run();
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("No such file")));
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
}

TEST_P(FileOutputConformance, TakesItBack) {
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_TRUE(make_output()->remove(run_));
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_TRUE(make_output()->remove(run_));
}

std::vector<const OutputKind*> kinds(std::string_view target) {
  std::vector<const OutputKind*> chosen;
  std::ranges::copy_if(output_kinds(), std::back_inserter(chosen),
                       [&](const OutputKind* kind) { return target.empty() || kind->target_help == target; });
  return chosen;
}
const auto kName = [](const auto& info) { return std::string(info.param->name); };

INSTANTIATE_TEST_SUITE_P(All, OutputConformance, ::testing::ValuesIn(kinds("")), kName);
INSTANTIATE_TEST_SUITE_P(Network, NetworkOutputConformance, ::testing::ValuesIn(kinds("URL")), kName);
INSTANTIATE_TEST_SUITE_P(File, FileOutputConformance, ::testing::ValuesIn(kinds("FILE")), kName);

}  // namespace
}  // namespace omniwriter
