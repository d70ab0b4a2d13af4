#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_vegeta();

namespace {

using test::ParsedFile;

std::string genuine() {
  std::ifstream file(OMNIWRITER_SOURCE_DIR "/src/inputs/vegeta/testdata/excerpt.bin", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ParsedFile parse(const std::string& content, const std::vector<std::size_t>& cuts = {}) {
  const std::string head = content.substr(0, InputFormat::kHeadBytes);
  EXPECT_TRUE(input_vegeta().recognises(head));
  const auto session = input_vegeta().open(head, {});
  if (!session) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  ParsedFile file = test::parse_in_chunks(**session, content, cuts);
  EXPECT_EQ(file.violation, "");
  return file;
}

// Where the message that begins there ends. Good for the short ones of the test data.
std::size_t end_of(const std::string& content, std::size_t at) {
  const auto byte = static_cast<unsigned char>(content.at(at));
  return byte < 0x80 ? at + 1 + byte : at + 2 + static_cast<unsigned char>(content.at(at + 1));
}

// What comes before the first result: four definitions.
std::string definitions() {
  std::size_t at = 0;
  for (int i = 0; i < 4; ++i) at = end_of(genuine(), at);
  return genuine().substr(0, at);
}

std::string first() {
  const std::size_t begin = definitions().size();
  return genuine().substr(begin, end_of(genuine(), begin) - begin);
}

// A result of each outcome and endpoint out of an attack of vegeta 12.13.
TEST(Vegeta, AGenuineExcerpt) {
  const ParsedFile file = parse(genuine());
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 12U);
  EXPECT_EQ(file.count(SampleKind::request, true), 6U);
  EXPECT_EQ(file.samples[1].endpoint, "GET http://127.0.0.1:18080/api/users");
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].sample.start_ns, 1'795'447'158'189'440'155);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 2'771'770);
  EXPECT_EQ(file.samples[2].endpoint, "POST http://127.0.0.1:18080/api/orders");
  EXPECT_EQ(file.samples[2].sample.bytes_received, 9U);
  EXPECT_EQ(file.samples[2].sample.bytes_sent, 11U);
  EXPECT_EQ(file.samples[6].outcome, (Outcome{"error", "timeout"}));
  EXPECT_EQ(file.samples[7].outcome, (Outcome{"500", "http_500"}));
  EXPECT_EQ(file.samples[10].outcome, (Outcome{"error", "connection_closed"}));
  EXPECT_EQ(file.samples[1].message, "");
  EXPECT_EQ(file.samples[7].message, "500 Internal Server Error");
  EXPECT_EQ(file.samples[10].message, R"(Get "http://127.0.0.1:18080/drop": EOF)");
}

TEST(Vegeta, TheResultDoesNotDependOnTheChunks) {
  const std::string content = genuine();
  const auto session = input_vegeta().open(content, {});
  const ParsedFile whole = parse(content);
  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    ASSERT_EQ(test::difference(**session, whole, parse(content, {cut})), "") << "cut at " << cut;
  }
}

TEST(Vegeta, FilesMayBePutTogether) {
  const ParsedFile file = parse(genuine() + genuine());
  EXPECT_EQ(file.bad_record_count, 0U);
  EXPECT_EQ(file.samples.size(), 24U);
}

TEST(Vegeta, TheFileOfAKilledAttackLosesOneResult) {
  for (std::size_t cut = 1; cut < first().size(); ++cut) {
    const ParsedFile file = parse(definitions() + first() + first().substr(0, cut));
    EXPECT_EQ(file.samples.size(), 1U);
    ASSERT_EQ(file.bad_record_count, 1U);
    EXPECT_NE(file.bad_records[0].reason.find("the file ends within a result"), std::string::npos);
  }
}

TEST(Vegeta, AMessageThatMakesNoSenseIsSkipped) {
  const std::vector<std::string> bad{
      std::string("\x01\x00", 2),              // type 0
      std::string("\x02\x04\x01", 3),          // of a type that is not defined
      std::string("\x03\xFF\x80\x00", 4),      // a result without anything
      std::string("\x03\xFF\x80\x7F", 4),      // a field that there is not
      std::string("\x04\xFF\x80\x01\x7F", 5),  // a string longer than the message
      std::string("\x01\xF0", 2),              // a number that is none
  };
  for (const std::string& message : bad) {
    const ParsedFile file = parse(definitions() + first() + message + first());
    EXPECT_EQ(file.samples.size(), 2U) << testing::PrintToString(message);
    EXPECT_EQ(file.bad_record_count, 1U) << testing::PrintToString(message);
  }
}

TEST(Vegeta, BehindWhatIsNoGobNothingIsRead) {
  for (const std::string& broken : {std::string(1, '\0'), std::string("\x80"), std::string("\xF0")}) {
    const ParsedFile file = parse(definitions() + first() + broken + first());
    EXPECT_EQ(file.samples.size(), 1U);
    ASSERT_EQ(file.bad_record_count, 1U);
    EXPECT_NE(file.bad_records[0].reason.find("what follows cannot be read"), std::string::npos);
  }
}

// Declared lengths are limits to check: this one is skipped, not kept.
TEST(Vegeta, AHugeMessageIsOneBadRecord) {
  const std::string huge = "\xFC\x01\x10" + std::string("\0\0", 2) + std::string(0x01100000, 'x');
  const ParsedFile file = parse(definitions() + first() + huge + first());
  EXPECT_EQ(file.samples.size(), 2U);
  EXPECT_EQ(file.bad_record_count, 1U);
  const ParsedFile endless = parse(definitions() + first() + "\xF8" + std::string(8, '\xFF') + first());
  EXPECT_EQ(endless.samples.size(), 1U);
  EXPECT_EQ(endless.bad_record_count, 1U);
}

TEST(Vegeta, IsKnownByTheTypeOfItsResults) {
  const InputFormat& format = input_vegeta();
  EXPECT_FALSE(format.recognises(""));
  EXPECT_FALSE(format.recognises(genuine().substr(0, 40)));
  EXPECT_FALSE(format.recognises(genuine().substr(end_of(genuine(), 0))));
  std::string other = genuine();
  other.replace(other.find("Latency"), 7, "latency");
  EXPECT_FALSE(format.recognises(other));
  EXPECT_FALSE(format.open("GET", {}).has_value());
}

}  // namespace
}  // namespace omniwriter
