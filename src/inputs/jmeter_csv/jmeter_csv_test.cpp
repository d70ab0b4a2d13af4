#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_jmeter_csv();

namespace {

using test::ParsedFile;

std::string corpus(const std::string& name) {
  std::ifstream file(std::string(OMNIWRITER_SOURCE_DIR) + "/tests/corpus/" + name, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_FALSE(content.str().empty()) << name;
  return content.str();
}

ParsedFile parse(const std::string& content, const InputOptions& options = {}) {
  EXPECT_TRUE(input_jmeter_csv().recognises(content) || !options.columns.empty());
  const auto session = input_jmeter_csv().open(content, options);
  if (!session) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  ParsedFile file = test::parse_in_chunks(**session, content, {});
  EXPECT_EQ(file.violation, "");
  return file;
}

InputOptions columns(std::vector<std::string> names) {
  InputOptions options;
  options.columns = std::move(names);
  return options;
}

const std::string kHeader = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success\n";
const std::string kRow = "1795446856963,232,home,200,OK,TG 1-1,true\n";

struct Variant {
  const char* file;
  std::uint64_t samples, errors, transactions, parts;
};

class JmeterCsvVariant : public testing::TestWithParam<Variant> {};

// Samples and errors are what JMeter itself printed at the end of each of these runs.
TEST_P(JmeterCsvVariant, CountsWhatJmeterCounts) {
  const Variant& variant = GetParam();
  const ParsedFile file = parse(corpus(std::string("jmeter/") + variant.file));
  EXPECT_EQ(file.count(SampleKind::request), variant.samples);
  EXPECT_EQ(file.count(SampleKind::request, true), variant.errors);
  EXPECT_EQ(file.count(SampleKind::transaction), variant.transactions);
  EXPECT_EQ(file.count(SampleKind::sub_result), variant.parts);
  EXPECT_EQ(file.bad_record_count, 0U);
}

INSTANTIATE_TEST_SUITE_P(Corpus, JmeterCsvVariant,
                         testing::Values(Variant{"small.jtl", 2400, 359, 300, 600},
                                         Variant{"semicolon-datefmt.jtl", 2400, 371, 300, 600},
                                         Variant{"noheader-minimal.jtl", 2400, 399, 300, 600},
                                         Variant{"no-subresults.jtl", 2400, 357, 300, 0},
                                         Variant{"parent-tx.jtl", 600, 115, 100, 400}),
                         [](const auto& tested) {
                           std::string name = tested.param.file;
                           std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

TEST(JmeterCsv, ReadsEveryFieldOfARow) {
  const ParsedFile file = parse(
      "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,"
      "grpThreads,allThreads,URL,Latency,IdleTime,Connect\n"
      "1795446856963,232,\"GET \"\"a\"\", b\",500,Oops,TG 1-1,text,false,\"line 1\nline \"\"2\"\", "
      "end\",119,118,5,7,http://"
      "x/,230,0,151\n");
  ASSERT_EQ(file.samples.size(), 1U);
  const auto& sample = file.samples[0];
  EXPECT_EQ(sample.endpoint, "GET \"a\", b");
  EXPECT_EQ(sample.sample.start_ns, 1'795'446'856'963'000'000);
  EXPECT_EQ(sample.sample.duration_ns, 232'000'000);
  EXPECT_EQ(sample.sample.bytes_received, 119U);
  EXPECT_EQ(sample.sample.bytes_sent, 118U);
  EXPECT_EQ(sample.outcome, (Outcome{"500", "http_500"}));
  ASSERT_EQ(file.active_users.size(), 1U);
  EXPECT_EQ(file.active_users[0].users, 7U);
  EXPECT_EQ(file.lines, 3U);
}

TEST(JmeterCsv, ColumnsMayComeInAnyOrderAndCase) {
  for (const char delimiter : {',', ';', '\t', '|', ':', '~'}) {
    std::string text = "success,LABEL,Elapsed,timestamp\ntrue,home,5,1795446856963\n";
    std::replace(text.begin(), text.end(), ',', delimiter);
    const ParsedFile file = parse(text);
    ASSERT_EQ(file.samples.size(), 1U) << delimiter;
    EXPECT_EQ(file.samples[0].endpoint, "home");
    EXPECT_EQ(file.samples[0].sample.duration_ns, 5'000'000);
  }
}

TEST(JmeterCsv, ARowThatCannotBeReadIsReportedWithItsLineAndReason) {
  const ParsedFile file =
      parse(kHeader + kRow + "x,232,home,200,OK,TG 1-1,true\n" + kRow + "1795446856963,-1,home,200,OK,TG 1-1,true\n" +
            "1795446856963,1,home,200,OK,TG 1-1,maybe\n" + "1795446856963,1\n" + "3,1,home,200,OK,TG 1-1,true\n" +
            "\n" + kRow + "179544685");
  EXPECT_EQ(file.count(SampleKind::request), 3U);
  ASSERT_EQ(file.bad_records.size(), 6U);
  const std::vector<std::pair<std::uint64_t, std::string>> expected = {
      {3, "timeStamp is no time: \"x\""},
      {5, "elapsed is no duration in milliseconds: \"-1\""},
      {6, "success is neither true nor false: \"maybe\""},
      {7, "2 fields instead of 7"},
      {8, "timeStamp is out of range: \"3\""},
      {11, "1 fields instead of 7: the file ends within a row"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(file.bad_records[i].line, expected[i].first);
    EXPECT_EQ(file.bad_records[i].reason, expected[i].second);
  }
}

TEST(JmeterCsv, ALastRowWithoutNewlineCounts) {
  EXPECT_EQ(parse(kHeader + kRow + kRow.substr(0, kRow.size() - 1)).count(SampleKind::request), 2U);
}

TEST(JmeterCsv, AHeaderRepeatedByAnAppendedRunIsSkipped) {
  const ParsedFile file = parse(kHeader + kRow + kHeader + kRow);
  EXPECT_EQ(file.count(SampleKind::request), 2U);
  EXPECT_EQ(file.bad_record_count, 0U);
}

TEST(JmeterCsv, AnAggregatedRowStandsForItsSamples) {
  const ParsedFile file = parse(
      "timeStamp,elapsed,label,responseCode,threadName,success,bytes,SampleCount,ErrorCount\n"
      "1795446856963,1000,home,200,TG 1-1,false,700,10,3\n");
  EXPECT_EQ(file.count(SampleKind::request), 10U);
  EXPECT_EQ(file.count(SampleKind::request, true), 3U);
  std::uint64_t bytes = 0;
  for (const auto& sample : file.samples) {
    EXPECT_EQ(sample.sample.duration_ns, 100'000'000);  // the row gives the sum
    bytes += sample.sample.bytes_received;
  }
  EXPECT_EQ(bytes, 700U);
}

TEST(JmeterCsv, SequentialRowsOfAThreadAreNoParts) {
  // Same thread, within the time of the row before, but neither numbered after it nor under a transaction.
  const ParsedFile file =
      parse(kHeader + "1795446856963,232,home,200,OK,TG 1-1,true\n" + "1795446856970,10,users,200,OK,TG 1-1,true\n" +
            "1795446856970,10,home-1,200,OK,TG 1-2,true\n");
  EXPECT_EQ(file.count(SampleKind::request), 3U);
}

TEST(JmeterCsv, PartsAreFoundThoughOtherThreadsWriteInBetween) {
  const ParsedFile file =
      parse(kHeader + "1795446856963,232,redir,200,OK,TG 1-1,true\n" + "1795446856960,240,other,200,OK,TG 1-2,true\n" +
            "1795446856963,100,redir-0,302,Found,TG 1-1,true\n" + "1795446857195,0,redir-1,200,OK,TG 1-1,true\n" +
            "1795446857195,9,redir-1,200,OK,TG 1-1,true\n");
  EXPECT_EQ(file.count(SampleKind::sub_result), 2U);
  EXPECT_EQ(file.count(SampleKind::request), 3U);  // the last one ends after its namesake
}

TEST(JmeterCsv, DatesToTheSecondDoNotMakePartsOfWhatFollows) {
  const std::string end = ",TG 1-1,true\n";
  const ParsedFile file =
      parse(kHeader + "2026-11-23T15:14:16Z,232,home,200,OK" + end +
            "2026-11-23T15:14:16Z,300,tx,200,\"Number of samples in transaction : 1, number of failing "
            "samples : 0\"" +
            end + "2026-11-23T15:14:16Z,100,next,200,OK" + end + "2026-11-23T15:14:16Z,900,redir,200,OK" + end +
            "2026-11-23T15:14:17Z,800,redir-0,302,OK" + end);
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.count(SampleKind::request), 3U);
  EXPECT_EQ(file.count(SampleKind::transaction), 1U);
  EXPECT_EQ(file.count(SampleKind::sub_result), 1U);
}

TEST(JmeterCsv, QuotesMayStandAroundEveryField) {
  const ParsedFile file = parse(
      "\"timeStamp\",\"elapsed\",\"label\",\"responseCode\",\"success\",\"bytes\",\"allThreads\"\n"
      "\"1795446856963\",\"232\",\"home\",\"500\",\"false\",\"70\",\"3\"\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 232'000'000);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 70U);
}

TEST(JmeterCsv, ColumnsOfAFileWithoutHeaderCanBeNamed) {
  const std::string text = "home;1795446856963;12;x\n";
  EXPECT_FALSE(input_jmeter_csv().recognises(text));
  const ParsedFile file = parse(text, columns({"label", "timeStamp", "elapsed", "whatever"}));
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].endpoint, "home");
  const auto refused = input_jmeter_csv().open(text, columns({"label"}));
  EXPECT_FALSE(refused.has_value());
}

TEST(JmeterCsv, AFileWithoutTimesSaysWhatToSet) {
  const auto session = input_jmeter_csv().open("elapsed,label,success,threadName\n1,a,true,T 1-1\n", {});
  ASSERT_FALSE(session.has_value());
  EXPECT_NE(session.error().message.find("timestamp_format"), std::string::npos);
}

TEST(JmeterCsv, OtherTablesAreNotRecognised) {
  for (const char* text :
       {"", "\n", "a,b,c\n1,2,3\n", "label,url,bytes\nx,y,1\n", "metric_name,timestamp,metric_value\n", "1,2,3\n",
        "response-time,DNS+dialup,DNS,Request-write\n0.1,0.1,0,0\n"}) {
    EXPECT_FALSE(input_jmeter_csv().recognises(text)) << text;
  }
}

}  // namespace
}  // namespace omniwriter
