#include "model/summary.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

constexpr std::size_t kMaxSeries = 1000;

SummaryEntry entry_of(const char* endpoint, std::uint64_t samples, double mean) {
  SummaryEntry entry;
  entry.endpoint = endpoint;
  entry.samples = samples;
  entry.mean = mean;
  return entry;
}

omniwriter::Run made_of(const Summary& summary, std::size_t max_series = kMaxSeries) {
  auto run = run_of(summary, max_series);
  EXPECT_TRUE(run) << run.error().message;
  return run ? *std::move(run) : omniwriter::Run();
}

Summary whole(SummaryEntry entry) {
  Summary summary;
  summary.whole.total = std::move(entry);
  return summary;
}

TEST(Summary, WhatWasToldComesBackToTheLastDigit) {
  SummaryEntry entry = entry_of("", 1000, 0.0123456789);
  entry.minimum = 0.001;
  entry.maximum = 0.9;
  entry.quantiles = {{0.99, 0.123456789012}, {0.5, 0.01}};
  const Tally total = made_of(whole(entry)).total();
  EXPECT_EQ(total.samples(), 1000U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.0123456789);
  EXPECT_EQ(total.minimum(), 0.001);
  EXPECT_EQ(total.maximum(), 0.9);
  EXPECT_EQ(total.quantile(0.5), 0.01);
  EXPECT_EQ(total.quantile(0.99), 0.123456789012);
  EXPECT_EQ(total.quantile(0.95), std::nullopt);
  EXPECT_EQ(total.relative_error(), std::nullopt);
}

TEST(Summary, TheHistogramHasStepsAtTheRanksThatWereTold) {
  SummaryEntry entry = entry_of("", 1000, 0.02);
  entry.maximum = 0.9;
  entry.quantiles = {{0.5, 0.01}, {0.9, 0.1}};
  const Histogram times = made_of(whole(entry)).total().response_time;
  constexpr double kError = 0.003;
  EXPECT_NEAR(times.quantile(0.4), 0.01, 0.01 * kError);
  EXPECT_NEAR(times.quantile(0.5), 0.01, 0.01 * kError);
  EXPECT_NEAR(times.quantile(0.501), 0.1, 0.1 * kError);
  EXPECT_NEAR(times.quantile(0.9), 0.1, 0.1 * kError);
  EXPECT_NEAR(times.quantile(0.901), 0.9, 0.9 * kError);
  EXPECT_NEAR(times.sum_seconds(), 20, 1e-9);
}

TEST(Summary, ErrorsAreNamedAsFarAsTheyWereTold) {
  SummaryEntry entry = entry_of("/a", 10, 1);
  entry.errors = 4;
  entry.outcomes = {{{"200", ""}, 5}, {{"500", "http_500"}, 3}};
  const auto run = made_of(whole(entry));
  const Tally total = run.total();
  EXPECT_EQ(run.errors(total), 4U);
  using Counts = std::vector<std::pair<std::string, std::uint64_t>>;
  EXPECT_EQ(run.by_status(total), (Counts{{"200", 5}, {"500", 3}, {"error", 1}, {"ok", 1}}));
  EXPECT_EQ(run.by_error_type(total), (Counts{{"http_500", 3}, {"error", 1}}));
}

TEST(Summary, PercentilesOfEndpointsDoNotMakeThoseOfTheTotal) {
  Summary summary;
  summary.whole.endpoints = {entry_of("/a", 10, 1), entry_of("/b", 30, 3)};
  for (SummaryEntry& entry : summary.whole.endpoints) entry.quantiles = {{0.5, 2}};
  auto run = made_of(summary);
  EXPECT_EQ(run.series.front().endpoint, "/b");
  EXPECT_EQ(run.series.front().total.quantile(0.5), 2);
  EXPECT_EQ(run.total().quantile(0.5), std::nullopt);
  EXPECT_EQ(run.total().mean(), 2.5);

  summary.whole.total = entry_of("", 40, 2.5);
  summary.whole.total->quantiles = {{0.5, 1.5}};
  EXPECT_EQ(made_of(summary).total().quantile(0.5), 1.5);
}

TEST(Summary, EndpointsThatDoNotAddUpAreCompletedOrLeftOut) {
  Summary summary = whole(entry_of("", 40, 2.5));
  summary.whole.endpoints = {entry_of("/a", 10, 1)};
  auto run = made_of(summary);
  ASSERT_EQ(run.series.size(), 2U);
  EXPECT_EQ(run.series.front().endpoint, "(rest)");
  EXPECT_EQ(run.series.front().total.samples(), 30U);
  EXPECT_EQ(run.series.front().total.mean(), 3);

  summary.whole.endpoints.push_back(entry_of("/overlapping", 35, 1));
  run = made_of(summary);
  ASSERT_EQ(run.series.size(), 1U);
  EXPECT_EQ(run.series.front().endpoint, "all");
  EXPECT_EQ(run.series.front().total.samples(), 40U);
}

TEST(Summary, WithoutTimelineAllLiesInOneSlot) {
  for (const double duration : {0.0, 0.5, 8.02, 3600.0, 86'400.0}) {
    Summary summary = whole(entry_of("", 10, 1));
    summary.start_ns = 1'795'446'856'900'000'000;
    summary.duration_seconds = duration;
    const auto run = made_of(summary);
    ASSERT_EQ(run.series.front().timeline.count_slots(), 1U);
    const std::int64_t start = run.series.front().timeline.begin()->first * run.interval_seconds;
    EXPECT_LE(start, 1'795'446'856);
    EXPECT_GE(static_cast<double>(start + run.interval_seconds), 1'795'446'856.9 + duration);
    EXPECT_LE(static_cast<double>(run.interval_seconds), 4 * duration + 2) << duration;
  }
}

TEST(Summary, ATimelineThatDoesNotAddUpIsNotUsed) {
  Summary summary;
  summary.whole.endpoints = {entry_of("/a", 10, 1)};
  summary.interval_seconds = 10;
  summary.timeline[100].endpoints = {entry_of("/a", 4, 1)};
  summary.timeline[101].endpoints = {entry_of("/a", 6, 1)};
  EXPECT_EQ(made_of(summary).series.front().timeline.count_slots(), 2U);
  summary.timeline[101].endpoints.front().samples = 7;
  EXPECT_EQ(made_of(summary).series.front().timeline.count_slots(), 1U);
}

TEST(Summary, EndpointsBeyondTheLimitAreKeptTogether) {
  Summary summary;
  for (const char* name : {"/a", "/b", "/c", "/d"}) summary.whole.endpoints.push_back(entry_of(name, 10, 1));
  const auto run = made_of(summary, 2);
  ASSERT_EQ(run.series.size(), 3U);
  EXPECT_EQ(run.series.back().endpoint, kOtherEndpoint);
  EXPECT_EQ(run.other_samples, 20U);
  EXPECT_EQ(run.total().samples(), 40U);
}

TEST(Summary, NamesAreBoundedAndNeverThatOfTheRest) {
  Summary summary;
  const std::string name(100'000, 'n');
  for (const std::string& one : {std::string("__other__"), name + "a", name + "b", name + "b"}) {
    summary.whole.endpoints.push_back(entry_of(one.c_str(), 10, 1));
  }
  const auto run = made_of(summary);
  ASSERT_EQ(run.series.size(), 3U);
  EXPECT_EQ(run.other_samples, 0U);
  for (const Series& series : run.series) {
    EXPECT_LE(series.endpoint.size(), 2048U);
    EXPECT_NE(series.endpoint, kOtherEndpoint);
  }
}

TEST(Summary, DistributionsMerge) {
  const auto with = [](double seconds, std::uint64_t count) {
    DistributionBuilder builder;
    builder.add(seconds, seconds * 1.01, count);
    SummaryEntry entry = entry_of("/a", count, seconds);
    entry.distribution = builder.finish();
    return whole(entry);
  };
  Summary summary = with(0.1, 90);
  EXPECT_TRUE(summary.mergeable());
  summary.merge(with(1, 10));
  const Tally total = made_of(summary).total();
  EXPECT_EQ(total.samples(), 100U);
  EXPECT_NEAR(total.quantile(0.9).value(), 0.1, 0.001);
  EXPECT_NEAR(total.quantile(0.91).value(), 1, 0.01);
  EXPECT_NEAR(total.relative_error().value(), 0.005 + 0.0027, 0.0001);
  EXPECT_FALSE(whole(entry_of("/a", 1, 1)).mergeable());
}

TEST(Summary, ContradictionsAreErrors) {
  const auto refuses = [](const auto& change) {
    SummaryEntry entry = entry_of("/a", 10, 1);
    change(entry);
    const auto run = run_of(whole(entry), kMaxSeries);
    return !run && run.error().code == ErrorCode::input;
  };
  EXPECT_TRUE(refuses([](SummaryEntry& entry) { entry.errors = 11; }));
  EXPECT_TRUE(refuses([](SummaryEntry& entry) { entry.mean = -1; }));
  EXPECT_TRUE(refuses([](SummaryEntry& entry) { entry.mean = 1e300; }));
  EXPECT_TRUE(refuses([](SummaryEntry& entry) { entry.quantiles = {{1.5, 1}}; }));
  EXPECT_TRUE(refuses([](SummaryEntry& entry) { entry.outcomes = {{{"200", ""}, 11}}; }));
  EXPECT_TRUE(refuses([](SummaryEntry& entry) { entry.distribution.emplace(); }));
  EXPECT_FALSE(refuses([](SummaryEntry&) {}));
}

}  // namespace
}  // namespace omniwriter
