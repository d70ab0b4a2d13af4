#include <gtest/gtest.h>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_generic_csv();

namespace {

using test::ParsedFile;

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kStart = 1'795'447'776'590 * kMs;
const std::string kHeader = "timestamp,duration_ms,endpoint,status,error,bytes_received,bytes_sent,users\n";

ParsedFile parse(const std::string& content, const InputOptions& options = {}) {
  ParsedFile file = test::parse_file(input_generic_csv(), content, options);
  EXPECT_EQ(file.violation, "");
  return file;
}

TEST(GenericCsv, OurOwnLayout) {
  const ParsedFile file =
      parse(kHeader +
            "1795447776590,12.5,GET /home,200,,1024,120,3\n"
            "1795447776.591,301,\"GET /a \"\"b\"\", c\",500,\"HTTPError('500', \"\"x\"\")\",17,120,4\n"
            "2026-11-23T15:29:37Z,5e-05,GET /home,0,\"ConnectTimeout: timed out\nafter 5 s\",,,\n"
            "1795447776590000000,1,,200,body is empty,0,0,4\n"
            "1795447776590,1,x,404,,0,0,4\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 5U);
  EXPECT_EQ(file.samples[0].sample.start_ns, kStart);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 12'500'000);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 1024U);
  EXPECT_EQ(file.samples[0].sample.bytes_sent, 120U);
  EXPECT_EQ(file.samples[0].endpoint, "GET /home");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].sample.start_ns, kStart + kMs);
  EXPECT_EQ(file.samples[1].endpoint, "GET /a \"b\", c");
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"500", "http_500"}));
  EXPECT_EQ(file.samples[2].sample.duration_ns, 50);
  EXPECT_EQ(file.samples[2].outcome, (Outcome{"error", "timeout"}));
  EXPECT_EQ(file.samples[3].endpoint, "(unnamed)");
  EXPECT_EQ(file.samples[3].outcome, (Outcome{"200", "body is empty"}));
  EXPECT_EQ(file.samples[4].outcome, (Outcome{"404", "http_404"}));  // an empty error says nothing
  EXPECT_EQ(file.samples[0].message, "");
  EXPECT_EQ(file.samples[2].message, "ConnectTimeout: timed out\nafter 5 s");
  EXPECT_EQ(file.samples[3].message, "body is empty");
  ASSERT_GE(file.active_users.size(), 2U);
  EXPECT_EQ(file.active_users[0].users, 3U);
}

TEST(GenericCsv, WhatIsSaidOfErrors) {
  const ParsedFile file = parse(
      "timestamp,duration_ms,endpoint,status,error,message\n1795447776590,1,a,200,,fine\n"
      "1795447776590,1,a,500,,no such user\n1795447776590,1,a,500,E12,no such user\n1795447776590,1,a,,E12,\n"
      "1795447776590,1,a,,1,\n1795447776590,1,a,,true,\n1795447776590,1,a,,1234,\n");
  std::vector<std::string> messages;
  for (const auto& one : file.samples) messages.push_back(one.message);
  EXPECT_EQ(messages, (std::vector<std::string>{"", "no such user", "no such user", "E12", "", "", ""}));
}

TEST(GenericCsv, ANumberOfUsersThatCannotBeReadIsRemarked) {
  const ParsedFile file = parse(kHeader + "1795447776590,1,/a,200,,0,0,3\n1795447776590,1,/a,200,,0,0,many\n");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.remarks.size(), 1U);
  EXPECT_EQ(file.remarks[0].line, 3U);
  EXPECT_EQ(file.remarks[0].example, "users is \"many\"");
}

TEST(GenericCsv, OnlyThreeColumnsAreNeededAndOthersAreIgnored) {
  const ParsedFile file =
      parse("worker;endpoint;duration_us;timestamp\r\n1;/a;1500;1795447776590\r\n2;/b;1;1795447776590\r\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 1'500'000);
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"ok", ""}));
}

TEST(GenericCsv, WithoutErrorTheStatusOrSuccessDecides) {
  const ParsedFile by_status =
      parse("timestamp,duration_s,endpoint,status\n1795447776,1,a,200\n1795447776,1,a,503\n1795447776,1,a,0\n");
  EXPECT_EQ(by_status.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(by_status.samples[1].outcome, (Outcome{"503", "http_503"}));
  EXPECT_FALSE(by_status.samples[2].outcome.error_type.empty());
  const ParsedFile by_success = parse(
      "timestamp,duration_s,endpoint,status,success\n1795447776,1,a,404,true\n1795447776,1,a,200,False\n1795447776,1,a,"
      "200,maybe\n");
  ASSERT_EQ(by_success.samples.size(), 2U);
  EXPECT_EQ(by_success.samples[0].outcome, (Outcome{"404", ""}));
  EXPECT_EQ(by_success.samples[1].outcome, (Outcome{"200", "error"}));
  EXPECT_EQ(by_success.bad_record_count, 1U);
}

// Times are read against the one before; each has to come out as if it stood alone.
TEST(GenericCsv, TimesThatVaryInAnyWay) {
  const std::vector<std::string> times{
      "1795447776.590123",       "1795447776.590124",   "1795447786.590124", "1795447776590",
      "1795447776591",           "1795447776.59",       "1795447776590123",  "1795447776",
      "1795447776.590123456",    "1795447776590123456", "1795447777",        "17954477.7.590123",
      "2026-11-23T15:29:36.59Z", "1795447776.590123",   "999999999",         "99999999999"};
  std::string all = "timestamp,duration_ms,endpoint\n";
  std::vector<std::int64_t> alone;
  for (const std::string& time : times) {
    all += time + ",1,a\n";
    const ParsedFile one = parse("timestamp,duration_ms,endpoint\n" + time + ",1,a\n");
    for (const auto& sample : one.samples) alone.push_back(sample.sample.start_ns);
  }
  const ParsedFile together = parse(all);
  ASSERT_EQ(together.samples.size(), alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_EQ(together.samples[i].sample.start_ns, alone[i]) << i;
  EXPECT_EQ(together.bad_record_count, 2U);
}

TEST(GenericCsv, ColumnsAreTold) {
  const std::string content = "ts\turl\tcode\telapsed\n1795447777\t/a\t200\t250\n";
  EXPECT_FALSE(input_generic_csv().recognises(content));
  const InputOptions options{.map = {"end=ts", "duration:ms=elapsed", "endpoint=url", "status=code"}};
  EXPECT_TRUE(input_generic_csv().chosen_by(content, options));
  const ParsedFile file = parse(content, options);
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.start_ns, 1'795'447'776'750 * kMs);
  EXPECT_EQ(file.samples[0].endpoint, "/a");

  const auto wrong = input_generic_csv().open("time,url,code,elapsed\n", options);
  ASSERT_FALSE(wrong.has_value());
  EXPECT_NE(wrong.error().message.find("\"ts\""), std::string::npos) << wrong.error().message;
  EXPECT_NE(wrong.error().message.find("time,url"), std::string::npos) << wrong.error().message;
}

TEST(GenericCsv, AHeaderIsToldWhereThereIsNone) {
  const std::string content = "1795447776590,/a,7\n1795447776591,/b,8\n";
  const InputOptions options{.columns = {"timestamp", "endpoint", "duration_ms"}};
  EXPECT_TRUE(input_generic_csv().chosen_by(content, options));
  EXPECT_EQ(parse(content, options).samples.size(), 2U);
  EXPECT_FALSE(input_generic_csv().chosen_by(content, {.columns = {"timeStamp", "label", "elapsed"}}));
}

TEST(GenericCsv, HeadersOfProcessesThatWriteOneFileAndCutRows) {
  const std::string row = "1795447776590,1,/a,200,,1,1,1\n";
  const ParsedFile file = parse(kHeader + row + kHeader + row + "\n" + row.substr(0, 20));
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 1U);
  EXPECT_EQ(file.bad_records[0].line, 6U);
  EXPECT_NE(file.bad_records[0].reason.find("ends within a row"), std::string::npos);
}

TEST(GenericCsv, WhatCannotBeReadIsABadRecordWithItsLine) {
  const ParsedFile file = parse(kHeader + "soon,1,/a,200,,1,1,1\n1795447776590,-1,/a,200,,1,1,1\n1795447776590,1,/a\n" +
                                "1795447776590,99999999999999,/a,200,,1,1,1\n");
  EXPECT_TRUE(file.samples.empty());
  ASSERT_EQ(file.bad_records.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(file.bad_records[i].line, i + 2);
}

TEST(GenericCsv, AnotherHeaderHoldsFromThereOn) {
  const std::string content = kHeader + "1795447776590,12.5,GET /home,200,,1024,120,3\n" +
                              "endpoint;timestamp;duration_s;status\nGET /b;1795447776590;0.5;500\n" +
                              "GET /b;1795447776591;0.5;200\n" + kHeader +
                              "1795447776590,12.5,GET /home,200,,1024,120,3\n";
  const ParsedFile file = parse(content);
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 4U);
  EXPECT_EQ(file.samples[1].endpoint, "GET /b");
  EXPECT_EQ(file.samples[1].sample.duration_ns, 500 * kMs);
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"500", "http_500"}));
  EXPECT_EQ(file.samples[3].sample.duration_ns, 12'500'000);
  EXPECT_EQ(test::misbehaviour(input_generic_csv(), content), "");
}

TEST(GenericCsv, NumbersTimesAndFlagsAsSpreadsheetsWriteThem) {
  const ParsedFile file = parse(
      "sep=;\n"
      "timestamp;duration_ms;endpoint;success\n24/03/2026 13:59:50;12,5;/a;VERDADEIRO\n"
      "04/03/2026 13:59:50;1.234,5;/a;FALSO\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 12'500'000);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 1'234'500'000);
  EXPECT_EQ(file.samples[0].sample.start_ns - file.samples[1].sample.start_ns, std::int64_t{20} * 86'400'000 * kMs);
  EXPECT_EQ(file.count(SampleKind::request, true), 1U);
  // A point where the columns are not parted by commas may part thousands.
  const ParsedFile doubtful = parse("timestamp;duration_ms;endpoint\n1795447776590;1.234;/a\n");
  ASSERT_EQ(doubtful.bad_record_count, 1U);
  EXPECT_NE(doubtful.bad_records[0].reason.find("--decimal"), std::string::npos);
  InputOptions told;
  told.decimal = '.';
  told.time_format = "ms";
  EXPECT_EQ(parse("timestamp;duration_ms;endpoint\n1795447776590;1.234;/a\n", told).samples.size(), 1U);
}

TEST(GenericCsv, DimensionsCanBeFound) {
  std::string content = "timestamp,duration_ms,endpoint,region,id\n";
  for (int i = 0; i < 8; ++i) {
    content += "1795447776590,1,a," + std::string(i % 2 == 0 ? "eu" : "us") + "," + std::to_string(i) + "\n";
  }
  const auto session = input_generic_csv().open(content, {.dimensions = {"auto"}});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->note(), "its requests are compared by region (--by auto)");
  const auto run = test::run_of_file(input_generic_csv(), content, {.dimensions = {"auto"}});
  EXPECT_EQ(run.find("region=eu", SampleKind::dimension)->total.samples(), 4U);
}

}  // namespace
}  // namespace omniwriter
