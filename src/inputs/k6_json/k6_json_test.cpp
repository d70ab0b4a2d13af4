#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_k6_json();

namespace {

using test::ParsedFile;

ParsedFile parse(const std::string& content) {
  EXPECT_TRUE(input_k6_json().recognises(content));
  const auto session = input_k6_json().open(content, {});
  if (!session) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  ParsedFile file = test::parse_in_chunks(**session, content, {});
  EXPECT_EQ(file.violation, "");
  return file;
}

std::string point(const std::string& time, const std::string& value, const std::string& tags) {
  return R"({"metric":"http_req_duration","type":"Point","data":{"time":")" + time + R"(","value":)" + value +
         R"(,"tags":{)" + tags + "}}}\n";
}

const std::string kTime = "2026-11-23T15:29:36.590630544Z";
constexpr std::int64_t kTimeNs = 1'795'447'776'590'630'544;

// A request of each kind out of a run of k6 1.8.1, with its nine points, among those of other metrics.
TEST(K6Json, AGenuineExcerpt) {
  std::ifstream stream(std::string(OMNIWRITER_SOURCE_DIR) + "/src/inputs/k6_json/testdata/excerpt.json");
  std::stringstream content;
  content << stream.rdbuf();
  const ParsedFile file = parse(content.str());
  EXPECT_EQ(file.bad_record_count, 0U);
  const auto requests = file.of(SampleKind::request);
  ASSERT_EQ(requests.size(), 12U);
  EXPECT_EQ(file.count(SampleKind::request, true), 4U);
  for (const SampleKind phase : kPhases) {
    EXPECT_EQ(file.of(phase).size(), phase == SampleKind::dns ? 0U : 12U) << name_of(phase);
  }
  EXPECT_EQ(file.of(SampleKind::waiting)[0].endpoint, requests[0].endpoint);
  EXPECT_EQ(file.of(SampleKind::waiting)[0].outcome, requests[0].outcome);

  EXPECT_EQ(requests[0].endpoint, "http://127.0.0.1:18080/");
  EXPECT_EQ(requests[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(requests[0].sample.duration_ns, 49'422'631);
  EXPECT_EQ(requests[0].sample.start_ns, kTimeNs - 49'422'631);
  EXPECT_EQ(requests[2].endpoint, "users");
  EXPECT_EQ(requests[5].outcome, (Outcome{"404", "http_404"}));
  EXPECT_EQ(requests[9].outcome, (Outcome{"500", "http_500"}));
  EXPECT_EQ(requests[10].endpoint, "slow");
  EXPECT_EQ(requests[10].outcome.error_type, "timeout");
  EXPECT_EQ(requests[11].outcome.error_type, "connection_closed");

  ASSERT_EQ(file.active_users.size(), 3U);
  EXPECT_EQ(file.active_users[2].users, 6U);
  EXPECT_EQ(file.unattributed_received, 3U * 121);
  EXPECT_EQ(file.unattributed_sent, 3U * 151);
}

std::string point_of(const std::string& metric, const std::string& value, const std::string& tags) {
  return R"({"metric":")" + metric + R"(","type":"Point","data":{"time":")" + kTime + R"(","value":)" + value +
         R"(,"tags":{)" + tags + "}}}\n";
}

TEST(K6Json, PhasesHaveTheEndpointOfTheirRequest) {
  const std::string tags = R"("name":"a","status":"500","expected_response":"false")";
  const ParsedFile file = parse(point_of("http_req_duration", "12.5", tags) + point_of("http_req_blocked", "0", tags) +
                                point_of("http_req_tls_handshaking", "1.5", R"("name":"b","status":"200")") +
                                point_of("http_req_waiting", "10", tags));
  ASSERT_EQ(file.samples.size(), 4U);
  EXPECT_EQ(file.samples[1].sample.kind, SampleKind::blocked);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 0);
  EXPECT_EQ(file.samples[2].sample.kind, SampleKind::tls);
  EXPECT_EQ(file.samples[2].endpoint, "b");
  EXPECT_EQ(file.samples[3].endpoint, "a");
  EXPECT_EQ(file.samples[3].outcome, (Outcome{"500", "http_500"}));
  EXPECT_EQ(file.samples[3].sample.start_ns, kTimeNs) << "counted at its end";
}

TEST(K6Json, ChecksGroupsAndMeasures) {
  const ParsedFile file = parse(point_of("checks", "1", R"("check":"status \"200\"","group":"::home::users")") +
                                point_of("checks", "0", R"("check":"fast","group":"")") +
                                point_of("group_duration", "20", R"("group":"::home::users")") +
                                point_of("iteration_duration", "30.25", "") + point_of("dropped_iterations", "2", "") +
                                point_of("orders", "0", "") + point_of("depth", "-1", ""));
  ASSERT_EQ(file.samples.size(), 6U);
  EXPECT_EQ(file.samples[0].endpoint, "home / users / status \"200\"");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"passed", ""}));
  EXPECT_EQ(file.samples[1].endpoint, "fast");
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"failed", "failed"}));
  EXPECT_EQ(file.samples[2].endpoint, "home / users");
  EXPECT_EQ(file.samples[2].sample.kind, SampleKind::transaction);
  EXPECT_EQ(file.samples[2].sample.start_ns, kTimeNs - 20'000'000);
  EXPECT_EQ(file.samples[3].sample.kind, SampleKind::timing);
  EXPECT_EQ(file.samples[3].sample.duration_ns, 30'250'000);
  EXPECT_EQ(file.samples[4].sample.kind, SampleKind::counter);
  EXPECT_EQ(file.samples[4].sample.duration_ns, 2 * kNsPerUnit);
  EXPECT_EQ(file.samples[5].sample.kind, SampleKind::number);
  ASSERT_EQ(file.remarks.size(), 1U);
  EXPECT_EQ(file.remarks[0].example, "depth is \"-1.000000\"");
}

TEST(K6Json, TagsAreDimensionsWhereTheyAreAskedFor) {
  std::string content =
      point_of("http_req_duration", "100", R"("name":"a","status":"200","scenario":"buy","region":"e\u00fc")") +
      point_of("http_req_duration", "200", R"("name":"a","status":"200","scenario":"look")");
  const std::size_t size = content.size();
  content.append(RecordParser::kPadding, '\0');
  const InputOptions options{.dimensions = {"region", "scenario"}};
  const auto session = input_k6_json().open(std::string_view(content).substr(0, size), options);
  ASSERT_TRUE(session);
  SampleBatch batch;
  (*session)->make_parser()->parse(std::string_view(content).substr(0, size), true, batch);
  ASSERT_EQ(batch.samples.size(), 2U);
  const auto values_of = [&](std::size_t sample) {
    std::vector<std::string> values;
    for (const std::uint32_t id : batch.details[batch.samples[sample].detail - 1].dimensions) {
      if (id != 0) values.push_back(batch.endpoints()[id - 1]);
    }
    return values;
  };
  EXPECT_EQ(values_of(0), (std::vector<std::string>{"region=eü", "scenario=buy"}));
  EXPECT_EQ(values_of(1), (std::vector<std::string>{"scenario=look"}));
}

TEST(K6Json, DimensionsCanBeFound) {
  std::string content;
  for (int i = 0; i < 12; ++i) {
    const std::string scenario = i % 2 == 0 ? "buy" : "look";
    content += point_of("http_req_duration", "1",
                        R"("name":"a)" + std::to_string(i) + R"(","scenario":")" + scenario +
                            R"(","proto":"HTTP/2","iter":")" + std::to_string(i / 4) + "\"");
  }
  const auto session = input_k6_json().open(content, {.dimensions = {"auto"}});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->note(), "its requests are compared by scenario (--by auto)");
}

TEST(K6Json, DefinitionsTellWhatAMeasureIs) {
  SampleBatch batch;
  const std::string content =
      R"({"type":"Metric","data":{"name":"order_time","type":"trend","contains":"time","thresholds":[]},"metric":"order_time"})"
      "\n"
      R"({"type":"Metric","data":{"name":"ok","type":"rate","contains":"default"},"metric":"ok"})"
      "\n"
      R"({"type":"Metric","data":{"name":"http_reqs","type":"counter","contains":"default"},"metric":"http_reqs"})"
      "\n";
  const auto session = input_k6_json().open(content, {});
  ASSERT_TRUE(session);
  (*session)->make_parser()->parse(content, true, batch);
  const std::vector<std::pair<std::string, SampleKind>> expected{{"order_time", SampleKind::timing},
                                                                 {"ok", SampleKind::rate}};
  EXPECT_EQ(batch.measure_kinds, expected);
}

// Nothing promises an order of members, nor the absence of blanks.
TEST(K6Json, MembersInAnyOrder) {
  const std::string usual = point(kTime, "49.422631", R"("name":"a","status":"200","expected_response":"true")");
  const std::string other =
      R"({ "data" : {"tags":{"status":"200","expected_response":"true","name":"a"}, "value":49.422631, "time":")" +
      kTime + R"("}, "type":"Point", "metric":"http_req_duration" })" + "\n";
  const ParsedFile file = parse(usual + other);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].sample.start_ns, file.samples[1].sample.start_ns);
  EXPECT_EQ(file.samples[0].sample.duration_ns, file.samples[1].sample.duration_ns);
  EXPECT_EQ(file.samples[0].endpoint, file.samples[1].endpoint);
  EXPECT_EQ(file.samples[0].outcome, file.samples[1].outcome);
}

TEST(K6Json, NamesAreUnescaped) {
  const ParsedFile file = parse(point(kTime, "1", R"("name":"a \"b\" \\ \u00fc\n","status":"200")"));
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].endpoint, "a \"b\" \\ ü\n");
}

TEST(K6Json, TimesWithAnOffset) {
  const ParsedFile file = parse(point("2026-11-23T12:29:36.590630544-03:00", "0", R"("name":"a")"));
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.start_ns, kTimeNs);
}

TEST(K6Json, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::string good = point(kTime, "1", R"("name":"a")");
  const ParsedFile file = parse(good + "{\"metric\":no JSON\n" + point("yesterday", "1", R"("name":"a")") +
                                point(kTime, "-1", R"("name":"a")") + good + good.substr(0, 60));
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(file.bad_records[i].line, i + 2) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[3].line, 6U);
}

// As where k6 writes to the standard output, and as Python writes JSON.
TEST(K6Json, WhatStandsBetweenThePointsIsNoPoint) {
  const std::string good = point(kTime, "1", R"("name":"a")");
  const ParsedFile file = parse("\n          /\\      |‾‾| /‾‾/\n\n  execution: local\n" + good +
                                "running (0m01.0s), 10/10 VUs, 0 complete {\n" +
                                "time=\"2026\" level=info msg=\"{}\"\n{\"level\":\"info\",\"msg\":\"x\"}\n" +
                                "\x1b[2K\r" + good + "default   [  10% ]\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.samples.size(), 2U);
  const ParsedFile blanks = parse(R"({"type": "Metric", "data": {"name": "vus"}, "metric": "vus"})"
                                  "\n"
                                  R"({"metric": "http_req_duration", "type": "Point", "data": {"time": ")" +
                                  kTime +
                                  R"(", "value": 1, "tags": {"name": "a", "status": "200"}}})"
                                  "\n");
  EXPECT_EQ(blanks.bad_record_count, 0U);
  ASSERT_EQ(blanks.samples.size(), 1U);
  EXPECT_EQ(blanks.samples[0].outcome, (Outcome{"200", ""}));
}

TEST(K6Json, WhereThereIsNoRequestWhatThereIsIsSampled) {
  const auto of = [](const std::string& metric, const std::string& tags) {
    std::string text = point(kTime, "5", tags);
    return text.replace(text.find("http_req_duration"), 17, metric);
  };
  const auto read = [](const std::string& content, std::uint64_t requests) {
    EXPECT_TRUE(input_k6_json().needs_survey(content, {}));
    const auto session = input_k6_json().open(content, {.survey = Survey{.requests = requests}});
    EXPECT_EQ((*session)->note().empty(), requests != 0);
    return test::parse_in_chunks(**session, content, {});
  };
  const std::string custom = of("order_latency", "") + of("iteration_duration", R"("scenario":"buy")");
  const ParsedFile iterations = read(custom, 0);
  ASSERT_EQ(iterations.of(SampleKind::request).size(), 1U);
  EXPECT_EQ(iterations.of(SampleKind::request)[0].endpoint, "iteration of buy");
  EXPECT_EQ(iterations.of(SampleKind::number).size(), 1U);
  EXPECT_EQ(read(custom, 1).of(SampleKind::request).size(), 0U);
  const ParsedFile sessions = read(of("ws_connecting", "") + of("iteration_duration", "") +
                                       of("ws_session_duration", R"("url":"ws://x/","status":"101")"),
                                   0);
  ASSERT_EQ(sessions.of(SampleKind::request).size(), 1U);
  EXPECT_EQ(sessions.of(SampleKind::request)[0].endpoint, "ws://x/");
  EXPECT_EQ(sessions.of(SampleKind::request)[0].outcome, (Outcome{"101", ""}));
  for (const std::string metric : {"grpc_req_duration", "browser_http_req_duration"}) {
    const std::string content = of(metric, R"("url":"u")") + of("iteration_duration", "");
    EXPECT_FALSE(input_k6_json().needs_survey(content, {}));
    EXPECT_EQ(parse(content).of(SampleKind::request).size(), 1U);
  }
}

TEST(K6Json, OtherJsonIsNotRecognised) {
  EXPECT_FALSE(input_k6_json().recognises(R"({"metrics":{"http_reqs":{"count":1}}})"));
  EXPECT_FALSE(input_k6_json().recognises(R"({"type":"Point","value":1})"));
  EXPECT_FALSE(input_k6_json().recognises("metric_name,timestamp,metric_value\n"));
  EXPECT_FALSE(input_k6_json().recognises(""));
}

TEST(K6Json, UsersAreToldByInstance) {
  const auto vus = [](const std::string& tags) {
    return R"({"metric":"vus","type":"Point","data":{"time":"2026-11-23T15:29:36Z","value":10,"tags":)" + tags + "}}\n";
  };
  const ParsedFile file = parse(vus(R"({"instance_id":"1"})") + vus(R"({"a":"b","instance_id":"2"})") + vus("null") +
                                R"({"type":"Point","metric":"vus","data":{"tags":{"instance_id": "1"},)" +
                                R"("value":10,"time":"2026-11-23T15:29:36Z"}})" + "\n");
  ASSERT_EQ(file.active_users.size(), 4U);
  EXPECT_NE(file.active_users[0].generator, file.active_users[1].generator);
  EXPECT_EQ(file.active_users[2].generator, 0U);
  EXPECT_EQ(file.active_users[0].generator, file.active_users[3].generator);
}

TEST(K6Json, ThresholdsAreNamedWithoutAVerdict) {
  std::ifstream file(OMNIWRITER_SOURCE_DIR "/src/inputs/k6_json/testdata/excerpt.json", std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  const auto run = test::run_of_file(input_k6_json(), content);
  ASSERT_FALSE(run.tool_verdicts.empty());
  EXPECT_EQ(run.tool_verdicts.front(), (ToolVerdict{"http_req_duration", "p(95)<500", std::nullopt}));
}

}  // namespace
}  // namespace omniwriter
