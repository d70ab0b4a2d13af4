#include <gtest/gtest.h>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_h2load();

namespace {

using test::ParsedFile;

const std::string kRow = "1795447143152308\t200\t15027\n";

ParsedFile parse(const std::string& content) {
  ParsedFile file = test::parse_file(input_h2load(), content);
  EXPECT_EQ(file.violation, "");
  return file;
}

// Out of runs of h2load 1.52.0.
TEST(H2load, GenuineRows) {
  const ParsedFile file = parse(kRow + "1795447143152316\t500\t30034\n1795447149593778\t-1\t20136\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[0].sample.start_ns, 1'795'447'143'152'308'000);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 15'027'000);
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"500", "http_500"}));
  EXPECT_EQ(file.samples[2].outcome, (Outcome{"error", "connection_closed"}));
}

TEST(H2load, WhatCannotBeReadIsABadRecordWithItsLine) {
  const ParsedFile file = parse(kRow +
                                "1795447143\t200\t15027\n"  // line 2
                                "1795447143152308\t20\t15027\n"
                                "1795447143152308\t200\t-1\n"
                                "1795447143152308\t200\n"
                                "\"\n" +  // line 6
                                std::string(100'000, '1') +
                                "\n" + kRow + "17954");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 7U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(file.bad_records[i].line, i + 2) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[6].line, 9U);
}

TEST(H2load, OtherTablesAreNotRecognised) {
  for (const std::string content : {"", "1\t2\t3\n", "a\tb\tc\n", "1795447143152308,200,15027\n",
                                    "1795447143152308\t200\t15027\t1\n", "starttime\tseconds\tctime\n"}) {
    EXPECT_FALSE(input_h2load().recognises(content)) << content;
  }
}

}  // namespace
}  // namespace omniwriter
