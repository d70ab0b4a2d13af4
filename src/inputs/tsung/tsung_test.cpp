#include <gtest/gtest.h>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_tsung();

namespace {

using test::ParsedFile;

const std::string kHeader = "#date;pid;id;http method;host;URL;HTTP status;size;duration;transaction;match;error;tag\n";
const std::string kRow = "1795447950.350642;<0.195.0>;2;get;127.0.0.1;/;200;119;10.097;tr_browse;;;\n";

ParsedFile parse(const std::string& content) {
  ParsedFile file = test::parse_file(input_tsung(), content);
  EXPECT_EQ(file.violation, "");
  return file;
}

// Out of a run of Tsung 1.7.0.
TEST(Tsung, GenuineRows) {
  const ParsedFile file =
      parse(kHeader + kRow +
            "1795447950.362584;<0.194.0>;1;get;127.0.0.1;/api/users?id=1;200;160;11.558;tr_browse;;;\n"
            "1795447953.935395;<0.205.0>;10;post;127.0.0.1;/flaky;500;153;1.659;tr_flaky_tx;;;\n"
            "1795447955.694015;<0.230.0>;35;get;127.0.0.1;/drop;error_no_http_status;0;0.435;tr_flaky_tx;;;\n"
            "1795447955.694015;<0.230.0>;35;get;127.0.0.1;/drop;;0;0.435;tr_flaky_tx;;error_timeout;\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 5U);
  EXPECT_EQ(file.samples[0].sample.start_ns, 1'795'447'950'350'642'000 - 10'097'000);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 10'097'000);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 119U);
  EXPECT_EQ(file.samples[0].endpoint, "GET /");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].endpoint, "GET /api/users");
  EXPECT_EQ(file.samples[2].endpoint, "POST /flaky");
  EXPECT_EQ(file.samples[2].outcome, (Outcome{"500", "http_500"}));
  EXPECT_EQ(file.samples[3].outcome, (Outcome{"error", "connection_closed"}));
  EXPECT_EQ(file.samples[4].outcome, (Outcome{"error", "error_timeout"}));
  EXPECT_EQ(file.samples[4].message, "error_timeout");
  EXPECT_EQ(file.samples[2].message, "");
}

TEST(Tsung, WhatCannotBeReadIsABadRecordWithItsLine) {
  const ParsedFile file = parse(kHeader + kRow +
                                "yesterday;<0.195.0>;2;get;127.0.0.1;/;200;119;10.097;tr_browse;;;\n"  // line 3
                                "1795447950.350642;<0.195.0>;2;get;127.0.0.1;/;200;119;-1;tr_browse;;;\n"
                                "1795447950.350642;<0.195.0>;2;get;127.0.0.1;/;200;many;1;tr_browse;;;\n"
                                "1795447950.350642;<0.195.0>;2;get;127.0.0.1;/a;b;200;119;1;tr_browse;;;\n\"\n" +
                                std::string(100'000, ';') + "\n" + kRow + "1795447950.35");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 7U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(file.bad_records[i].line, i + 3) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[6].line, 10U);
}

TEST(Tsung, OtherTablesAreNotRecognised) {
  for (const std::string content : {"", "#date;pid;id\n", "# stats: dump at 1795447958\nstats: users 8 16\n"}) {
    EXPECT_FALSE(input_tsung().recognises(content)) << content;
    EXPECT_FALSE(input_tsung().open(content, {}).has_value()) << content;
  }
}

}  // namespace
}  // namespace omniwriter
