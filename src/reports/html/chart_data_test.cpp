#include "reports/html/chart_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "model/aggregator.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

constexpr int kSamples = 2000;
constexpr double kBound = 0.00271 + 1e-4;  // of a percentile, and of five digits

/// From 500 µs to 4 s, with many quick ones.
std::int64_t duration_us(std::int64_t i) {
  const std::int64_t x = i * 7919 % kSamples;
  return 500 + x * x * x / kSamples;
}

/// Of the samples themselves.
std::vector<double> sorted_seconds(int from, int to) {
  std::vector<double> seconds;
  for (int i = from; i < to; ++i) seconds.push_back(static_cast<double>(duration_us(i)) / 1e6);
  std::ranges::sort(seconds);
  return seconds;
}

TEST(ChartData, IsThatOfTheSamples) {
  SampleBatch batch;
  for (int i = 0; i < kSamples; ++i) {
    Sample sample;
    sample.start_ns = std::int64_t{i} * 10'000'000;
    sample.duration_ns = duration_us(i) * 1000;
    sample.endpoint = batch.endpoint("GET /a");
    sample.outcome = i % 50 == 7 ? batch.outcome("500", "http_500") : batch.outcome("200", "");
    sample.bytes_received = 1000;
    batch.samples.push_back(sample);
  }
  Sample other;
  other.duration_ns = 5'000'000'000;
  other.endpoint = batch.endpoint("GET /b");
  other.outcome = batch.outcome("200", "");
  batch.samples.push_back(other);
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  const omniwriter::Run run = aggregator.finish();
  const auto data = nlohmann::json::parse(chart_data({run, {}}, Language::en).json);

  ASSERT_EQ(data["endpoints"]["each"].size(), 2U);
  const auto& endpoint = data["endpoints"]["each"][0];
  const std::vector<double> seconds = sorted_seconds(0, kSamples);
  const auto& at = data["percentiles"];
  for (std::size_t i = 0; i < endpoint["curve"].size(); ++i) {
    const double rank = std::max(std::ceil(at[i].get<double>() * kSamples * (1 - 1e-14)), 1.0);
    const double truth = seconds[static_cast<std::size_t>(rank) - 1];
    EXPECT_NEAR(endpoint["curve"][i].get<double>(), truth, truth * kBound) << at[i];
  }
  EXPECT_GT(endpoint["curve"].size(), 20U);
  EXPECT_LT(at[endpoint["curve"].size() - 1].get<double>(), 1 - 1.0 / kSamples + 1e-9)
      << "no percentile without a sample";
  EXPECT_EQ(data["curve"].size(), endpoint["curve"].size()) << "2001 samples are no further nine";

  std::uint64_t in_bars = 0;
  for (const auto& count : endpoint["bars"]["counts"]) in_bars += count.get<std::uint64_t>();
  EXPECT_EQ(in_bars, static_cast<std::uint64_t>(kSamples));

  // A hundred requests a second, two of them failed, 100 kB.
  const auto& requests = endpoint["requests"];
  EXPECT_EQ(requests.size(), data["time"].size()) << "20 s fit as they are";
  EXPECT_EQ(requests[3], 100);
  EXPECT_EQ(endpoint["errors"][3], 2);
  EXPECT_EQ(data["received"][3], 100'000);
  EXPECT_FALSE(data.contains("sent"));
  ASSERT_EQ(data["statuses"].size(), 2U);
  EXPECT_EQ(data["statuses"][0]["values"][3], 98);
  EXPECT_EQ(data["statuses"][1]["values"][3], 2);
  const std::vector<double> of_second_3 = sorted_seconds(300, 400);
  EXPECT_NEAR(endpoint["times"]["p95"][3].get<double>(), of_second_3[94], of_second_3[94] * kBound);
  EXPECT_EQ(endpoint["facts"][0], "200: 1,960 (98.0%)");
}

TEST(ChartData, HasChartsOfTheEndpointsThatThereIsRoomFor) {
  const auto run = testing::wide_run(1000, 110);
  const ChartData data = chart_data({run, {}}, Language::en);
  const auto json = nlohmann::json::parse(data.json);
  EXPECT_LT(json["endpoints"].dump().size(), kMaxEndpointBytes + 10'000);
  EXPECT_EQ(json["endpoints"]["each"].size(), data.endpoints);
  EXPECT_GT(data.endpoints, 40U);
  EXPECT_LT(data.endpoints, 1000U);
  EXPECT_LE(json["endpoints"]["time"].size(), kMaxEndpointPoints);
  for (const auto& endpoint : json["endpoints"]["each"]) {
    EXPECT_EQ(endpoint["requests"].size(), json["endpoints"]["time"].size());
  }
}

}  // namespace
}  // namespace omniwriter
