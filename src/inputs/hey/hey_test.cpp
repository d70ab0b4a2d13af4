#include <gtest/gtest.h>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_hey();

namespace {

using test::ParsedFile;

const std::string kHeader =
    "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n";

ParsedFile parse(const std::string& content) {
  ParsedFile file = test::parse_file(input_hey(), content);
  EXPECT_EQ(file.violation, "");
  return file;
}

// Out of runs of hey 0.1.4.
TEST(Hey, GenuineRows) {
  const ParsedFile file = parse(kHeader +
                                "0.0267,0.0010,0.0000,0.0050,0.0203,0.0002,200,0.0192\n"
                                "0.0030,0.0000,0.0000,0.0000,0.0030,0.0000,404,1.0459\n"
                                "0.0100,0.0000,0.0000,0.0000,0.0099,0.0001,500,4.4271\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[0].sample.start_ns, 19'200'000);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 26'700'000);
  EXPECT_EQ(file.samples[0].endpoint, "(unnamed)");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"404", "http_404"}));
  EXPECT_EQ(file.samples[2].outcome, (Outcome{"500", "http_500"}));
}

TEST(Hey, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::string row = "0.1,0,0,0,0.1,0,200,1.0\n";
  const ParsedFile file = parse(kHeader + row +                         //
                                "-1,0,0,0,0.1,0,200,1.0\n"              // line 3
                                "0.1,0,0,0,0.1,0,200,soon\n"            //
                                "0.1,0,0,0,0.1,0,2000,1.0\n"            //
                                "0.1,0,0,0,0.1,0,200\n"                 //
                                "99999999,0,0,0,0.1,0,200,1.0\n"        //
                                + std::string(100'000, 'x') + "\n\"" +  // line 8, and an open quote
                                "\n" + row + "0.1,0,0");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 8U);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(file.bad_records[i].line, i + 3) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[7].line, 11U);
  EXPECT_NE(file.bad_records[7].reason.find("ends within a row"), std::string::npos) << file.bad_records[7].reason;
}

TEST(Hey, FilesPutTogetherAndLineEndsOfWindows) {
  const std::string header = kHeader.substr(0, kHeader.size() - 1) + "\r\n";
  const std::string row = "0.1,0,0,0,0.1,0,200,1.0\r\n";
  const ParsedFile file = parse(header + row + header + row + "\r\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.samples.size(), 2U);
}

TEST(Hey, OtherTablesAreNotRecognised) {
  for (const std::string content : {"", "response-time,DNS+dialup\n", "timeStamp,elapsed,label\n1,2,a\n", "x\n"}) {
    EXPECT_FALSE(input_hey().recognises(content)) << content;
    EXPECT_FALSE(input_hey().open(content, {}).has_value()) << content;
  }
}

TEST(Hey, Phases) {
  const ParsedFile file = parse(kHeader + "0.0046,0.0031,0.0011,0.0002,0.0010,0.0003,200,0.0134\n" +
                                "0.0046,0.0031,x,0.0002,0.0010,0.0003,200,0.0134\n");
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].phase(SampleKind::blocked), SampleDetail::kUnknown);
  EXPECT_EQ(file.samples[0].phase(SampleKind::dns), 1'100'000);
  EXPECT_EQ(file.samples[0].phase(SampleKind::connect), 2'000'000);
  EXPECT_EQ(file.samples[0].phase(SampleKind::sending), 200'000);
  EXPECT_EQ(file.samples[0].phase(SampleKind::waiting), 1'000'000);
  EXPECT_EQ(file.samples[0].phase(SampleKind::receiving), 300'000);
  EXPECT_EQ(file.bad_record_count, 1U);
}

}  // namespace
}  // namespace omniwriter
