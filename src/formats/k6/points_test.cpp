#include "formats/k6/points.h"

#include <gtest/gtest.h>

namespace omniwriter::k6 {
namespace {

std::string_view as_it_is(std::string_view text, std::string& /*scratch*/) { return text; }

// The memo behind PointSink reads a few bytes past a text, as it may in a chunk: literals stand in for one.
constexpr std::string_view kChunk =
    "home;http://shop/home;200;404;500;0;1050;request timeout;true;false;........................................";

std::string_view in_chunk(std::string_view text) { return kChunk.substr(kChunk.find(text), text.size()); }

struct Points {
  SampleBatch batch;
  PointSink sink{as_it_is, Sampled::requests};
  Points() { sink.begin(batch); }

  const Outcome& outcome(std::size_t i) { return batch.outcomes()[batch.samples[i].outcome]; }
};

TEST(K6Points, MillisecondsAreReadToTheNanosecond) {
  EXPECT_EQ(milliseconds_to_ns("49.422631"), 49'422'631);
  EXPECT_EQ(milliseconds_to_ns("0"), 0);
  EXPECT_EQ(milliseconds_to_ns("0.000001"), 1);
  EXPECT_EQ(milliseconds_to_ns("7"), 7'000'000);
  EXPECT_EQ(milliseconds_to_ns("1.5"), 1'500'000);
  EXPECT_EQ(milliseconds_to_ns("4294967295.999999"), 4'294'967'295'999'999);
}

TEST(K6Points, OtherWaysToWriteANumberAreReadToo) {
  EXPECT_EQ(milliseconds_to_ns("1e-05"), 10);
  EXPECT_EQ(milliseconds_to_ns("1.2e3"), 1'200'000'000);
  EXPECT_EQ(milliseconds_to_ns("0.0000014"), 1);  // rounded
}

TEST(K6Points, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "x", "-1", "1.5x", "1,5", "nan", "inf", "1e12", ".", " 1"}) {
    EXPECT_FALSE(milliseconds_to_ns(text)) << '"' << text << '"';
  }
}

TEST(K6Points, ASampleStartsBeforeItsPoint) {
  Points points;
  points.sink.add({Metric::sample}, 1'000'000'000, 49'422'631, {.name = in_chunk("home"), .status = in_chunk("200")});
  ASSERT_EQ(points.batch.samples.size(), 1U);
  const Sample& sample = points.batch.samples[0];
  EXPECT_EQ(sample.start_ns, 1'000'000'000 - 49'422'631);
  EXPECT_EQ(sample.duration_ns, 49'422'631);
  EXPECT_EQ(points.batch.endpoints()[sample.endpoint], "home");
  EXPECT_EQ(points.outcome(0), (Outcome{"200", ""}));
}

TEST(K6Points, TheUrlStandsInForAName) {
  Points points;
  points.sink.add({Metric::sample}, 0, 0, {.url = in_chunk("http://shop/home")});
  points.sink.add({Metric::sample}, 0, 0, {});
  EXPECT_EQ(points.batch.endpoints()[points.batch.samples[0].endpoint], "http://shop/home");
  EXPECT_EQ(points.batch.endpoints()[points.batch.samples[1].endpoint], "(unnamed)");
}

// k6 says what was expected; a status of 404 that the script expects is no error.
TEST(K6Points, ExpectationDecidesOverStatus) {
  Points points;
  const auto request = [&](std::string_view status, std::string_view expected) {
    points.sink.add({Metric::sample}, 0, 0, {.status = in_chunk(status), .expected_response = in_chunk(expected)});
  };
  request("404", "true");
  request("404", "false");
  request("500", "false");
  request("404", "true");
  EXPECT_EQ(points.outcome(0).error_type, "");
  EXPECT_EQ(points.outcome(1).error_type, "http_404");
  EXPECT_EQ(points.outcome(2).error_type, "http_500");
  EXPECT_EQ(points.outcome(3), points.outcome(0));
}

TEST(K6Points, ATimeoutHasNoStatus) {
  Points points;
  points.sink.add({Metric::sample}, 0, 0,
                  {.status = in_chunk("0;").substr(0, 1),
                   .error = in_chunk("request timeout"),
                   .error_code = in_chunk("1050"),
                   .expected_response = in_chunk("false")});
  EXPECT_EQ(points.outcome(0).error_type, "timeout");
}

TEST(K6Points, UsersAndBytesAreKeptApartFromSamples) {
  Points points;
  points.sink.value(1, Metric::active_users, 5, 7);
  points.sink.value(2, Metric::data_received, 5, 100);
  points.sink.value(3, Metric::data_received, 6, 11);
  points.sink.value(4, Metric::data_sent, 6, 3);
  points.sink.value(5, Metric::data_sent, 6, -3);  // impossible
  points.sink.value(6, Metric::other, 6, 3);
  ASSERT_EQ(points.batch.active_users.size(), 1U);
  EXPECT_EQ(points.batch.active_users[0].time_ns, 5);
  EXPECT_EQ(points.batch.active_users[0].users, 7U);
  EXPECT_EQ(points.batch.unattributed_received, 111U);
  EXPECT_EQ(points.batch.unattributed_sent, 3U);
  EXPECT_TRUE(points.batch.samples.empty());
  ASSERT_EQ(points.batch.remarks.size(), 1U);
  EXPECT_EQ(points.batch.remarks[0].line, 5U);
  EXPECT_EQ(points.batch.remarks[0].example, "data_sent is \"-3.000000\"");
}

TEST(K6Points, OnlySomeMetricsMatter) {
  EXPECT_EQ(metric_named("http_req_duration", Sampled::requests).metric, Metric::sample);
  EXPECT_EQ(metric_named("grpc_req_duration", Sampled::requests).metric, Metric::sample);
  EXPECT_EQ(metric_named("browser_http_req_duration", Sampled::requests).metric, Metric::sample);
  EXPECT_EQ(metric_named("iteration_duration", Sampled::requests).metric, Metric::measure);
  EXPECT_EQ(metric_named("iteration_duration", Sampled::iterations).metric, Metric::sample);
  EXPECT_EQ(metric_named("http_req_duration", Sampled::iterations).metric, Metric::other);
  EXPECT_EQ(metric_named("ws_session_duration", Sampled::sessions).metric, Metric::sample);
  EXPECT_EQ(metric_named("vus", Sampled::requests).metric, Metric::active_users);
  EXPECT_EQ(metric_named("vus_max", Sampled::requests).metric, Metric::other);
  EXPECT_EQ(metric_named("http_req_waiting", Sampled::requests).kind, SampleKind::waiting);
  EXPECT_EQ(metric_named("dropped_iterations", Sampled::requests).kind, SampleKind::counter);
  EXPECT_EQ(metric_named("mine", Sampled::requests).kind, SampleKind::number);
}

}  // namespace
}  // namespace omniwriter::k6
