#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_gatling_binary();

namespace {

using test::ParsedFile;

std::string testdata(const std::string& name) {
  std::ifstream file(OMNIWRITER_SOURCE_DIR "/src/inputs/gatling_binary/testdata/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ParsedFile parse(const std::string& content, const std::vector<std::size_t>& cuts = {}) {
  EXPECT_TRUE(input_gatling_binary().recognises(content.substr(0, InputFormat::kHeadBytes)));
  const auto session = input_gatling_binary().open(content.substr(0, InputFormat::kHeadBytes), {});
  if (!session) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  ParsedFile file = test::parse_in_chunks(**session, content, cuts);
  EXPECT_EQ(file.violation, "");
  return file;
}

std::string number(std::int64_t value, int bytes = 4) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xFF);
  return text;
}

std::string string(const std::string& bytes, char coder = 0) {
  return number(static_cast<std::int64_t>(bytes.size())) + bytes + (bytes.empty() ? "" : std::string(1, coder));
}

std::string run() {
  return std::string(1, '\0') + string("3.14.9") + string("Sim") + number(1'795'447'565'353, 8) + string("") +
         number(1) + string("Buy") + number(1) + number(2) + "ab";
}

// `name` and `message` as they are in the file. It failed.
std::string request(const std::string& name, const std::string& message, int start = 10, int end = 30) {
  return "\x01" + number(0) + name + number(start) + number(end) + std::string(1, '\0') + message;
}

// The first request defines two strings: 1 its name, 2 an empty message.
const std::string kFirst =
    "\x01" + number(0) + number(1) + string("home") + number(10) + number(30) + "\x01" + number(2) + string("");
const std::string kAgain = "\x01" + number(0) + number(-1) + number(10) + number(30) + "\x01" + number(-2);

// From the beginning of a run of Gatling 3.14.9 to its first failure.
TEST(GatlingBinary, AGenuineExcerpt) {
  const ParsedFile file = parse(testdata("excerpt.log"));
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_GT(file.count(SampleKind::request), 30U);
  EXPECT_GT(file.count(SampleKind::transaction), 10U);
  ASSERT_GT(file.samples.size(), 2U);
  EXPECT_EQ(file.samples[0].endpoint, "home group / home");
  EXPECT_EQ(file.samples[0].sample.start_ns, 1'795'447'565'353'000'000 + 0xb14 * 1'000'000LL);
  EXPECT_EQ(file.samples[0].sample.duration_ns, (0xc99 - 0xb14) * 1'000'000LL);
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"ok", ""}));
  EXPECT_EQ(file.samples[1].endpoint, "order");
  EXPECT_EQ(file.samples.back().outcome, (Outcome{"error", "timeout"}));
  EXPECT_NE(file.samples.back().message, "");
  EXPECT_EQ(file.samples[0].message, "");
  EXPECT_EQ(file.active_users.at(7).users, 8U);
}

TEST(GatlingBinary, StringsAreDecoded) {
  const std::string latin = number(3) + string("\xFCn\xEF");
  const std::string utf16 = number(4) + string(std::string("Z\0\xFC\0\x3D\xD8\x00\xDE\x00\xD8", 10), 1);
  const std::string failure = number(5) + string("j.i.IOException: Premature close");
  const ParsedFile file =
      parse(run() + kFirst + request(latin, number(-1)) + request(utf16, failure) + request(number(-3), number(-5)));
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 4U);
  EXPECT_EQ(file.samples[1].endpoint, "\u00fcn\u00ef");
  EXPECT_EQ(file.samples[2].endpoint, "Z\u00fc\U0001F600\uFFFD");
  EXPECT_EQ(file.samples[3].endpoint, "\u00fcn\u00ef");
  EXPECT_EQ(file.samples[3].outcome, (Outcome{"error", "connection_closed"}));
}

TEST(GatlingBinary, GroupsAreTransactionsAndUsersAreCounted) {
  const ParsedFile file =
      parse(run() + kFirst + "\x03" + number(2) + number(3) + string("a") + number(4) + string("b") + number(5) +
            number(40) + number(25) + "\x01" + "\x02" + number(0) + "\x01" + number(50) + "\x02" + number(0) +
            std::string(1, '\0') + number(60) + "\x04" + number(5) + string("crash") + number(70) + kAgain);
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[1].endpoint, "a / b");
  EXPECT_EQ(file.samples[1].sample.kind, SampleKind::transaction);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 25'000'000);
  ASSERT_GE(file.active_users.size(), 2U);
  EXPECT_EQ(file.active_users[1].users, 1U);
  EXPECT_EQ(file.active_users[2].users, 0U);
}

TEST(GatlingBinary, ARecordThatMakesNoSenseIsSkipped) {
  const ParsedFile file = parse(run() + kFirst + request(number(-1), number(-1), 30, 10) + kAgain);
  EXPECT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.bad_record_count, 1U);
}

// Declared lengths are not to be trusted: nothing is allocated, and nothing read on.
TEST(GatlingBinary, BehindABrokenRecordNothingIsRead) {
  const std::vector<std::string> broken{
      "\x07",                                                                  // no type
      "\x01" + number(-5),                                                     // groups
      "\x01" + number(0) + number(-9),                                         // no such string
      "\x01" + number(0) + number(0),                                          //
      "\x01" + number(0) + number(INT32_MIN),                                  //
      "\x01" + number(0) + number(9) + string("x"),                            // out of order
      "\x01" + number(0) + number(3) + number(INT32_MAX),                      // lengths
      "\x01" + number(0) + number(3) + number(-1),                             //
      "\x01" + number(0) + number(3) + string("x", 2),                         // encoding
      std::string(1, '\0') + string("3.14.9") + string("Sim") + number(-1, 8)  // start
  };
  for (const std::string& bytes : broken) {
    const ParsedFile file = parse(run() + kFirst + bytes + std::string(100, '\0') + kAgain);
    EXPECT_EQ(file.samples.size(), 1U) << testing::PrintToString(bytes);
    ASSERT_EQ(file.bad_record_count, 1U) << testing::PrintToString(bytes);
    EXPECT_NE(file.bad_records[0].reason.find("what follows cannot be read"), std::string::npos);
    EXPECT_NE(file.bad_records[0].reason.find("byte " + std::to_string((run() + kFirst).size())), std::string::npos);
  }
}

TEST(GatlingBinary, ARecordHasALimit) {
  std::string groups;
  for (int i = 0; i < 5; ++i) groups += number(i + 3) + string(std::string(1'000'000, 'x'));
  const ParsedFile file = parse(run() + kFirst + "\x01" + number(5) + groups + kAgain);
  ASSERT_EQ(file.bad_record_count, 1U);
  EXPECT_NE(file.bad_records[0].reason.find("longer than 4 MiB"), std::string::npos);
}

TEST(GatlingBinary, LongNamesAreCut) {
  const std::string name = number(3) + string(std::string(1'000'000, 'x'));
  std::string groups;
  for (int i = 0; i < 1000; ++i) groups += number(-3);
  const ParsedFile file = parse(run() + kFirst + request(name, number(-1)) + "\x03" + number(1000) + groups +
                                number(5) + number(40) + number(25) + "\x01" + kAgain);
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 4U);
  EXPECT_EQ(file.samples[1].endpoint, std::string(1024, 'x'));
  EXPECT_LT(file.samples[2].endpoint.size(), 3000U);
}

TEST(GatlingBinary, TheFileOfAKilledRunLosesOneRecord) {
  for (std::size_t cut = 1; cut < kAgain.size(); ++cut) {
    const ParsedFile file = parse(run() + kFirst + kAgain.substr(0, cut));
    EXPECT_EQ(file.samples.size(), 1U);
    ASSERT_EQ(file.bad_record_count, 1U);
    EXPECT_NE(file.bad_records[0].reason.find("the file ends within a record"), std::string::npos);
  }
}

TEST(GatlingBinary, TwoRunsInOneFileAreRead) {
  const ParsedFile file = parse(run() + kFirst + kAgain + run() + kFirst + kAgain);
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.samples.size(), 4U);
}

TEST(GatlingBinary, TheResultDoesNotDependOnTheChunks) {
  const std::string content = testdata("excerpt.log");
  const auto session = input_gatling_binary().open(content, {});
  const ParsedFile whole = parse(content);
  std::vector<std::size_t> every;
  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    ASSERT_EQ(test::difference(**session, whole, parse(content, {cut})), "") << "cut at " << cut;
    every.push_back(cut);
  }
  EXPECT_EQ(test::difference(**session, whole, parse(content, every)), "");
}

TEST(GatlingBinary, IsKnownByItsRun) {
  const InputFormat& format = input_gatling_binary();
  EXPECT_TRUE(format.recognises(run()));
  EXPECT_FALSE(format.recognises(run().substr(0, 12)));
  EXPECT_FALSE(format.recognises(std::string(100, '\0')));
  EXPECT_FALSE(format.recognises(std::string(1, '\0') + string("version 3") + string("Sim") + number(0, 8)));
  EXPECT_FALSE(format.open("RUN\t", {}).has_value());
}

TEST(GatlingBinary, UsersAreCountedByScenario) {
  const auto run = test::run_of_file(input_gatling_binary(), testdata("excerpt.log"), {.dimensions = {"group"}});
  ASSERT_EQ(run.users_by_scenario.size(), 2U);
  EXPECT_TRUE(run.users_by_scenario.contains("Browse, \"shop\""));
  std::uint32_t most = 0;
  for (const auto& [scenario, users] : run.users_by_scenario) most += users.begin()->second;
  EXPECT_EQ(most, run.active_users.begin()->second);
  EXPECT_NE(run.find("group=home group", SampleKind::dimension), nullptr);
}

}  // namespace
}  // namespace omniwriter
