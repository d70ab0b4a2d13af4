#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_siege();

namespace {

using test::ParsedFile;

ParsedFile parse(const std::string& content) {
  ParsedFile file = test::parse_file(input_siege(), content);
  EXPECT_EQ(file.violation, "");
  return file;
}

std::int64_t local_ns(int second) {
  std::tm local{};
  local.tm_year = 2026 - 1900;
  local.tm_mon = 10;
  local.tm_mday = 23;
  local.tm_hour = 15;
  local.tm_min = 19;
  local.tm_sec = second;
  local.tm_isdst = -1;
  return std::int64_t{std::mktime(&local)} * 1'000'000'000;
}

// Out of runs of siege 4.0.7.
TEST(Siege, GenuineRowsOfCsv) {
  const ParsedFile file = parse(
      "** SIEGE 4.0.7\n"
      "[Mon, 2026-11-23 15:19:01] HTTP/1.1,201,  0.03,      9,http://127.0.0.1:18080/api/orders,2,2026-11-23 15:19:01\n"
      "[Mon, 2026-11-23 15:19:01] HTTP/1.1,500,  0.25,     52,/api/users?a=1,2,1,2026-11-23 15:19:02\n"
      "LOG FILE: /var/log/siege.log\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].sample.start_ns, local_ns(1) - 30'000'000);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 30'000'000);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 9U);
  EXPECT_EQ(file.samples[0].endpoint, "http://127.0.0.1:18080/api/orders");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"201", ""}));
  EXPECT_EQ(file.samples[1].endpoint, "/api/users?a=1,2");
  EXPECT_EQ(file.samples[1].sample.start_ns, local_ns(2) - 250'000'000);
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"500", "http_500"}));
}

TEST(Siege, GenuineLinesOfText) {
  const ParsedFile file = parse(
      "[Mon, 2026-11-23 15:19:01] HTTP/1.1 200     0.01 secs:      11 bytes ==> GET  /\n"
      "\x1b[0;34m[Mon, 2026-11-23 15:19:02]   12) HTTP/1.1 404     1.50 secs:       9 bytes ==> POST "
      "http://h/api\x1b[0m\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].endpoint, "GET /");
  EXPECT_EQ(file.samples[0].sample.bytes_received, 11U);
  EXPECT_EQ(file.samples[1].endpoint, "POST http://h/api");
  EXPECT_EQ(file.samples[1].sample.duration_ns, 1'500'000'000);
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"404", "http_404"}));
}

TEST(Siege, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::string good = "HTTP/1.1,201,  0.03,      9,/a,2,2026-11-23 15:19:01\n";
  const ParsedFile file =
      parse(good + "HTTP/1.1,201,  -1,      9,/a,2,2026-11-23 15:19:01\n" +
            "HTTP/1.1,201,  0.03,      9,/a,2,soon\nHTTP/1.1,20,  0.03,      9,/a,2,2026-11-23 15:19:01\n" +
            "HTTP/1.1,201,  0.03,    9b,/a,2,2026-11-23 15:19:01\n" + good + "HTTP/1.1,20");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(file.bad_records[i].line, i + 2) << file.bad_records[i].reason;
  EXPECT_NE(file.bad_records[4].reason.find("ends within a record"), std::string::npos);
}

TEST(Siege, TextWithoutTimesAndSummariesAreNotRecognised) {
  for (const std::string content :
       {"", "\x1b[", "\x1b[0;34", "HTTP/1.1 200     0.01 secs:      11 bytes ==> GET  /\n",
        "Transactions:\t\t          97 hits\n", "2026-11-23 15:18:55,    196,       1.41,           0,       0.04\n"}) {
    EXPECT_FALSE(input_siege().recognises(content)) << content;
  }
}

}  // namespace
}  // namespace omniwriter
