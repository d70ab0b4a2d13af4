#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_vegeta_json();

namespace {

using test::ParsedFile;

std::string genuine() {
  std::ifstream file(OMNIWRITER_SOURCE_DIR "/src/inputs/vegeta_json/testdata/excerpt.json", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ParsedFile parse(const std::string& content, const std::vector<std::size_t>& cuts = {}) {
  const std::string head = content.substr(0, InputFormat::kHeadBytes);
  EXPECT_TRUE(input_vegeta_json().recognises(head));
  const auto session = input_vegeta_json().open(head, {});
  if (!session) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  ParsedFile file = test::parse_in_chunks(**session, content, cuts);
  EXPECT_EQ(file.violation, "");
  return file;
}

std::string line(const std::string& change = "") {
  return R"({"attack":"a","seq":0,"code":200,"timestamp":"2026-11-23T12:19:18.180723418-03:00","latency":5,)" + change +
         R"("bytes_out":0,"bytes_in":7,"error":"","body":null,"method":"GET","url":"http://a/"})" + "\n";
}

// A result of each outcome and endpoint out of an attack of vegeta 12.13.
TEST(VegetaJson, AGenuineExcerpt) {
  const ParsedFile file = parse(genuine());
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 12U);
  EXPECT_EQ(file.count(SampleKind::request, true), 6U);
  EXPECT_EQ(file.samples[1].endpoint, "GET http://127.0.0.1:18080/api/users");
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].sample.start_ns, 1'795'447'158'189'440'155);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 2'771'770);
  EXPECT_EQ(file.samples[2].endpoint, "POST http://127.0.0.1:18080/api/orders");
  EXPECT_EQ(file.samples[2].sample.bytes_received, 9U);
  EXPECT_EQ(file.samples[2].sample.bytes_sent, 11U);
  EXPECT_EQ(file.samples[6].outcome, (Outcome{"error", "timeout"}));
  EXPECT_EQ(file.samples[7].outcome, (Outcome{"500", "http_500"}));
  EXPECT_EQ(file.samples[10].outcome, (Outcome{"error", "connection_closed"}));
  EXPECT_EQ(file.samples[1].message, "");
  EXPECT_EQ(file.samples[7].message, "500 Internal Server Error");
  EXPECT_EQ(file.samples[10].message, R"(Get "http://127.0.0.1:18080/drop": EOF)");
}

TEST(VegetaJson, TheResultDoesNotDependOnTheChunks) {
  const std::string content = genuine();
  const auto session = input_vegeta_json().open(content, {});
  const ParsedFile whole = parse(content);
  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    ASSERT_EQ(test::difference(**session, whole, parse(content, {cut})), "") << "cut at " << cut;
  }
}

TEST(VegetaJson, TimesHaveZones) {
  const ParsedFile file = parse(line());
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.start_ns, 1'795'447'158'180'723'418);
}

TEST(VegetaJson, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::vector<std::string> bad{
      "[]\n",
      "nonsense\n",
      "{}\n",
      "{\"timestamp\":\"yesterday\",\"latency\":1,\"code\":200}\n",
      "{\"timestamp\":\"2026-11-23T12:19:18Z\",\"latency\":-1,\"code\":200}\n",
      "{\"timestamp\":\"2026-11-23T12:19:18Z\",\"latency\":1,\"code\":-200}\n",
      "{\"timestamp\":\"2026-11-23T12:19:18Z\",\"latency\":1e99,\"code\":200}\n",
      "\xFF\x01\"\n",
  };
  std::string content = line();
  for (const std::string& text : bad) content += text;
  const ParsedFile file = parse(content + "\n" + line() + line().substr(0, 50));
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), bad.size() + 1);
  for (std::size_t i = 0; i < bad.size(); ++i) EXPECT_EQ(file.bad_records[i].line, i + 2) << bad[i];
  EXPECT_EQ(file.bad_records.back().line, bad.size() + 4);
  EXPECT_NE(file.bad_records.back().reason.find("the file ends within a record"), std::string::npos);
}

TEST(VegetaJson, ABodyMayBeLongAndUnknownMembersAreSkipped) {
  const ParsedFile file = parse(line() + line("\"more\":[{\"a\":\"" + std::string(500'000, 'x') + "\"}],"));
  EXPECT_EQ(file.samples.size(), 2U);
}

TEST(VegetaJson, OtherJsonIsNotRecognised) {
  const InputFormat& format = input_vegeta_json();
  EXPECT_FALSE(format.recognises(""));
  EXPECT_FALSE(format.recognises("{}\n" + line()));
  EXPECT_FALSE(format.recognises(R"({"latencies":{"total":1},"attack":"","requests":2})"));
  EXPECT_FALSE(format.recognises(R"({"metric":"vus","type":"Point","data":{}})"));
}

TEST(VegetaJson, AttackAndMethodAreDimensions) {
  const auto run = test::run_of_file(input_vegeta_json(), line(), {.dimensions = {"attack", "method", "url"}});
  EXPECT_NE(run.find("attack=a", SampleKind::dimension), nullptr);
  EXPECT_NE(run.find("method=GET", SampleKind::dimension), nullptr);
  EXPECT_EQ(run.series.size(), 3U);
  const auto session = input_vegeta_json().open(genuine(), {.dimensions = {"auto"}});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->note(), "its requests are compared by method (--by auto)");
}

}  // namespace
}  // namespace omniwriter
