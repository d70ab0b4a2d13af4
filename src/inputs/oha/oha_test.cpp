#include <gtest/gtest.h>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_oha();

namespace {

using test::ParsedFile;

const std::string kHeader = "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status\n";

ParsedFile parse(const std::string& content) {
  ParsedFile file = test::parse_file(input_oha(), content);
  EXPECT_EQ(file.violation, "");
  return file;
}

// Out of a run of oha 1.16.0.
TEST(Oha, GenuineRows) {
  const ParsedFile file = parse(kHeader +
                                "0.000482742,0.000029385,0.001098903,0.00541589,0.005416201,15,200\n"
                                "1.773352623,0,0,0.010982812,0.010983323,16,404\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].sample.start_ns, 482'742);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 5'416'201);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 15U);
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"404", "http_404"}));
  EXPECT_EQ(file.samples[0].phase(SampleKind::dns), 29'385);
  EXPECT_EQ(file.samples[0].phase(SampleKind::connect), 1'069'518);
  EXPECT_EQ(file.samples[0].phase(SampleKind::waiting), 4'316'987);
  EXPECT_EQ(file.samples[0].phase(SampleKind::receiving), 311);
  EXPECT_EQ(file.samples[0].phase(SampleKind::sending), SampleDetail::kUnknown);
  EXPECT_EQ(file.samples[1].phase(SampleKind::connect), 0);
}

TEST(Oha, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::string row = "0.1,0,0,0.1,0.1,15,200\n";
  const ParsedFile file = parse(kHeader + row +
                                "-1,0,0,0.1,0.1,15,200\n"  // line 3
                                "0.1,0,0,0.1,NaN,15,200\n"
                                "0.1,0,0,0.1,0.1,-,200\n"
                                "0.1,0,0,0.1,0.1,15,20\n"
                                "0.1,0,x,0.1,0.1,15,200\n"
                                "0.1,0,0,0.1\n\"\n" +  // lines 8 and 9
                                std::string(100'000, ',') +
                                "\n" + row + "0.1,");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 9U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(file.bad_records[i].line, i + 3) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[8].line, 12U);
}

TEST(Oha, OtherTablesAreNotRecognised) {
  for (const std::string content : {"", "request-start,DNS\n", "{\"summary\": {}}\n"}) {
    EXPECT_FALSE(input_oha().recognises(content)) << content;
    EXPECT_FALSE(input_oha().open(content, {}).has_value()) << content;
  }
}

}  // namespace
}  // namespace omniwriter
