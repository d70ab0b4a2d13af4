#include "model/metrics_over_time.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "model/aggregator.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// (seconds, value), of histograms the count; -1 where the series ends.
using Points = std::vector<std::pair<double, double>>;

/// The points of each series, by its name and the labels that tell it from others.
class Recorder {
 public:
  std::map<std::string, Points> series;
  std::uint64_t samples = 0;
  std::int64_t last_ms = 0;

  VisitMetrics visit() {
    return [this](const MetricsAt& metrics) {
      EXPECT_GE(metrics.time_ms, last_ms);
      EXPECT_EQ(metrics.first_of_moment, metrics.time_ms != last_ms);
      last_ms = metrics.time_ms;
      samples += metrics.samples;
      for (const MetricFamily& family : metrics.families) {
        EXPECT_FALSE(family.points.empty());
        for (const MetricPoint& point : family.points) record(metrics, family.name, point);
      }
    };
  }

 private:
  void record(const MetricsAt& metrics, std::string_view name, const MetricPoint& point) {
    std::string key(name.substr(std::string_view("load_test_").size()));
    for (const auto& [label, value] : point.labels) {
      if (label != "test_name" && label != "testid") key += " " + value;
    }
    const auto* number = std::get_if<double>(&point.value);
    const double value =
        number != nullptr ? *number : static_cast<double>(std::get<const Histogram*>(point.value)->count());
    const double seconds = static_cast<double>(metrics.time_ms) / 1000;
    Points& points = series[key];
    EXPECT_TRUE(points.empty() || seconds > points.back().first) << key << ": two points of one time";
    points.emplace_back(seconds, metrics.ends ? -1 : value);
  }
};

/// Requests given as (second, endpoint, status), 100 ms each.
omniwriter::Run run_of(const std::vector<std::tuple<int, std::string, std::string>>& requests) {
  SampleBatch batch;
  for (const auto& [second, endpoint, status] : requests) {
    Sample sample;
    sample.start_ns = second * std::int64_t{1'000'000'000};
    sample.duration_ns = 100'000'000;
    sample.endpoint = batch.endpoint(endpoint);
    sample.outcome = batch.outcome(status, status == "200" ? "" : "http_" + status);
    batch.samples.push_back(sample);
  }
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  omniwriter::Run run = aggregator.finish();
  run.info.run_id = "run-1";
  run.info.test_name = "shop";
  return run;
}

Recorder all_of(const omniwriter::Run& run) {
  Recorder recorder;
  visit_metrics_over_time(run, run_labels(run, {}), recorder.visit());
  return recorder;
}

void set_bytes_of_first_slot(omniwriter::Run& run, std::uint64_t bytes) {
  std::map<std::int64_t, Tally> slots;
  for (const auto& [slot, tally] : run.series[0].timeline) slots.emplace(slot, tally);
  slots.begin()->second.bytes_received = bytes;
  run.series[0].timeline = Timeline(std::move(slots));
}

TEST(MetricsOverTime, GrowFromZeroAndEnd) {
  const auto run = run_of({{10, "a", "200"}, {10, "a", "200"}, {11, "a", "200"}, {11, "b", "200"}, {11, "a", "500"}});
  const auto all = all_of(run);
  EXPECT_EQ(all.samples, 5U);
  EXPECT_THAT(all.series.at("requests_total a 200"),
              ElementsAre(Pair(10, 0), Pair(11, 2), Pair(12, 3), Pair(13, 3), Pair(14, -1)));
  EXPECT_THAT(all.series.at("requests_total a 500"), ElementsAre(Pair(11, 0), Pair(12, 1), Pair(13, 1), Pair(14, -1)))
      << "new in the second slot: zero before";
  EXPECT_THAT(all.series.at("requests_total b 200"), ElementsAre(Pair(11, 0), Pair(12, 1), Pair(13, 1), Pair(14, -1)));
  EXPECT_THAT(all.series.at("response_time_seconds a"),
              ElementsAre(Pair(10, 0), Pair(11, 2), Pair(12, 4), Pair(13, 4), Pair(14, -1)));
  EXPECT_THAT(all.series.at("errors_total http_500"), ElementsAre(Pair(11, 0), Pair(12, 1), Pair(13, 1), Pair(14, -1)));
  EXPECT_THAT(all.series.at("throughput_rps"), ElementsAre(Pair(11, 2), Pair(12, 3), Pair(14, -1)))
      << "gauges are those of their slot, and end with the rest";
}

TEST(MetricsOverTime, WhoComesBackIsToldOfOneSlotBefore) {
  const auto run = run_of({{10, "a", "200"}, {20, "a", "500"}, {20, "b", "200"}});
  const auto all = all_of(run);
  EXPECT_THAT(all.series.at("requests_total a 200"),
              ElementsAre(Pair(10, 0), Pair(11, 1), Pair(20, 1), Pair(21, 1), Pair(22, 1), Pair(23, -1)));
  EXPECT_THAT(all.series.at("requests_total a 500"), ElementsAre(Pair(20, 0), Pair(21, 1), Pair(22, 1), Pair(23, -1)));
}

TEST(MetricsOverTime, TheRunSoFarIsToldInEverySlot) {
  auto run = run_of({{10, "a", "200"}, {11, "b", "500"}, {11, "b", "500"}});
  run.info.tool = "jmeter";
  set_bytes_of_first_slot(run, 7);
  const auto all = all_of(run);
  EXPECT_THAT(all.series.at("run_response_time_seconds 0.95"),
              ElementsAre(Pair(11, 0.1), Pair(12, 0.1), Pair(13, 0.1), Pair(14, -1)));
  EXPECT_THAT(all.series.at("endpoint_response_time_seconds b 1"),
              ElementsAre(Pair(12, 0.1), Pair(13, 0.1), Pair(14, -1)));
  EXPECT_THAT(all.series.at("endpoint_response_time_mean_seconds a"),
              ElementsAre(Pair(11, 0.1), Pair(13, 0.1), Pair(14, -1)));
  EXPECT_THAT(all.series.at("endpoint_errors_total b http_500"),
              ElementsAre(Pair(11, 0), Pair(12, 2), Pair(13, 2), Pair(14, -1)));
  EXPECT_THAT(all.series.at("run_start_time_seconds"),
              ElementsAre(Pair(11, 10), Pair(12, 10), Pair(13, 10), Pair(14, -1)));
  EXPECT_THAT(all.series.at("run_duration_seconds"),
              ElementsAre(Pair(11, 1), Pair(12, 1.1), Pair(13, 1.1), Pair(14, -1)));
  EXPECT_THAT(all.series.at("run_end_time_seconds"), ElementsAre(Pair(13, 11.1), Pair(14, -1))) << "once it is over";
  EXPECT_THAT(all.series.at("run_info jmeter"), ElementsAre(Pair(11, 1), Pair(12, 1), Pair(13, 1), Pair(14, -1)));
}

TEST(MetricsOverTime, WhatIsOfAMomentEndsWhereNothingHappens) {
  const auto run = run_of({{10, "a", "200"}, {20, "a", "200"}});
  const auto all = all_of(run);
  EXPECT_THAT(all.series.at("throughput_rps"), ElementsAre(Pair(11, 1), Pair(12, -1), Pair(21, 1), Pair(23, -1)));
  EXPECT_THAT(all.series.at("recent_response_time_seconds 0.5"),
              ElementsAre(Pair(11, 0.1), Pair(12, -1), Pair(21, 0.1), Pair(23, -1)));
  EXPECT_THAT(all.series.at("run_response_time_seconds 0.5"),
              ElementsAre(Pair(11, 0.1), Pair(21, 0.1), Pair(22, 0.1), Pair(23, -1)));
  Recorder part;
  visit_metrics_over_time(run, run_labels(run, {}), {.first = 15, .end = 21}, part.visit());
  EXPECT_THAT(part.series.at("throughput_rps"), ElementsAre(Pair(12, -1), Pair(21, 1))) << "told of before, too";
}

TEST(MetricsOverTime, BytesOfNoRequestAreKnownInTheEnd) {
  auto run = run_of({{10, "a", "200"}, {11, "a", "200"}});
  set_bytes_of_first_slot(run, 7);
  run.series[0].total.bytes_received = 7;
  EXPECT_THAT(all_of(run).series.at("bytes_received_total"),
              ElementsAre(Pair(10, 0), Pair(11, 7), Pair(12, 7), Pair(13, 7), Pair(14, -1)));
  run.unattributed_received = 100;
  EXPECT_THAT(all_of(run).series.at("bytes_received_total"), ElementsAre(Pair(13, 107), Pair(14, -1)));
}

TEST(MetricsOverTime, TheFinalStateIsThatOfTheRun) {
  const auto run = testing::sample_run();
  const auto all = all_of(run);
  EXPECT_EQ(all.samples, testing::kSampleRunRequests);
  double requests = 0;
  double times = 0;
  for (const auto& [name, points] : all.series) {
    ASSERT_EQ(points.back().second, -1) << name;
    if (name.starts_with("requests_total")) requests += points[points.size() - 2].second;
    if (name.starts_with("response_time_seconds")) times += points[points.size() - 2].second;
  }
  EXPECT_EQ(requests, testing::kSampleRunRequests);
  EXPECT_EQ(times, testing::kSampleRunRequests);
  EXPECT_EQ(all.series.at("active_users").size(), 121U);
}

TEST(MetricsOverTime, PartsMakeTheWholeEvenIfSomethingComesLate) {
  auto run = run_of({{10, "a", "200"}, {11, "a", "200"}, {12, "a", "500"}, {13, "a", "200"}});
  const auto whole = all_of(run);
  Recorder parts;
  visit_metrics_over_time(run, run_labels(run, {}), {.first = 0, .end = 12}, parts.visit());
  parts.last_ms = 0;
  visit_metrics_over_time(run, run_labels(run, {}), {.first = 12, .end = 14}, parts.visit());
  EXPECT_EQ(parts.samples, whole.samples);
  for (const auto& [name, points] : parts.series) {
    const auto& all = whole.series.at(name);
    EXPECT_TRUE(std::equal(points.begin(), points.end(), all.begin())) << name;
  }

  run = run_of({{10, "a", "200"}, {10, "a", "200"}, {11, "a", "200"}, {12, "a", "200"}});
  Recorder late;
  visit_metrics_over_time(run, run_labels(run, {}), {.first = 12, .end = 13}, late.visit());
  EXPECT_THAT(late.series.at("requests_total a 200"), ElementsAre(Pair(13, 4)));
}

TEST(MetricsOverTime, WithoutATimelineThereIsTheFinalState) {
  auto run = run_of({{10, "a", "200"}, {11, "a", "500"}});
  run.series[0].timeline = run.all_requests = {};
  run.vitals.clear();
  const auto all = all_of(run);
  EXPECT_EQ(all.samples, 2U);
  // The last request ended at 11.1 s.
  EXPECT_THAT(all.series.at("requests_total a 200"), ElementsAre(Pair(10, 0), Pair(13, 1), Pair(14, -1)));
  EXPECT_THAT(all.series.at("errors_total http_500"), ElementsAre(Pair(10, 0), Pair(13, 1), Pair(14, -1)));
  EXPECT_THAT(all.series.at("throughput_rps"), ElementsAre(Pair(13, run.throughput_rps(2)), Pair(14, -1)));
}

TEST(MetricsOverTime, AnEmptyRunHasNothingToTell) { EXPECT_THAT(all_of(omniwriter::Run()).series, IsEmpty()); }

TEST(MetricsOverTime, OneEndpointInWiderSteps) {
  const auto run = run_of({{10, "a", "200"}, {11, "a", "200"}, {13, "a", "500"}, {13, "b", "200"}, {14, "b", "200"}});
  Recorder recorder;
  for (const Series& series : run.series) {
    if (series.endpoint == "a") visit_endpoint_over_time(run, series, run_labels(run, {}), 2, recorder.visit());
  }
  EXPECT_EQ(recorder.samples, 3U);
  EXPECT_THAT(recorder.series.at("requests_total a 200"),
              ElementsAre(Pair(10, 0), Pair(12, 2), Pair(14, 2), Pair(18, 2)))
      << "the final state comes for all endpoints at once";
  EXPECT_THAT(recorder.series.at("requests_total a 500"), ElementsAre(Pair(12, 0), Pair(14, 1), Pair(18, 1)));
  EXPECT_FALSE(recorder.series.contains("throughput_rps"));

  Recorder rest;
  visit_all_over_time(run, run_labels(run, {}), 2, rest.visit());
  EXPECT_THAT(rest.series.at("errors_total http_500"), ElementsAre(Pair(12, 0), Pair(14, 1), Pair(16, 1), Pair(18, 1)));
  EXPECT_THAT(rest.series.at("throughput_rps"), ElementsAre(Pair(12, 1), Pair(14, 1), Pair(16, 0.5)));
  EXPECT_FALSE(rest.series.contains("requests_total a 200"));
}

TEST(MetricsOverTime, AreInTheOrderOfTimeWhereAMetricIsToldOfBetweenRequests) {
  auto run = run_of({{10, "a", "200"}, {20, "a", "200"}});
  Tally added;
  added.response_time.add(3 * kNsPerUnit);
  run.series.push_back(
      {.endpoint = "orders", .kind = SampleKind::counter, .total = added, .timeline = Timeline({{15, added}})});
  const auto all = all_of(run);
  EXPECT_THAT(all.series.at("throughput_rps"), ElementsAre(Pair(11, 1), Pair(12, -1), Pair(21, 1), Pair(23, -1)));
  EXPECT_THAT(all.series.at("counter_total orders"), ElementsAre(Pair(15, 0), Pair(16, 3), Pair(22, 3), Pair(23, -1)));
}

TEST(MetricsOverTime, TellOfPhasesChecksAndMetricsWithTheRequests) {
  const auto run = testing::detailed_run();
  auto all = all_of(run);
  EXPECT_EQ(all.samples, testing::kSampleRunRequests) << "of requests alone";
  constexpr double kStart = testing::kSampleRunStart;
  const Points& passed = all.series.at("checks_total status is 200 passed");
  EXPECT_THAT(passed.front(), Pair(kStart, 0));
  EXPECT_THAT(passed[2], Pair(kStart + 2, 1));
  EXPECT_THAT(passed[passed.size() - 4], Pair(kStart + 124, 90)) << "one more where no request is";
  EXPECT_THAT(passed[passed.size() - 3], Pair(kStart + 125, 91));
  EXPECT_THAT(passed.back(), Pair(kStart + 127, -1));
  EXPECT_EQ(all.series.at("phase_duration_seconds GET / waiting")[1], (std::pair{kStart + 12, 40.0}))
      << "a stretch of 16 seconds ends then";
  EXPECT_EQ(all.series.at("counter_total orders")[2], (std::pair{kStart + 2, 6.0}));
  EXPECT_EQ(all.series.at("gauge stock")[1], (std::pair{kStart + 2, 999.0}));
  EXPECT_EQ(all.series.at("error_messages_total POST /login http_500 no stock of \"lamp\" in shop #").front().second,
            testing::kSampleRunErrors);

  // What is told while it goes on is what is told in the end.
  Recorder parts;
  const std::int64_t middle = testing::kSampleRunStart + 60;
  visit_metrics_over_time(run, run_labels(run, {}), {.end = middle}, parts.visit());
  visit_metrics_over_time(run, run_labels(run, {}), {.first = middle}, parts.visit());
  for (const char* name : {"checks_total status is 200 passed", "phase_duration_seconds GET / waiting",
                           "timing_seconds login_time", "counter_total orders", "gauge stock"}) {
    const Points& points = parts.series.at(name);
    EXPECT_GE(points.size(), std::string_view(name).starts_with("phase") ? 120U / 16 : 120U) << name;
    EXPECT_TRUE(std::ranges::includes(all.series.at(name), points)) << name;
  }
}

}  // namespace
}  // namespace omniwriter
