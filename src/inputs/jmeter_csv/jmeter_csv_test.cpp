#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <vector>

#include "model/aggregator.h"
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

// What a file comes to.
omniwriter::Run run_of(std::string content, const InputOptions& options = {}) {
  const auto session = input_jmeter_csv().open(content, options);
  EXPECT_TRUE(session);
  const std::size_t header = (*session)->header_bytes();
  const std::size_t size = content.size();
  content.append(RecordParser::kPadding, '\0');
  SampleBatch batch;
  (*session)->make_parser()->parse(std::string_view(content).substr(header, size - header), true, batch);
  const auto stage = (*session)->make_ordered_stage();
  stage->apply(batch);
  stage->finish(batch);
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  return aggregator.finish();
}

constexpr std::int64_t kMs = 1'000'000;

TEST(JmeterCsv, LatencyAndConnectArePhases) {
  const auto run = run_of(
      "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,Latency,IdleTime,Connect\n"
      "1795446856963,232,home,200,OK,TG 1-1,true,200,0,50\n"
      "1795446857963,100,home,200,OK,TG 1-1,true,90,0,0\n"                             // a connection that was there
      "1795446858963,75,home,Non HTTP response code: x,refused,TG 1-1,false,0,0,75\n"  // no answer
      "1795446859963,10,wait,200,OK,TG 1-1,true,0,0,0\n"                               // no request of the network
      "1795446860963,5,tx,,\"Number of samples in transaction : 1, number of failing samples : 0\",TG "
      "1-1,true,5,0,5\n");
  const Series* connect = run.find("home", SampleKind::connect);
  ASSERT_NE(connect, nullptr);
  EXPECT_EQ(connect->total.samples(), 3U);
  EXPECT_EQ(connect->total.response_time.sum_ns(), 125U * kMs);
  const Series* waiting = run.find("home", SampleKind::waiting);
  EXPECT_EQ(waiting->total.samples(), 2U);
  EXPECT_EQ(waiting->total.response_time.sum_ns(), (150U + 90U) * kMs);
  EXPECT_EQ(run.find("home", SampleKind::receiving)->total.response_time.sum_ns(), (32U + 10U) * kMs);
  EXPECT_EQ(run.find("wait", SampleKind::connect), nullptr);
  EXPECT_EQ(run.find("tx", SampleKind::connect), nullptr);
  EXPECT_EQ(run.total().samples(), 4U);
}

// Of an assertion that failed, else of the response.
TEST(JmeterCsv, MessagesOfErrorsAreKept) {
  const auto run = run_of(
      "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,failureMessage\n"
      "1795446856963,232,home,200,OK,TG 1-1,false,\"expected \"\"a\"\", got 17\"\n"
      "1795446857963,232,home,500,Internal Server Error,TG 1-1,false,\n"
      "1795446858963,232,home,200,OK,TG 1-1,true,\n");
  ASSERT_EQ(run.error_messages.size(), 2U);
  EXPECT_EQ(run.error_messages[0].message, "expected \"a\", got #");
  EXPECT_EQ(run.error_messages[0].example, "expected \"a\", got 17");
  EXPECT_EQ(run.error_messages[1].message, "Internal Server Error");
  EXPECT_EQ(run.error_messages[1].error_type, "http_500");
}

TEST(JmeterCsv, DimensionsAreColumnsAndThreadGroups) {
  const std::string content =
      "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,\"region\"\n"
      "1795446856963,100,home,200,OK,buy more 1-1,true,eu\n"
      "1795446857963,200,home,500,No,buy more 1-2,false,\"u,s\"\n"
      "1795446858963,300,home,200,OK,look 1-1,true,eu\n";
  const auto run = run_of(content, {.dimensions = {"thread_group", "region", "none"}});
  const auto sum = [&](const char* value) {
    const Series* series = run.find(value, SampleKind::dimension);
    return series == nullptr ? 0 : series->total.response_time.sum_ns() / kMs;
  };
  EXPECT_EQ(sum("thread_group=buy more"), 300U);
  EXPECT_EQ(sum("thread_group=look"), 300U);
  EXPECT_EQ(sum("region=eu"), 400U);
  EXPECT_EQ(sum("region=u,s"), 200U);
  EXPECT_EQ(run.errors(run.find("region=u,s", SampleKind::dimension)->total), 1U);
  EXPECT_EQ(run.find("region=eu", SampleKind::dimension)->timeline.count_slots(), 2U);
  EXPECT_EQ(run.total().samples(), 3U);
  EXPECT_TRUE(
      std::ranges::none_of(run.series, [](const Series& series) { return series.endpoint.starts_with("none"); }));
}

TEST(JmeterCsv, DimensionsCanBeFound) {
  std::string content = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,region,id,one\n";
  for (int i = 0; i < 60; ++i) {
    content += "1795446856963,100,home,200,OK,buy " + std::to_string(i % 2) + "-1,true," + (i % 3 == 0 ? "eu" : "us") +
               "," + std::to_string(i) + ",same\n";
  }
  const auto session = input_jmeter_csv().open(content, {.dimensions = {"auto"}});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->note(), "its requests are compared by region (--by auto)");
  EXPECT_EQ(run_of(content, {.dimensions = {"auto"}}).find("region=eu", SampleKind::dimension)->total.samples(), 20U);
}

// Rows that wait for their sample keep what is known of them.
TEST(JmeterCsv, AWaitingPartKeepsItsDetail) {
  const auto run = run_of(
      "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,Latency,Connect,region\n"
      "1795446856963,100,page-0,500,gone,TG 1-1,false,60,20,eu\n"
      "1795446859963,100,other,200,OK,TG 1-1,true,60,20,us\n",
      {.dimensions = {"region"}});
  ASSERT_EQ(run.total().samples(), 2U);
  EXPECT_EQ(run.find("page-0", SampleKind::waiting)->total.response_time.sum_ns(), 40U * kMs);
  EXPECT_EQ(run.find("region=eu", SampleKind::dimension)->total.samples(), 1U);
  ASSERT_EQ(run.error_messages.size(), 1U);
  EXPECT_EQ(run.error_messages[0].message, "gone");
}

struct Variant {
  const char* file;
  std::uint64_t samples, errors, transactions, parts;
};

class JmeterCsvVariant : public testing::TestWithParam<Variant> {};

// Samples and errors are what JMeter itself printed at the end of each of these runs; except that it leaves out the 200
// requests within the transactions of parent-tx.jtl, which have a parent sample.
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
                                         Variant{"parent-tx.jtl", 800, 115, 100, 200}),
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

TEST(JmeterCsv, AnotherHeaderHoldsFromThereOnWhereverTheChunksAreCut) {
  const std::string content = kHeader + kRow + kRow +
                              "label;elapsed;timeStamp;success\nPOST /pay;209;1795446857000;false\n" +
                              "POST /pay;210;1795446858000;true\n" + kHeader + kRow;
  const ParsedFile file = parse(content);
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 5U);
  EXPECT_EQ(file.samples[2].endpoint, "POST /pay");
  EXPECT_EQ(file.samples[2].sample.duration_ns, 209'000'000);
  EXPECT_EQ(file.samples[2].outcome.error_type, "error");
  EXPECT_EQ(file.samples[4].endpoint, "home");
  EXPECT_EQ(test::misbehaviour(input_jmeter_csv(), content), "");
}

TEST(JmeterCsv, OneBadFirstRowIsOneBadRow) {
  for (const char* time : {"NaN", "", "-1", "null", "timeStamp", "0"}) {
    const ParsedFile file = parse(kHeader + time + ",5,/a,200,OK,TG 1-1,true\n" + kRow + kRow);
    EXPECT_EQ(file.count(SampleKind::request), 2U) << time;
    EXPECT_EQ(file.bad_record_count, 1U) << time;
  }
  // Also where there is no header to tell what it is.
  EXPECT_EQ(parse("x,5,/a,200,OK,TG 1-1,text,true\n1795446856963,5,/a,200,OK,TG 1-1,text,true\n").bad_record_count, 1U);
}

TEST(JmeterCsv, TimesMayBeOfAnyUnitAndForm) {
  const std::string rest = ",5,/a,200,OK,TG 1-1,true\n";
  constexpr std::int64_t kNoon = 1'772'625'590'000'000'000;  // 2026-03-04T11:59:50Z
  for (const char* time : {"1772625590000", "1772625590", "1772625590000000", "1772625590000000000", "1772625590.0",
                           "2026-03-04T11:59:50.000Z", "2026-03-04 11:59:50.000000+0000",
                           "2026/03/04 11:59:50 AM +00:00", "04.03.2026 11:59:50Z", "4.3.2026 11:59:50Z"}) {
    const ParsedFile file = parse(kHeader + time + rest);
    ASSERT_EQ(file.samples.size(), 1U) << time << (file.bad_records.empty() ? "" : file.bad_records[0].reason);
    EXPECT_EQ(file.samples[0].sample.start_ns, kNoon) << time;
  }
}

std::string note_of(const std::string& content, const InputOptions& options = {}) {
  const auto session = input_jmeter_csv().open(content, options);
  return session ? (*session)->note() : session.error().message;
}

TEST(JmeterCsv, TheOrderOfDayAndMonthIsFoundOutOrGuessedWithANote) {
  const std::string rest = ",5,/a,200,OK,TG 1-1,true\n";
  constexpr std::int64_t kDay = std::int64_t{86'400} * 1'000'000'000;
  const auto first_start = [&](const std::string& content, const InputOptions& options = {}) {
    const ParsedFile file = parse(content, options);
    EXPECT_EQ(file.bad_record_count, 0U) << content;
    return file.samples.empty() ? 0 : file.samples[0].sample.start_ns / kDay;
  };
  constexpr std::int64_t kFourthOfMarch = 20'516;
  constexpr std::int64_t kThirdOfApril = 20'546;
  // A day above 12 proves it, wherever it stands.
  const std::string proven = kHeader + "04/03/2026 12:00:00Z" + rest + "13/03/2026 12:00:00Z" + rest;
  EXPECT_EQ(first_start(proven), kFourthOfMarch);
  EXPECT_EQ(note_of(proven), "");
  EXPECT_EQ(first_start(kHeader + "04/03/2026 12:00:00Z" + rest + "04/13/2026 12:00:00Z" + rest), kThirdOfApril);
  // So does midnight: from the 4th to the 5th of March, not from April to May.
  const std::string midnight = kHeader + "04/03/26 23:59:59Z" + rest + "05/03/26 00:00:01Z" + rest;
  EXPECT_EQ(first_start(midnight), kFourthOfMarch);
  EXPECT_EQ(note_of(midnight), "");
  EXPECT_EQ(note_of(kHeader + "04.03.2026 12:00:00" + rest), "");  // with dots the day is always first
  // Else it is a guess, which is told.
  const std::string open = kHeader + "04/03/26 12:00:00Z" + rest;
  EXPECT_EQ(first_start(open), kThirdOfApril);  // JMeter's MM/dd/yy
  EXPECT_NE(note_of(open).find("--time-format \"dd/MM/yy HH:mm:ss\""), std::string::npos) << note_of(open);
  EXPECT_EQ(first_start(kHeader + "04/03/2026 12:00:00Z" + rest), kFourthOfMarch);
  InputOptions told;
  told.time_format = "dd/MM/yy HH:mm:ssZ";
  EXPECT_EQ(first_start(open, told), kFourthOfMarch);
  EXPECT_EQ(note_of(open, told), "");
}

TEST(JmeterCsv, NumbersAndFlagsAsSpreadsheetsWriteThem) {
  const std::string header = "timeStamp;elapsed;label;responseCode;success\n";
  const ParsedFile file =
      parse("sep=;\r\n" + header + "1795446856963;100,5;/a;200;VERDADEIRO\n1795446856963;1.234,5;/a;200;1\n" +
            "1795446856963;7;/a;500;FALSO\n1795446856963;1.234;/a;500;0\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 4U);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 100'500'000);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 1'234'500'000);
  EXPECT_EQ(file.samples[3].sample.duration_ns, 1'234'000'000);
  EXPECT_EQ(file.count(SampleKind::request, true), 2U);
  // A point in a table of commas is one.
  EXPECT_EQ(parse(kHeader + "1795446856963,100.750,/a,200,OK,TG 1-1,true\n").samples[0].sample.duration_ns,
            100'750'000);
  // What may be either is not guessed.
  const std::string open = header + "1795446856963;1.234;/a;200;TRUE\n1795446856963;12;/a;200;TRUE\n";
  const ParsedFile doubtful = parse(open);
  ASSERT_EQ(doubtful.bad_record_count, 1U);
  EXPECT_NE(doubtful.bad_records[0].reason.find("--decimal"), std::string::npos);
  InputOptions told;
  told.decimal = ',';
  EXPECT_EQ(parse(open, told).samples[0].sample.duration_ns, 1'234'000'000);
  told.decimal = '.';
  EXPECT_EQ(parse(open, told).samples[0].sample.duration_ns, 1'234'000);
}

TEST(JmeterCsv, ColumnsOfOtherNamesAreToldWithTheMapThatReadsThem) {
  const std::string note = note_of(
      "timestamp,response_time,url,responseCode,success,label,threadName,bytes,sentBytes,allThreads\n"
      "1700000000000,120,http://x/a,200,true,a,TG 1-1,100,10,1\n");
  EXPECT_NE(note.find("--map start=timestamp,duration:ms=response_time,endpoint=label,status=responseCode,"
                      "success=success,bytes_received=bytes,bytes_sent=sentBytes,users=allThreads"),
            std::string::npos)
      << note;
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

// A file of rows of "start,elapsed,label", with the times of day in milliseconds; transactions begin with a capital T.
std::string rows(const std::vector<std::string>& texts) {
  std::string content = kHeader;
  for (const std::string& text : texts) {
    const std::size_t comma = text.find(',');
    const std::size_t label = text.rfind(',') + 1;
    const std::string time = std::to_string(1'795'446'000'000 + std::stoll(text.substr(0, comma)));
    const bool transaction = text[label] == 'T' && text.find('-') == std::string::npos;
    content += time + text.substr(comma) + ",200," +
               (transaction ? "\"Number of samples in transaction : 2, number of failing samples : 0\"" : "OK") +
               ",TG 1-1,true\n";
  }
  return content;
}

TEST(JmeterCsv, WhatLiesWithinATransactionIsARequest) {
  // With a parent sample JMeter writes the transaction first, else last; sorted by time it is first. Names of requests
  // may end in numbers.
  for (const auto& texts : {std::vector<std::string>{"0,300,Tx", "0,100,cart", "150,150,Tx-0", "400,10,home"},
                            {"0,100,cart", "150,150,Tx-0", "0,300,Tx", "400,10,home"},
                            {"0,500,Touter", "0,300,Tx", "0,100,cart", "150,150,Tx-0", "400,10,home"}}) {
    const ParsedFile file = parse(rows(texts));
    EXPECT_EQ(file.count(SampleKind::request), 3U);
    EXPECT_EQ(file.count(SampleKind::sub_result), 0U);
    EXPECT_EQ(file.count(SampleKind::transaction), texts.size() - 3);
    EXPECT_EQ(file.note, "");
  }
}

TEST(JmeterCsv, PartsOfASampleAreFoundInAnyOrderOfTime) {
  std::vector<std::string> texts = {"0,300,Tx",    "0,58,redir",    "0,7,redir-0",     "8,50,redir-1", "60,9,page-2",
                                    "100,40,deep", "100,40,deep-0", "100,20,deep-0-0", "200,0,page-2"};
  std::minstd_rand random(1);
  for (int turn = 0; turn < 300; ++turn) {
    // As anything that sorts by time may leave them: what begins at the same time in any order.
    std::shuffle(texts.begin(), texts.end(), random);
    std::multimap<int, std::string> by_time;
    for (const std::string& text : texts) by_time.emplace(std::stoi(text), text);
    texts.clear();
    for (auto& [time, text] : by_time) texts.push_back(std::move(text));
    const std::string content = rows(texts);
    const ParsedFile file = parse(content);
    ASSERT_EQ(file.count(SampleKind::sub_result), 4U) << content;
    ASSERT_EQ(file.count(SampleKind::request), 4U) << content;
    ASSERT_EQ(file.note, "");
  }
}

TEST(JmeterCsv, RowsThatWaitForTheirSampleAreTheSameHoweverTheChunksAreCut) {
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) {
    const std::string second = std::to_string(i);
    for (const char* row : {"000,7,redir-0", "000,58,redir", "100,9,page-1", "200,9,page"})
      texts.push_back(second + row);
  }
  EXPECT_EQ(test::misbehaviour(input_jmeter_csv(), rows(texts)), "");
  EXPECT_EQ(parse(rows(texts)).count(SampleKind::sub_result), 40U);
}

TEST(JmeterCsv, ThreadsOfOneNameOnSeveralMachinesAreSeveral) {
  const std::string header = "timeStamp,elapsed,label,threadName,success,Hostname\n";
  const ParsedFile file =
      parse(header + "1795446000000,100,page,TG 1-1,true,a\n1795446000010,50,page-0,TG 1-1,true,b\n" +
            "1795446000000,100,page-0,TG 1-1,true,a\n");
  EXPECT_EQ(file.count(SampleKind::request), 2U);
  EXPECT_EQ(file.count(SampleKind::sub_result), 1U);
  // As a prefix, too, even where names differ in the middle alone.
  const ParsedFile prefixed = parse(kHeader + "1795446000000,100,page,200,OK,10.0.0.11-Thread Group 1-1,true\n" +
                                    "1795446000010,50,page-0,200,OK,10.0.0.12-Thread Group 1-1,true\n");
  EXPECT_EQ(prefixed.count(SampleKind::request), 2U);
}

TEST(JmeterCsv, AnOrderInWhichPartsCannotBeToldIsNoted) {
  std::vector<std::string> texts;
  for (const char* label : {"redir", "redir-0"}) {
    for (int i = 0; i < 30; ++i) texts.push_back(std::to_string(i * 7919 % 30) + "000,50," + label);
  }
  EXPECT_NE(parse(rows(texts)).note.find("not in order of time"), std::string::npos);
}

TEST(JmeterCsv, TransactionsWhoseRequestsWereNotWritten) {
  const std::string some = rows({"0,300,Tx", "400,300,Tx", "800,5,logout"});
  const ParsedFile file = parse(some);
  EXPECT_EQ(file.count(SampleKind::request), 1U);
  EXPECT_EQ(file.count(SampleKind::transaction), 2U);
  EXPECT_NE(file.note.find("2 transactions tell of 4 requests within them, but it holds 1"), std::string::npos)
      << file.note;
  // Alone, they are the only timings there are.
  const std::string alone = rows({"0,300,Tx", "400,300,Tx"});
  EXPECT_TRUE(input_jmeter_csv().needs_survey(alone, {}));
  InputOptions surveyed;
  surveyed.survey = Survey{};
  const ParsedFile requests = parse(alone, surveyed);
  EXPECT_EQ(requests.count(SampleKind::request), 2U);
  EXPECT_EQ(requests.count(SampleKind::transaction), 0U);
  EXPECT_NE(note_of(alone, surveyed).find("transactions alone"), std::string::npos);
}

TEST(JmeterCsv, TransactionsThatCannotBeToldAreNoted) {
  const std::string header = "timeStamp,elapsed,label,threadName,success\n";
  const std::string row = "1795446000000,100,cart,TG 1-1,true\n1795446000150,150,pay,TG 1-1,true\n";
  EXPECT_NE(parse(header + row + "1795446000000,300,Tx,TG 1-1,true\n").note.find("response_message=true"),
            std::string::npos);
  EXPECT_EQ(parse(header + row).note, "");
}

TEST(JmeterCsv, UsersAreToldByGenerator) {
  const std::string row = ",5,/a,200,OK,";
  const ParsedFile file = parse(
      "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,allThreads\n"
      "1795446000000" +
      row + "10.0.0.11-Thread Group 1-1,true,20\n" + "1795446000001" + row + "10.0.0.12-Thread Group 1-1,true,20\n" +
      "1795446000002" + row + "10.0.0.11-Thread Group 1-2,true,20\n");
  ASSERT_EQ(file.active_users.size(), 2U);
  EXPECT_NE(file.active_users[0].generator, file.active_users[1].generator);
  EXPECT_EQ(file.active_users[0].told_ns - file.active_users[0].time_ns, 5'000'000);
}

TEST(JmeterCsv, ValuesThatCannotBeReadAreRemarked) {
  const ParsedFile file = parse(
      "timeStamp,elapsed,label,success,bytes,sentBytes,allThreads\n"
      "1795446000000,5,/a,true,70,,2\n"
      "1795446000001,5,/a,true,abc,,\"-1\"\n"
      "1795446000002,5,/a,true,,,\n");
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.samples.size(), 3U);
  ASSERT_EQ(file.remarks.size(), 1U) << "what is empty is not told";
  EXPECT_EQ(file.remarks[0].kind, RemarkKind::unreadable_value);
  EXPECT_EQ(file.remarks[0].count, 2U);
  EXPECT_EQ(file.remarks[0].line, 3U);
  EXPECT_EQ(file.remarks[0].example, "bytes is \"abc\"");
  ASSERT_EQ(file.active_users.size(), 1U) << "nothing told is not nobody";
  EXPECT_EQ(file.active_users[0].users, 2U);
}

TEST(JmeterCsv, LinesMayEndAsOnWindows) {
  const ParsedFile file = parse(
      "timeStamp,elapsed,label,success,bytes\r\n"
      "1795446000000,5,/a,true,70\r\n"
      "1795446000001,5,/a,true,\"71\"\r\n");
  EXPECT_TRUE(file.remarks.empty());
  ASSERT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 70U);
  EXPECT_EQ(file.samples[1].sample.bytes_received, 71U);
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

TEST(JmeterCsv, UsersAreToldByThreadGroup) {
  const std::string row = ",5,/a,200,OK,";
  const auto run = test::run_of_file(
      input_jmeter_csv(),
      "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,grpThreads,allThreads\n"
      "1795446000000" +
          row + "10.0.0.11-Thread Group 1-1,true,15,20\n" + "1795446000001" + row +
          "10.0.0.11-\"Buy\" 2-1,true,5,20\n" + "1795446000002" + row + "10.0.0.12-Thread Group 1-2,true,15,15\n" +
          "1795446000003" + row + "10.0.0.11-Thread Group 1-2,true,16,21\n");
  EXPECT_EQ(run.active_users_max(), 36U);
  ASSERT_EQ(run.users_by_scenario.size(), 2U);
  EXPECT_EQ(run.users_by_scenario.at("Thread Group").begin()->second, 31U);
  EXPECT_EQ(run.users_by_scenario.at("\"Buy\"").begin()->second, 5U);
}

// Of a genuine file, which has one group.
TEST(JmeterCsv, TheOnlyGroupHasAllUsers) {
  const auto run = test::run_of_file(input_jmeter_csv(), corpus("jmeter/small.jtl"));
  ASSERT_EQ(run.users_by_scenario.size(), 1U);
  EXPECT_EQ(run.users_by_scenario.at("TG one"), run.active_users);
}

}  // namespace
}  // namespace omniwriter
