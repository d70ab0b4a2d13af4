#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_har();

namespace {

using test::ParsedFile;

ParsedFile parse(const std::string& content) {
  ParsedFile file = test::parse_file(input_har(), content);
  EXPECT_EQ(file.violation, "");
  return file;
}

std::string seed(const std::string& name) {
  std::ifstream file(std::string(OMNIWRITER_SOURCE_DIR) + "/fuzz/seeds/har/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Har, EntriesAreRequests) {
  const ParsedFile file = parse(seed("browser.har"));
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[0].sample.start_ns, 1'795'447'776'590'000'000);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 120'459'999);
  EXPECT_EQ(file.samples[0].endpoint, "GET https://shop.example/cart?id=1&a=\"b\"");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[0].sample.bytes_received, 1180U);
  EXPECT_EQ(file.samples[0].sample.bytes_sent, 250U);
  EXPECT_EQ(file.samples[1].endpoint, "POST https://shop.example/orders");
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"503", "http_503"}));
  EXPECT_EQ(file.samples[1].sample.bytes_received, 77U);  // all that is known
  EXPECT_EQ(file.samples[1].sample.bytes_sent, 64U);
  EXPECT_EQ(file.samples[2].outcome, (Outcome{"error", "connection_refused"}));
}

TEST(Har, OnOneLineWithAMarkInFront) {
  const ParsedFile file = parse(seed("minified.har"));
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].endpoint, "GET http://a/b");
  EXPECT_EQ(file.samples[0].sample.start_ns, 1'795'447'776'590'000'000);
  EXPECT_EQ(file.bad_record_count, 1U);  // blocked: no time
}

TEST(Har, ALargeBodyIsPassedOver) {
  std::string content = seed("browser.har");
  const std::string body = "\"text\": \"";
  content.insert(content.find(body) + body.size(), std::string(3 << 20, 'x') + "\\\"\\u0022");
  EXPECT_EQ(parse(content).samples.size(), 3U);
}

TEST(Har, AFileThatWasCutIsReadUpToThere) {
  const std::string content = seed("browser.har");
  const ParsedFile file = parse(content.substr(0, content.size() / 2 + 400));
  EXPECT_GE(file.samples.size(), 1U);
  ASSERT_EQ(file.bad_records.size(), 1U);
  EXPECT_NE(file.bad_records[0].reason.find("ends within"), std::string::npos);
}

TEST(Har, SizesThatCannotBeReadAreRemarked) {
  const ParsedFile file = parse(
      "{\"log\":{\"entries\":[\n{\"startedDateTime\":\"2026-11-23T15:29:36.590Z\",\"time\":1,"
      "\"request\":{\"headersSize\":-1,\"bodySize\":null},\"response\":{\"_transferSize\":\"large\",\"bodySize\":7}}]}"
      "}");
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 7U);
  ASSERT_EQ(file.remarks.size(), 1U);
  EXPECT_EQ(file.remarks[0].count, 1U);
  EXPECT_EQ(file.remarks[0].example, "_transferSize is \"large\"");
}

TEST(Har, BadEntriesAreCountedWithTheirLine) {
  const ParsedFile file = parse(
      "{\"log\":{\"entries\":[\n{\"startedDateTime\":\"soon\",\"time\":1},\n"
      "{\"startedDateTime\":\"2026-11-23T15:29:36.590Z\",\"time\":null},\n"
      "{\"startedDateTime\":\"2026-11-23T15:29:36.590Z\",\"time\":1}]}}");
  EXPECT_EQ(file.samples.size(), 1U);
  ASSERT_EQ(file.bad_records.size(), 2U);
  EXPECT_EQ(file.bad_records[0].line, 2U);
  EXPECT_EQ(file.bad_records[1].line, 3U);
}

TEST(Har, OtherJsonIsNotRecognised) {
  for (const std::string content : {"", "{\"log\":1}", "{\"a\":{\"log\":{\"entries\":[]}}}", "{\"log\":{\"x\":1}}"}) {
    EXPECT_FALSE(input_har().recognises(content)) << content;
  }
}

TEST(Har, PhasesAndErrors) {
  const ParsedFile file = parse(seed("timings.har"));
  constexpr auto kUnknown = SampleDetail::kUnknown;
  ASSERT_EQ(file.samples.size(), 4U);
  EXPECT_EQ(file.samples[0].detail.phase_ns,
            (decltype(SampleDetail::phase_ns){2'250'000, 10'500'000, 30'000'000, 50'125'000, 250'000, 100'250'000,
                                              19'125'000}));
  EXPECT_EQ(file.samples[1].detail.phase_ns,
            (decltype(SampleDetail::phase_ns){4'000, kUnknown, kUnknown, kUnknown, 0, 30'000'000, 1'000'000}));
  EXPECT_EQ(file.samples[1].message, "");
  EXPECT_EQ(file.samples[2].phase(SampleKind::connect), 4'000'000);  // TLS is no part of it in this file
  EXPECT_EQ(file.samples[2].phase(SampleKind::tls), 9'000'000);
  EXPECT_EQ(file.samples[2].message, "Service Unavailable");
  EXPECT_EQ(file.samples[3].phase(SampleKind::waiting), kUnknown);
  EXPECT_EQ(file.samples[3].message, "net::ERR_CONNECTION_REFUSED");
}

TEST(Har, MethodAndProtocolAreDimensions) {
  const auto entry = [](const std::string& method, const std::string& version) {
    return R"({"startedDateTime":"2026-11-23T15:29:36.590Z","time":5,"request":{"method":")" + method +
           R"(","url":"http://a/"},"response":{"status":200,"httpVersion":")" + version + R"("}},)";
  };
  std::string content = R"({"log":{"creator":{},"entries":[)";
  for (int i = 0; i < 2; ++i) content += entry("GET", "h2") + entry("POST", "http/1.1");
  content.back() = ']';
  content += "}}";
  const auto run = test::run_of_file(input_har(), content, {.dimensions = {"method", "protocol"}});
  EXPECT_EQ(run.find("method=POST", SampleKind::dimension)->total.samples(), 2U);
  EXPECT_EQ(run.find("protocol=h2", SampleKind::dimension)->total.samples(), 2U);
  const auto session = input_har().open(content, {.dimensions = {"auto"}});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->note(), "its requests are compared by method, protocol (--by auto)");
}

}  // namespace
}  // namespace omniwriter
