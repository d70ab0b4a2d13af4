#include <gtest/gtest.h>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_phout();

namespace {

using test::ParsedFile;

std::string row(const std::string& tag, const std::string& net = "0", const std::string& status = "200") {
  return "1326453006.582\t" + tag + "\t1510\t934\t52\t384\t140\t1249\t37\t478\t" + net + "\t" + status + "\n";
}

ParsedFile parse(const std::string& content) {
  ParsedFile file = test::parse_file(input_phout(), content);
  EXPECT_EQ(file.violation, "");
  return file;
}

TEST(Phout, Rows) {
  const ParsedFile file = parse(row("case1#17") + row("", "0", "503") + row("a #b", "110", "0") +
                                row("c", "104", "200") + row("#1", "71", "0") + row("tcp", "0", "0"));
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 6U);
  EXPECT_EQ(file.samples[0].sample.start_ns, 1'326'453'006'582'000'000);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 1'510'000);
  EXPECT_EQ(file.samples[0].sample.bytes_sent, 37U);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 478U);
  EXPECT_EQ(file.samples[0].endpoint, "case1");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].endpoint, "(unnamed)");
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"503", "http_503"}));
  EXPECT_EQ(file.samples[2].endpoint, "a #b");
  EXPECT_EQ(file.samples[2].outcome, (Outcome{"error", "timeout"}));
  EXPECT_EQ(file.samples[3].outcome, (Outcome{"200", "connection_reset"}));
  EXPECT_EQ(file.samples[4].endpoint, "(unnamed)");
  EXPECT_EQ(file.samples[4].outcome, (Outcome{"error", "net_71"}));
  EXPECT_EQ(file.samples[5].outcome, (Outcome{"ok", ""}));
}

// phout has no quoting: a quote in a tag is a character, wherever it stands.
TEST(Phout, QuotesMeanNothing) {
  const ParsedFile file = parse(row("a") + row("\"b") + row("c\"\"") + row("say \"d\"") + row("\"e\"") + row("f"));
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 6U);
  EXPECT_EQ(file.samples[1].endpoint, "\"b");
  EXPECT_EQ(file.samples[3].endpoint, "say \"d\"");
}

TEST(Phout, WhatCannotBeReadIsABadRecordWithItsLine) {
  const ParsedFile file = parse(row("a") + row("b", "x") + row("b", "0", "2000") + row("b\tc") + "1326453006.582\n" +
                                "1326.582\ta\t1510\t934\t52\t384\t140\t1249\t37\t478\t0\t200\n" +
                                std::string(100'000, 'x') + "\n\"\n" + row("\"", "-1") + row("a") + "13264");
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 9U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(file.bad_records[i].line, i + 2) << file.bad_records[i].reason;
  EXPECT_EQ(file.bad_records[8].line, 11U);
}

TEST(Phout, OtherTablesAreNotRecognised) {
  for (const std::string content :
       {"", "1326453006.582\ta\t1510\n", "a\tb\n", "1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12\n"}) {
    EXPECT_FALSE(input_phout().recognises(content)) << content;
  }
}

TEST(Phout, PhasesAreWhatTheRequestCameTo) {
  const ParsedFile file = parse(row("a") + "1326453006.582\tb\t500\t500\t0\t0\t0\t0\t0\t0\t110\t0\n" +
                                "1326453006.582\tc\t9\t0\t0\t0\t0\t0\t0\t0\t111\t0\n" +
                                "1326453006.582\td\t9\t0\t0\t9\t0\t0\t0\t0\t0\t200\n" +
                                "1326453006.582\te\t9\tx\t0\t9\t0\t0\t0\t0\t0\t200\n");
  ASSERT_EQ(file.samples.size(), 4U);
  EXPECT_EQ(file.samples[0].phase(SampleKind::connect), 934'000);
  EXPECT_EQ(file.samples[0].phase(SampleKind::sending), 52'000);
  EXPECT_EQ(file.samples[0].phase(SampleKind::waiting), 384'000);
  EXPECT_EQ(file.samples[0].phase(SampleKind::receiving), 140'000);
  EXPECT_EQ(file.samples[0].phase(SampleKind::dns), SampleDetail::kUnknown);
  EXPECT_EQ(file.samples[1].phase(SampleKind::connect), 500'000);
  EXPECT_EQ(file.samples[1].phase(SampleKind::waiting), SampleDetail::kUnknown);
  EXPECT_EQ(file.samples[2].phase(SampleKind::connect), SampleDetail::kUnknown);
  EXPECT_EQ(file.samples[3].phase(SampleKind::connect), 0);  // the connection was open
  EXPECT_EQ(file.bad_record_count, 1U);
}

TEST(Phout, TagsAreDimensions) {
  const std::string content = row("case1#17") + row("case1#18", "110", "0") + row("case2#19") + row("case2#19");
  const auto run = test::run_of_file(input_phout(), content, {.dimensions = {"tag", "net_code"}});
  EXPECT_EQ(run.find("tag=case1#17", SampleKind::dimension)->total.samples(), 1U);
  EXPECT_EQ(run.find("net_code=0", SampleKind::dimension)->total.samples(), 3U);
  EXPECT_EQ(run.find("net_code=110", SampleKind::dimension)->total.samples(), 1U);
}

}  // namespace
}  // namespace omniwriter
