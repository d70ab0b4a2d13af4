#include "model/detail_points.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/load_test_metrics.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

std::string text_of(const DetailPoint& point) {
  std::string text(point.type);
  for (const auto& [name, value] : point.names) text += fmt::format(" {}={}", name, value);
  text += fmt::format(" @{}", point.start_seconds - testing::kSampleRunStart);
  for (const auto& [name, value] : point.measures) {
    std::visit(
        [&, &key = name](const auto& number) { text += fmt::format(" {}={:.6g}", key, static_cast<double>(number)); },
        value);
  }
  return text;
}

std::vector<std::string> texts_of(const omniwriter::Run& run, SlotRange slots) {
  std::vector<std::string> texts;
  for_each_detail(run, [&](const DetailPoint& point) { texts.push_back(text_of(point)); }, slots);
  return texts;
}

TEST(DetailPoints, OfATimeSlot) {
  const auto run = testing::detailed_run();
  const std::int64_t slot = testing::kSampleRunStart + 4;
  const auto texts = texts_of(run, {slot, slot + 1});
  EXPECT_EQ(texts.size(), 6U) << "a check, and five metrics";
  EXPECT_THAT(texts_of(run, {slot + 7, slot + 8}),
              Contains(::testing::StartsWith("phase endpoint=GET / phase=waiting @11 count=40 ")))
      << "of a stretch of 16 seconds";
  EXPECT_THAT(texts, Contains("check check=status is 200 @4 count=1 passed=0 failed=1 ratio=0"));
  EXPECT_THAT(texts, Contains("metric metric=cache_hit metric_type=rate @4 count=1 passed=1 failed=0 ratio=1"));
  EXPECT_THAT(texts, Contains("metric metric=orders metric_type=counter @4 count=1 added=3 per_second=3"));
  EXPECT_THAT(texts, Contains("metric metric=login_time metric_type=timing @4 count=1 mean=0.02 sum=0.02 min=0.02 "
                              "p50=0.02 p90=0.02 p95=0.02 p99=0.02 max=0.02"));
  EXPECT_THAT(texts, Contains("metric metric=cart_size metric_type=number @4 count=1 mean=4 min=4 p50=4 p90=4 p95=4 "
                              "p99=4 max=4"));
  EXPECT_THAT(texts,
              Contains("metric metric=stock metric_type=gauge @4 count=1 mean=996 min=996 p50=996 p90=996 p95=996 "
                       "p99=996 max=996 last=996"));
  const std::int64_t late = testing::kSampleRunStart + 124;
  EXPECT_THAT(texts_of(run, {late, late + 1}),
              ElementsAre("check check=status is 200 @124 count=1 passed=1 failed=0 ratio=1"));
}

TEST(DetailPoints, OfTheWholeRun) {
  const auto run = testing::detailed_run();
  std::vector<std::string> texts;
  Tally waiting = run.find("GET /", SampleKind::waiting)->total;
  std::uint64_t count = 0;
  for_each_detail_of_run(run, [&](const DetailPoint& point) {
    texts.push_back(text_of(point));
    if (point.names.front().second == "GET /" && point.names.back().second == "waiting") {
      count = std::get<std::uint64_t>(point.measures.front().second);
    }
  });
  EXPECT_EQ(count, waiting.samples());
  EXPECT_THAT(texts, Contains(fmt::format("check check=status is 200 @0 count=121 passed=91 failed=30 ratio={:.6g}",
                                          91.0 / 121)));
  EXPECT_THAT(texts, Contains(::testing::StartsWith("metric metric=stock metric_type=gauge @0 count=120")));
  EXPECT_THAT(texts, Contains(::testing::EndsWith("last=881")));
}

TEST(DetailPoints, OfWhatRequestsHaveInCommon) {
  auto run = testing::sample_run();
  Series series = run.series[1];
  series.kind = SampleKind::dimension;
  series.endpoint = "scenario=a=b";
  run.series.push_back(series);
  std::vector<std::string> texts;
  for_each_detail_of_run(run, [&](const DetailPoint& point) { texts.push_back(text_of(point)); });
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_THAT(texts[0], ::testing::StartsWith(fmt::format(
                            "dimension dimension=scenario dimension_value=a=b @0 count={} ", series.total.samples())));
  EXPECT_THAT(texts[0], ::testing::HasSubstr(fmt::format(" errors={} ", run.errors(series.total))));
  EXPECT_EQ(texts_of(run, {}).size(), series.timeline.count_slots());
  const auto families = load_test_metrics(run, {});
  const auto found = std::ranges::find(families, "load_test_dimension_errors_total", &MetricFamily::name);
  ASSERT_NE(found, families.end());
  EXPECT_EQ(std::get<double>(found->points.front().value), static_cast<double>(run.errors(series.total)));
}

TEST(DetailPoints, NoneOfARunWithout) {
  const auto run = testing::sample_run();
  EXPECT_TRUE(texts_of(run, {}).empty());
  for_each_detail_of_run(run, [](const DetailPoint& point) { ADD_FAILURE() << point.type; });
}

TEST(DetailPoints, UnitsAreNotOffByHowTheyAreKept) {
  EXPECT_EQ(units_of(1.001), 1001);
  EXPECT_EQ(units_of(0.0005), 0.5);
  EXPECT_EQ(units_of(0), 0);
}

}  // namespace
}  // namespace omniwriter
