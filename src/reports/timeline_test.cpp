#include "reports/timeline.h"

#include <gtest/gtest.h>

#include <map>

#include "support/report_runs.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

TEST(TimePoints, HoldsEverySampleInAtMostSoManyPoints) {
  const auto run = testing::shop_run();
  const Tally total = run.total();
  for (const std::size_t most : {2UL, 3UL, 7UL, 60UL, 1000UL}) {
    const TimePoints timeline = timeline_of(run, most);
    EXPECT_LE(timeline.points.size(), most);
    Histogram times;
    std::uint64_t errors = 0;
    double seconds = 0;
    std::int64_t next = timeline.points.front().start_seconds;
    for (const TimePoint& point : timeline.points) {
      EXPECT_EQ(point.start_seconds, next) << "no gap";
      next += timeline.step_seconds;
      times.merge(point.tally.response_time);
      errors += point.errors;
      seconds += point.seconds;
      EXPECT_TRUE(point.users);
    }
    EXPECT_TRUE(times == total.response_time) << most;
    EXPECT_EQ(errors, run.errors(total));
    EXPECT_LE(seconds, run.duration_seconds() + 1e-6);
    EXPECT_GT(seconds, run.duration_seconds() * 0.95);
  }
  EXPECT_EQ(timeline_of(run, 1000).step_seconds, run.interval_seconds);
  EXPECT_GE(timeline_of(run, 60).points.size(), 30U) << "uses the points there are";
}

TEST(TimePoints, ATimeWithoutRequestsIsAPointWithoutSamples) {
  omniwriter::Run run;
  run.started_ns = -5'000'000'000;
  run.ended_ns = 4'200'000'000;
  run.outcomes = {{"200", ""}};
  run.series.push_back({"GET /", SampleKind::request, {}, {}});
  std::map<std::int64_t, Tally> slots;
  for (const std::int64_t slot : {-5, 4}) {
    Tally& tally = slots[slot];
    tally.response_time.add(1'000'000);
    tally.outcomes.add(0, 1);
  }
  run.series[0].timeline = Timeline(slots);
  run.active_users = {{-5, 3}, {99, 7}};
  run.vitals[4].cpu_percent = 40;
  const TimePoints timeline = timeline_of(run, 100);
  ASSERT_EQ(timeline.points.size(), 10U);
  EXPECT_EQ(timeline.points[0].start_seconds, -5);
  EXPECT_EQ(timeline.points[0].users, 3U);
  EXPECT_EQ(timeline.points[4].tally.samples(), 0U);
  EXPECT_EQ(timeline.rate(timeline.points[4], 0), 0.0);
  EXPECT_EQ(timeline.points[9].cpu_percent, 40);
  EXPECT_FALSE(timeline.points[9].users) << "what lies beyond the requests is left out";
  EXPECT_NEAR(timeline.points[9].seconds, 0.2, 1e-9);
  EXPECT_FALSE(timeline.rate(timeline.points[9], 1)) << "when the load ended within it is not known";
}

TEST(TimePoints, RatesOfTheEndsShowNoDipThatTheLoadHadNot) {
  omniwriter::Run run;
  run.started_ns = 250'000'000;  // a steady 4 requests a second, for 3.25 s
  run.ended_ns = 3'900'000'000;  // the last of them takes its time
  run.outcomes = {{"200", ""}};
  run.series.push_back({"GET /", SampleKind::request, {}, {}});
  std::map<std::int64_t, Tally> slots;
  for (const auto& [slot, requests] : {std::pair{0, 3}, {1, 4}, {2, 4}, {3, 2}}) {
    slots[slot].response_time.add(1'000'000, static_cast<std::uint64_t>(requests));
  }
  run.series[0].timeline = Timeline(slots);
  const TimePoints timeline = timeline_of(run, 100);
  ASSERT_EQ(timeline.points.size(), 4U);
  for (int i = 0; i < 3; ++i) {
    const TimePoint& point = timeline.points[static_cast<std::size_t>(i)];
    EXPECT_DOUBLE_EQ(timeline.rate(point, point.tally.samples()).value_or(0), 4) << i;
  }
  EXPECT_FALSE(timeline.rate(timeline.points[3], 2));
  run.started_ns = 750'000'000;
  const TimePoints late = timeline_of(run, 100);
  EXPECT_FALSE(late.rate(late.points[0], 1)) << "a quarter of a second says little";
}

TEST(TimePoints, ARunWithoutSamplesHasNoPoint) { EXPECT_TRUE(timeline_of(omniwriter::Run{}, 10).points.empty()); }

}  // namespace
}  // namespace omniwriter
