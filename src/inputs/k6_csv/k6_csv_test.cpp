#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_k6_csv();

namespace {

using test::ParsedFile;

ParsedFile parse(const std::string& content) {
  EXPECT_TRUE(input_k6_csv().recognises(content));
  const auto session = input_k6_csv().open(content, {});
  if (!session) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  ParsedFile file = test::parse_in_chunks(**session, content, {});
  EXPECT_EQ(file.violation, "");
  return file;
}

const std::string kHeader = "metric_name,timestamp,metric_value,expected_response,name,status,extra_tags\n";

std::string row(const std::string& time, const std::string& value = "1.500000") {
  return "http_req_duration," + time + "," + value + ",true,home,200,\n";
}

// A request of each outcome out of a run of k6 1.8.1, among points of other metrics.
TEST(K6Csv, AGenuineExcerpt) {
  std::ifstream stream(std::string(OMNIWRITER_SOURCE_DIR) + "/src/inputs/k6_csv/testdata/excerpt.csv");
  std::stringstream content;
  content << stream.rdbuf();
  const ParsedFile file = parse(content.str());
  EXPECT_EQ(file.bad_record_count, 0U);
  const auto requests = file.of(SampleKind::request);
  ASSERT_EQ(requests.size(), 7U);
  EXPECT_EQ(file.of(SampleKind::waiting).size(), 7U);
  EXPECT_EQ(file.count(SampleKind::request, true), 4U);

  EXPECT_EQ(requests[0].endpoint, "http://127.0.0.1:18080/");
  EXPECT_EQ(requests[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(requests[0].sample.duration_ns, 49'422'631);
  EXPECT_EQ(requests[0].sample.start_ns, 1'795'447'776'000'000'000 - 49'422'631);
  EXPECT_EQ(requests[2].outcome, (Outcome{"404", "http_404"}));
  EXPECT_EQ(requests[4].outcome, (Outcome{"500", "http_500"}));
  EXPECT_EQ(requests[5].endpoint, "slow");
  EXPECT_EQ(requests[5].outcome.error_type, "timeout");
  EXPECT_EQ(requests[6].outcome.error_type, "connection_closed");

  ASSERT_EQ(file.active_users.size(), 3U);
  EXPECT_EQ(file.active_users[2].users, 6U);
  EXPECT_EQ(file.unattributed_received, 3U * 121);
  EXPECT_EQ(file.unattributed_sent, 3U * 151);
}

// The file does not say which of k6's time formats it uses.
TEST(K6Csv, EveryTimeFormat) {
  constexpr std::int64_t kSecond = 1'795'447'776'000'000'000;
  const std::vector<std::pair<std::string, std::int64_t>> times{
      {"1795447776", kSecond},
      {"1795447776590", kSecond + 590'000'000},
      {"1795447776590630", kSecond + 590'630'000},
      {"1795447776590630544", kSecond + 590'630'544},
      {"2026-11-23T15:29:36Z", kSecond},
      {"2026-11-23T15:29:36.590630544Z", kSecond + 590'630'544},
      {"2026-11-23T12:29:36-03:00", kSecond},
  };
  for (const auto& [text, end_ns] : times) {
    const ParsedFile file = parse(kHeader + row(text));
    ASSERT_EQ(file.samples.size(), 1U) << text;
    EXPECT_EQ(file.samples[0].sample.start_ns + file.samples[0].sample.duration_ns, end_ns) << text;
  }
}

TEST(K6Csv, ColumnsAreFoundByName) {
  const ParsedFile file =
      parse("metric_name,timestamp,metric_value,ip,name,vu,status\nhttp_req_duration,1795447776,2,::1,home,3,503\n");
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].endpoint, "home");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"503", "http_503"}));
}

TEST(K6Csv, NamesAreUnquoted) {
  const ParsedFile file =
      parse(kHeader + "http_req_duration,1795447776,2,true,\"a, \"\"b\"\"\nc\",200,\n" + row("1795447777"));
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].endpoint, "a, \"b\"\nc");
  EXPECT_EQ(file.samples[1].endpoint, "home");
}

TEST(K6Csv, WhatCannotBeReadIsABadRecordWithItsLine) {
  const ParsedFile file = parse(kHeader + row("1795447776") + row("yesterday") + row("1795447776", "slow") +
                                "http_req_duration,1795447776\n" + row("1795447777") + "http_req_dura");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(file.bad_records[i].line, i + 3) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[3].line, 7U);
}

TEST(K6Csv, WhatStandsBetweenTheRowsIsNoRow) {
  const ParsedFile file =
      parse("\n   /\\  |‾‾| \n  execution: local\n" + kHeader + row("1795447776") +
            "running (0m01.0s), 10/10 VUs, 0 complete\n" + row("1795447777") + "\n█ TOTAL RESULTS\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.samples.size(), 2U);
}

TEST(K6Csv, OtherCsvIsNotRecognised) {
  EXPECT_FALSE(input_k6_csv().recognises("timeStamp,elapsed,label\n1,2,a\n"));
  EXPECT_FALSE(input_k6_csv().recognises("metric_name,timestamp\n"));
  EXPECT_FALSE(input_k6_csv().recognises(""));
}

TEST(K6Csv, AnotherHeaderHoldsFromThereOn) {
  const std::string content = kHeader + row("1795447776") + "metric_name,timestamp,metric_value,status,name\n" +
                              "http_req_duration,1795447777,9.5,500,cart\n" + kHeader + row("1795447778");
  const ParsedFile file = parse(content);
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[1].endpoint, "cart");
  EXPECT_EQ(file.samples[1].outcome.status, "500");
  EXPECT_EQ(file.samples[2].endpoint, "home");
  EXPECT_EQ(test::misbehaviour(input_k6_csv(), content), "");
}

TEST(K6Csv, UsersAreToldByInstance) {
  const auto vus = [](const std::string& tags) { return "vus,1795447776,10.000000,,,," + tags + "\n"; };
  const ParsedFile file = parse(kHeader + vus("a=b&instance_id=1") + vus("instance_id=2") + vus("instance_id=1&a=b") +
                                vus("my_instance_id=3"));
  ASSERT_EQ(file.active_users.size(), 4U);
  EXPECT_NE(file.active_users[0].generator, file.active_users[1].generator);
  EXPECT_EQ(file.active_users[0].generator, file.active_users[2].generator);
  EXPECT_EQ(file.active_users[3].generator, 0U);
}

}  // namespace
}  // namespace omniwriter
