#include <gtest/gtest.h>

#include "support/input_driver.h"

namespace omniwriter {

const InputFormat& input_generic_json();

namespace {

using test::ParsedFile;

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kStart = 1'795'447'776'590 * kMs;

ParsedFile parse(const std::string& content, const InputOptions& options = {}) {
  ParsedFile file = test::parse_file(input_generic_json(), content, options);
  EXPECT_EQ(file.violation, "");
  return file;
}

TEST(GenericJson, OurOwnLayout) {
  const ParsedFile file = parse(
      R"({"timestamp":1795447776590,"duration_ms":12.5,"endpoint":"GET /home","status":200,"error":"","bytes_received":7,"users":3})"
      "\n"
      R"({"endpoint":"GET /a \"b\"","timestamp":"2026-11-23T15:29:36.590Z","duration_ms":5e-05,"status":500,"error":null})"
      "\n\n"
      R"({"timestamp":1795447776.59,"duration_ms":301,"endpoint":"GET /home","error":"connection refused"})");
  EXPECT_EQ(file.bad_record_count, 0U);
  ASSERT_EQ(file.samples.size(), 3U);
  EXPECT_EQ(file.samples[0].sample.start_ns, kStart);
  EXPECT_EQ(file.samples[0].sample.duration_ns, 12'500'000);
  EXPECT_EQ(file.samples[0].sample.bytes_received, 7U);
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"200", ""}));
  EXPECT_EQ(file.samples[1].endpoint, "GET /a \"b\"");
  EXPECT_EQ(file.samples[1].sample.start_ns, kStart);
  EXPECT_EQ(file.samples[1].sample.duration_ns, 50);
  EXPECT_EQ(file.samples[1].outcome, (Outcome{"500", "http_500"}));  // null says nothing
  EXPECT_EQ(file.samples[2].sample.start_ns / kMs, kStart / kMs);
  EXPECT_EQ(file.samples[2].outcome, (Outcome{"error", "connection_refused"}));
}

// As Caddy logs.
TEST(GenericJson, MembersAreTold) {
  const std::string content =
      R"({"level":"info","ts":1795447776.84,"request":{"method":"GET","uri":"/a"},"duration":0.25,"size":10,"status":404})"
      "\n";
  EXPECT_FALSE(input_generic_json().recognises(content));
  const InputOptions options{
      .map = {"end=ts", "duration:s=duration", "endpoint=request.uri", "status=status", "bytes_received=size"}};
  EXPECT_TRUE(input_generic_json().chosen_by(content, options));
  const ParsedFile file = parse(content, options);
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].sample.start_ns / kMs, kStart / kMs);
  EXPECT_EQ(file.samples[0].endpoint, "/a");
  EXPECT_EQ(file.samples[0].outcome, (Outcome{"404", "http_404"}));
}

TEST(GenericJson, WhatCannotBeReadIsABadRecordWithItsLine) {
  const std::string good = R"({"timestamp":1795447776590,"duration_ms":1,"endpoint":"a"})"
                           "\n";
  const ParsedFile file = parse(good + "no json\n[1]\n{}\n" +
                                R"({"timestamp":[],"duration_ms":1,"endpoint":"a"})"
                                "\n" +
                                R"({"timestamp":1795447776590,"duration_ms":-1,"endpoint":"a"})"
                                "\n" +
                                good + good.substr(0, 20));
  EXPECT_EQ(file.samples.size(), 2U);
  ASSERT_EQ(file.bad_records.size(), 6U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(file.bad_records[i].line, i + 2) << file.bad_records[i].reason;
  EXPECT_NE(file.bad_records[5].reason.find("ends within"), std::string::npos);
}

TEST(GenericJson, MembersAreDimensions) {
  const std::string content =
      R"({"timestamp":1795447776590,"duration_ms":1,"endpoint":"a","region":"eu","http":{"v":2},"cached":true,"id":1})"
      "\n"
      R"({"timestamp":1795447776590,"duration_ms":2,"endpoint":"b","region":"us","http":{"v":1},"cached":true,"id":2})"
      "\n";
  const auto run =
      test::run_of_file(input_generic_json(), content, {.dimensions = {"region", "http.v", "cached", "none"}});
  EXPECT_EQ(run.find("region=us", SampleKind::dimension)->total.response_time.sum_ns(), 2'000'000U);
  EXPECT_EQ(run.find("http.v=2", SampleKind::dimension)->total.samples(), 1U);
  EXPECT_EQ(run.find("cached=true", SampleKind::dimension)->total.samples(), 2U);
  std::string several = content + content;
  const auto session = input_generic_json().open(several, {.dimensions = {"auto"}});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->note(), "its requests are compared by id, region (--by auto)");
}

}  // namespace
}  // namespace omniwriter
