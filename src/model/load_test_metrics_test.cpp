#include "model/load_test_metrics.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using ::testing::Contains;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Pair;
using ::testing::VariantWith;

/// Of a histogram, how many it holds.
double value(const MetricPoint& point) {
  const auto* histogram = std::get_if<const Histogram*>(&point.value);
  return histogram != nullptr ? static_cast<double>((*histogram)->count()) : std::get<double>(point.value);
}

TEST(LoadTestMetrics, AreTheSevenInOrder) {
  const auto run = testing::sample_run();
  const auto families = load_test_metrics(run, {});
  std::vector<std::string_view> names;
  names.reserve(families.size());
  for (const auto& family : families) names.push_back(family.name);
  names.resize(kCustomMetrics);
  EXPECT_THAT(names, ElementsAre("load_test_requests_total", "load_test_response_time_seconds",
                                 "load_test_errors_total", "load_test_active_users", "load_test_throughput_rps",
                                 "load_test_system_cpu_percent", "load_test_system_memory_mb"));
  EXPECT_EQ(families[0].type, MetricType::counter);
  EXPECT_EQ(families[1].type, MetricType::histogram);
  EXPECT_TRUE(families[5].points.empty());
  EXPECT_TRUE(families[6].points.empty());
}

TEST(LoadTestMetrics, CountRequestsOnly) {
  const auto run = testing::sample_run();
  const auto families = load_test_metrics(run, run_labels(run, {{"team", "shop"}}));
  double requests = 0;
  for (const auto& point : families[0].points) requests += value(point);
  EXPECT_EQ(requests, static_cast<double>(testing::kSampleRunRequests));
  std::uint64_t in_histograms = 0;
  for (const auto& point : families[1].points) in_histograms += std::get<const Histogram*>(point.value)->count();
  EXPECT_EQ(in_histograms, testing::kSampleRunRequests);
  ASSERT_EQ(families[2].points.size(), 1U);
  EXPECT_EQ(value(families[2].points[0]), static_cast<double>(testing::kSampleRunErrors));
  EXPECT_THAT(families[2].points[0].labels, ElementsAre(Pair("test_name", "checkout"), Pair("error_type", "http_500"),
                                                        Pair("testid", "run-1"), Pair("team", "shop")));
  EXPECT_EQ(value(families[3].points.at(0)), 24.0);
  EXPECT_NEAR(value(families[4].points.at(0)), 10.0, 0.1);
}

TEST(LoadTestMetrics, LabelsComeInTheOrderOfTheContract) {
  const auto run = testing::sample_run();
  const auto families = load_test_metrics(run, run_labels(run, {}));
  std::vector<std::string> names;
  for (const auto& [name, text] : families[0].points[0].labels) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("test_name", "endpoint", "status", "testid"));
}

TEST(LoadTestMetrics, AnUnknownNumberOfUsersIsNoPoint) {
  const auto run = testing::wide_run(1, 1);
  EXPECT_TRUE(load_test_metrics(run, {})[3].points.empty());
}

TEST(LoadTestMetrics, WhatWasReportedLastCounts) {
  auto run = testing::sample_run();
  run.vitals[5] = {.active_users = {}, .throughput_rps = 50, .cpu_percent = 75, .memory_mb = 512};
  run.vitals[6].cpu_percent = 80;
  std::map<std::string_view, double> values;
  for (const MetricFamily& family : load_test_metrics(run, {})) {
    if (family.points.size() == 1 && family.type == MetricType::gauge) {
      values[family.name] = std::get<double>(family.points[0].value);
    }
  }
  EXPECT_EQ(values["load_test_throughput_rps"], 50);
  EXPECT_EQ(values["load_test_system_cpu_percent"], 80);
  EXPECT_EQ(values["load_test_system_memory_mb"], 512);
}

/// The points of a family by the value of a label; or of the only one.
std::map<std::string, double> points_of(const std::vector<MetricFamily>& families, std::string_view name,
                                        std::string_view by = {}) {
  std::map<std::string, double> points;
  const auto family = std::ranges::find(families, name, &MetricFamily::name);
  if (family == families.end()) return points;
  for (const MetricPoint& point : family->points) {
    std::string key;
    for (const auto& [label, text] : point.labels) key += label == by ? text : "";
    points[key] = value(point);
  }
  return points;
}

TEST(LoadTestMetrics, TellTheQuantilesOfTheRunAndOfEachEndpointAsTheyAre) {
  const auto run = testing::sample_run();
  const auto families = load_test_metrics(run, run_labels(run, {}));
  const Tally total = run.total();
  EXPECT_THAT(
      points_of(families, "load_test_run_response_time_seconds", "quantile"),
      ElementsAre(Pair("0.5", total.quantile(0.5)), Pair("0.9", total.quantile(0.9)),
                  Pair("0.95", total.quantile(0.95)), Pair("0.99", total.quantile(0.99)), Pair("1", total.maximum())));
  EXPECT_EQ(points_of(families, "load_test_run_response_time_mean_seconds")[""], total.mean());
  for (const Series& series : run.series) {
    if (series.kind != SampleKind::request) continue;
    EXPECT_EQ(points_of(families, "load_test_endpoint_response_time_mean_seconds", "endpoint")[series.endpoint],
              series.total.mean());
  }
  EXPECT_EQ(std::ranges::find(families, "load_test_endpoint_response_time_seconds", &MetricFamily::name)->points.size(),
            3 * kToldQuantiles.size());
  EXPECT_EQ(points_of(families, "load_test_endpoint_errors_total", "endpoint"),
            (std::map<std::string, double>{{"POST /login", testing::kSampleRunErrors}}));
  EXPECT_EQ(points_of(families, "load_test_bytes_received_total")[""], static_cast<double>(total.bytes_received));
  EXPECT_EQ(points_of(families, "load_test_run_start_time_seconds")[""], testing::kSampleRunStart);
  EXPECT_EQ(points_of(families, "load_test_run_end_time_seconds")[""], static_cast<double>(run.ended_ns) / 1e9);
  EXPECT_EQ(points_of(families, "load_test_run_duration_seconds")[""], run.duration_seconds());
  EXPECT_THAT(points_of(families, "load_test_run_info", "tool"), ElementsAre(Pair("jmeter", 1.0)));
  EXPECT_TRUE(points_of(families, "load_test_recent_response_time_seconds").empty()) << "it is over";
}

TEST(LoadTestMetrics, ARunThatGoesOnHasNoEndAndARecentPast) {
  const auto run = testing::sample_run();
  Tally recent;
  EXPECT_TRUE(points_of(load_test_metrics(run, {}, recent), "load_test_recent_response_time_seconds").empty());
  recent.response_time.add(7'000'000);
  const auto families = load_test_metrics(run, {}, recent);
  EXPECT_EQ(points_of(families, "load_test_recent_response_time_seconds", "quantile")["0.95"], 0.007);
  EXPECT_TRUE(points_of(families, "load_test_run_end_time_seconds").empty());
  EXPECT_EQ(points_of(families, "load_test_run_start_time_seconds").size(), 1U);
}

TEST(LoadTestMetrics, WhatTheToolDidNotTellIsLeftOut) {
  auto run = testing::sample_run();
  ReportedTimes told;
  told.quantiles = {{0.95, 0.25}};
  told.maximum = false;
  const Tally total = run.total();
  run.reported.emplace().total = total;
  run.reported->total.reported = std::make_shared<const ReportedTimes>(told);
  EXPECT_THAT(points_of(load_test_metrics(run, {}), "load_test_run_response_time_seconds", "quantile"),
              ElementsAre(Pair("0.95", 0.25)));
}

TEST(LoadTestMetrics, TellOfPhasesChecksMetricsAndMessages) {
  const auto run = testing::detailed_run();
  const auto families = load_test_metrics(run, run_labels(run, {}));
  const double waiting = run.find("GET /", SampleKind::waiting)->total.response_time.mean_seconds();
  EXPECT_EQ(points_of(families, "load_test_phase_duration_seconds", "phase").size(), 2U);
  const auto means = std::ranges::find(families, "load_test_phase_duration_mean_seconds", &MetricFamily::name);
  EXPECT_THAT(means->points, Contains(Field(&MetricPoint::value, VariantWith<double>(waiting))));
  EXPECT_THAT(points_of(families, "load_test_checks_total", "result"),
              ElementsAre(Pair("failed", 30), Pair("passed", 91)));
  EXPECT_THAT(points_of(families, "load_test_rate_total", "result"),
              ElementsAre(Pair("failed", 0), Pair("passed", 120)));
  EXPECT_THAT(points_of(families, "load_test_timing_seconds", "metric"), ElementsAre(Pair("login_time", 120)));
  EXPECT_THAT(points_of(families, "load_test_number", "quantile"),
              ElementsAre(Pair("0.5", DoubleNear(2, 0.01)), Pair("0.9", DoubleNear(4, 0.02)),
                          Pair("0.95", DoubleNear(4, 0.02)), Pair("0.99", DoubleNear(4, 0.02)), Pair("1", 4)));
  EXPECT_THAT(points_of(families, "load_test_number_mean", "metric"), ElementsAre(Pair("cart_size", 2)));
  EXPECT_THAT(points_of(families, "load_test_counter_total", "metric"), ElementsAre(Pair("orders", 360)));
  EXPECT_THAT(points_of(families, "load_test_gauge", "metric"), ElementsAre(Pair("stock", 881))) << "the last one";
  EXPECT_THAT(points_of(families, "load_test_error_messages_total", "message"),
              ElementsAre(Pair("no stock of \"lamp\" in shop #", testing::kSampleRunErrors)));
}

TEST(LoadTestMetrics, AreTheSameWhereThereIsMoreBesides) {
  const auto plain = load_test_metrics(testing::sample_run(), {});
  const auto run = testing::detailed_run();
  const auto more = load_test_metrics(run, {});
  ASSERT_GT(more.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(more[i].name, plain[i].name);
    EXPECT_EQ(more[i].points.size(), plain[i].points.size()) << plain[i].name;
  }
}

TEST(LoadTestMetrics, TellOfTheMostFrequentMessagesAndCutThem) {
  auto run = testing::sample_run();
  const std::string front(200, 'x');
  for (int i = 0; i < 60; ++i) {
    run.error_messages.push_back(
        {"GET /", "http_500", fmt::format("{} failed", i), 1000U - static_cast<unsigned>(i), 0, 0, ""});
  }
  run.error_messages.insert(run.error_messages.begin(), {"GET /", "http_500", front + "a", 2000, 0, 0, ""});
  run.error_messages.insert(run.error_messages.begin(), {"GET /", "http_500", front + "b", 3000, 0, 0, ""});
  auto points = points_of(load_test_metrics(run, {}), "load_test_error_messages_total", "message");
  EXPECT_EQ(points.size(), 50U);
  EXPECT_EQ(points[front.substr(0, 120)], 5000) << "the same once they are cut";
  EXPECT_EQ(points["48 failed"], 952);
}

}  // namespace
}  // namespace omniwriter
