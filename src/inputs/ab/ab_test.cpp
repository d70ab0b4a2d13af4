#include <gtest/gtest.h>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_ab();

namespace {

using test::ParsedFile;

const std::string kHeader = "starttime\tseconds\tctime\tdtime\tttime\twait\n";

ParsedFile parse(const std::string& content) {
  ParsedFile file = test::parse_file(input_ab(), content);
  EXPECT_EQ(file.violation, "");
  return file;
}

// Out of a run of ab 2.3.
TEST(Ab, GenuineRows) {
  const ParsedFile file = parse(kHeader +
                                "Mon Nov 23 15:18:03 2026\t1795447083\t0\t0\t1\t0\n"
                                "Mon Nov 23 15:18:02 2026\t1795447082\t1\t86\t87\t84\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[1].sample.start_ns, 1'795'447'082'000'000'000);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 87'000'000);
  EXPECT_EQ(file.samples[1].endpoint, "(unnamed)");
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"ok", ""}));
  EXPECT_EQ(file.samples[0].phase(SampleKind::waiting), 0);
  EXPECT_EQ(file.samples[1].phase(SampleKind::connect), 1'000'000);
  EXPECT_EQ(file.samples[1].phase(SampleKind::waiting), 84'000'000);
  EXPECT_EQ(file.samples[1].phase(SampleKind::receiving), SampleDetail::kUnknown);
}

TEST(Ab, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::string row = "Mon Nov 23 15:18:03 2026\t1795447083\t0\t0\t1\t0\n";
  const ParsedFile file = parse(kHeader + row +                               //
                                "Mon Nov 23 15:18:03 2026\t17\t0\t0\t1\t0\n"  // line 3
                                "Mon Nov 23 15:18:03 2026\t1795447083\t0\t0\t-1\t0\n"
                                "Mon Nov 23 15:18:03 2026\t1795447083\t0\t0\n"  //
                                "\"\t\"\t\"\n" +                                // line 6
                                std::string(100'000, 'x') +
                                "\n" + row + "Mon Nov");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 6U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(file.bad_records[i].line, i + 3) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[5].line, 9U);
}

TEST(Ab, OtherTablesAreNotRecognised) {
  for (const std::string content : {"", "starttime\tseconds\n", "Percentage served,Time in ms\n0,0.471\n"}) {
    EXPECT_FALSE(input_ab().recognises(content)) << content;
    EXPECT_FALSE(input_ab().open(content, {}).has_value()) << content;
  }
}

}  // namespace
}  // namespace omniwriter
