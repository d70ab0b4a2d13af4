#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_vegeta_csv();

namespace {

using test::ParsedFile;

std::string genuine() {
  std::ifstream file(OMNIWRITER_SOURCE_DIR "/src/inputs/vegeta_csv/testdata/excerpt.csv", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ParsedFile parse(const std::string& content, const std::vector<std::size_t>& cuts = {}) {
  const std::string head = content.substr(0, InputFormat::kHeadBytes);
  EXPECT_TRUE(input_vegeta_csv().recognises(head));
  const auto session = input_vegeta_csv().open(head, {});
  if (!session) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  ParsedFile file = test::parse_in_chunks(**session, content, cuts);
  EXPECT_EQ(file.violation, "");
  return file;
}

std::string row(const std::string& time, const std::string& rest = "200,5,0,7,,,a,0,GET,http://a/,") {
  return time + "," + rest + "\n";
}

const std::string kTime = "1795447158180723418";

// A result of each outcome and endpoint out of an attack of vegeta 12.13.
TEST(VegetaCsv, AGenuineExcerpt) {
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

TEST(VegetaCsv, TheResultDoesNotDependOnTheChunks) {
  const std::string content = genuine();
  const auto session = input_vegeta_csv().open(content, {});
  const ParsedFile whole = parse(content);
  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    ASSERT_EQ(test::difference(**session, whole, parse(content, {cut})), "") << "cut at " << cut;
  }
}

TEST(VegetaCsv, OlderFilesHaveNoHeaders) {
  const ParsedFile file = parse(row(kTime, "200,5,0,7,,,a,0,GET,http://a/"));
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].endpoint, "GET http://a/");
}

TEST(VegetaCsv, QuotedFieldsAreRead) {
  const ParsedFile file = parse(
      row(kTime, "0,5,0,0,\"Get \"\"http://a/,\"\": x\ny\",,\"a, \"\"b\"\"\",0,GET,\"http://a/,\",") + row(kTime));
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].endpoint, "GET http://a/,");
  EXPECT_EQ(file.samples[0].outcome.error_type, "x y");
}

TEST(VegetaCsv, WhatCannotBeReadIsABadRecordWithItsLine) {
  const ParsedFile file = parse(row(kTime) + row("yesterday") + row(kTime, "200,-5,0,7,,,a,0,GET,http://a/,") +
                                row(kTime, "2000,5,0,7,,,a,0,GET,http://a/,") + row("1") + kTime + ",1\n" +
                                "\xFF\x01\n" + row(kTime) + kTime + ",20");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 7U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(file.bad_records[i].line, i + 2) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[6].line, 9U);
  EXPECT_NE(file.bad_records[6].reason.find("the file ends within a row"), std::string::npos);
}

TEST(VegetaCsv, ABodyMayBeLong) {
  const ParsedFile file =
      parse(row(kTime) + row(kTime, "200,5,0,7,," + std::string(500'000, 'x') + ",a,0,GET,http://a/,"));
  EXPECT_EQ(file.samples.size(), 2U);
}

TEST(VegetaCsv, OtherCsvIsNotRecognised) {
  const InputFormat& format = input_vegeta_csv();
  EXPECT_FALSE(format.recognises(""));
  EXPECT_FALSE(format.recognises("timeStamp,elapsed,label\n"));
  EXPECT_FALSE(format.recognises("1795447158180,5,a,200,OK,TG 1-1,text,true,7,5,1\n"));
  EXPECT_FALSE(format.recognises(row(kTime, "200,5,0,7,,,a,0,get,http://a/,")));
  EXPECT_FALSE(format.open("a,b\n", {}).has_value());
}

TEST(VegetaCsv, OldVersionsHadFewerColumns) {
  for (const std::string rest : {",\"a, b\"", ",\"a, b\",eyJ9", ",\"a, b\",eyJ9,attack,7"}) {
    const std::string content = "1795447158180723418,500,1634383,3,11" + rest + "\n";
    SCOPED_TRACE(content);
    const auto session = input_vegeta_csv().open(content, {});
    ASSERT_TRUE(session && input_vegeta_csv().recognises(content));
    const auto file = test::parse_in_chunks(**session, content, {});
    EXPECT_EQ(file.bad_record_count, 0U);
    ASSERT_EQ(file.samples.size(), 1U);
    EXPECT_EQ(file.samples[0].endpoint, "(unnamed)");
    EXPECT_EQ(file.samples[0].outcome.status, "500");
    EXPECT_EQ(file.samples[0].sample.bytes_received, 11U);
  }
}

}  // namespace
}  // namespace omniwriter
