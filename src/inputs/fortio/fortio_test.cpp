#include <gtest/gtest.h>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_fortio();

namespace {

using test::ParsedFile;

ParsedFile parse(const std::string& content) {
  ParsedFile file = test::parse_file(input_fortio(), content);
  EXPECT_EQ(file.violation, "");
  return file;
}

// Out of runs of fortio 1.66.5.
TEST(Fortio, GenuineLinesOfBothForms) {
  const ParsedFile json =
      parse(R"({"latency":0.002017,"timestamp":1795447939310459159,"thread":3,"iter":0,"ok":true,"details":"200"})"
            "\n"
            R"({"latency":0.012602,"timestamp":1795447939310736167,"thread":1,"iter":0,"ok":false,"details":"404"})"
            "\n");
  const ParsedFile influx = parse(
      "latency,thread=3,ok=true value=0.002017,details=\"200\" 1795447939310459159\n"
      "latency,thread=1,ok=false value=0.012602,details=\"404\" 1795447939310736167\n");
  for (const ParsedFile* file : {&json, &influx}) {
    EXPECT_EQ(file->bad_record_count, 0U);
    ASSERT_EQ(file->samples.size(), 2U);
    EXPECT_EQ(file->samples[0].sample.start_ns, 1'795'447'939'310'459'159);
    EXPECT_EQ(file->samples[0].sample.duration_ns, 2'017'000);
    EXPECT_EQ(file->samples[0].endpoint, "(unnamed)");
    EXPECT_EQ(file->samples[0].outcome, (Outcome{"200", ""}));
    EXPECT_EQ(file->samples[1].outcome, (Outcome{"404", "http_404"}));
  }
}

TEST(Fortio, WhatWentWrongIsTheMessage) {
  const ParsedFile file = parse(
      "latency,thread=3,ok=true value=0.002017,details=\"SERVING\" 1795447939310459159\n"
      "latency,thread=1,ok=false value=0.012602,details=\"dial tcp 10.0.0.1:80: connection refused\" "
      "1795447939310736167\n"
      "latency,thread=1,ok=false value=0.012602,details=\"503\" 1795447939310736167\n");
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[0].message, "");
  EXPECT_EQ(file.samples[1].message, "dial tcp 10.0.0.1:80: connection refused");
  EXPECT_EQ(file.samples[2].message, "");
}

TEST(Fortio, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::string good = "latency,thread=3,ok=true value=0.002017,details=\"200\" 1795447939310459159\n";
  const ParsedFile file =
      parse(good + "latency,thread=3,ok=maybe value=0.002017,details=\"200\" 1795447939310459159\n" +
            "latency,thread=3,ok=true value=x,details=\"200\" 1795447939310459159\n" +
            "latency,thread=3,ok=true value=0.002017,details=\"200\" 1\n{\"latency\":1}\n{\nx\n" + good +
            "latency,thread=3,ok=true value=0.00");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 7U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(file.bad_records[i].line, i + 2) << file.bad_records[i].reason;
  EXPECT_NE(file.bad_records[6].reason.find("ends within a record"), std::string::npos);
}

}  // namespace
}  // namespace omniwriter
