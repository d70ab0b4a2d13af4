#include "integration/live_run.h"

#include <gtest/gtest.h>

#include <limits>

#include "model/load_test_metrics.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

MetricsUpdate seed_update() {
  return {.test_name = "api_load_test",
          .requests_count = 1000,
          .response_time_ms = 150.5,
          .errors_count = 20,
          .active_users = 50,
          .throughput = 50,
          .cpu_usage = 75,
          .memory_usage = 512};
}

TEST(LiveRun, TheSevenMetricsAreWhatWasTold) {
  LiveRun live("api_load_test", 1000 * kSecond);
  live.add(seed_update(), 1000 * kSecond);
  std::map<std::string, double> values;
  const omniwriter::Run told = live.run();
  auto families = load_test_metrics(told, {});
  families.resize(kCustomMetrics);  // those of the test itself come first
  for (const MetricFamily& family : families) {
    ASSERT_FALSE(family.points.empty()) << family.name;
    for (const MetricPoint& point : family.points) {
      std::string name(family.name);
      for (const auto& [label, value] : point.labels) {
        if (label == "status") name += "/" + value;
      }
      if (const auto* number = std::get_if<double>(&point.value)) {
        values[name] = *number;
      } else {
        const Histogram& times = *std::get<const Histogram*>(point.value);
        values["count"] = static_cast<double>(times.count());
        values["sum"] = times.sum_seconds();
      }
    }
  }
  EXPECT_EQ(values, (std::map<std::string, double>{{"load_test_requests_total/ok", 980},
                                                   {"load_test_requests_total/error", 20},
                                                   {"count", 1000},
                                                   {"sum", 150.5},
                                                   {"load_test_errors_total", 20},
                                                   {"load_test_active_users", 50},
                                                   {"load_test_throughput_rps", 50},
                                                   {"load_test_system_cpu_percent", 75},
                                                   {"load_test_system_memory_mb", 512}}));
}

TEST(LiveRun, CountersGrowAndGaugesFollow) {
  LiveRun live("t", 1000 * kSecond);
  auto update = seed_update();
  live.add(update, 1000 * kSecond);
  update.response_time_ms = 50.5;
  update.active_users = 10;
  live.add(update, 1010 * kSecond);
  const omniwriter::Run& run = live.run();
  EXPECT_EQ(run.total().samples(), 2000U);
  EXPECT_EQ(run.errors(run.total()), 40U);
  EXPECT_DOUBLE_EQ(run.total().response_time.mean_seconds(), 0.1005);
  EXPECT_EQ(std::get<double>(load_test_metrics(run, {})[3].points[0].value), 10);
  EXPECT_EQ(run.duration_seconds(), 10);
}

TEST(LiveRun, OnlyTheMeanIsKnownOfResponseTimes) {
  LiveRun live("t", 0);
  for (std::int64_t s = 0; s < 2 * static_cast<std::int64_t>(LiveRun::kMaxSlots); ++s)
    live.add(seed_update(), s * kSecond);
  const omniwriter::Run& run = live.run();
  EXPECT_EQ(run.interval_seconds, 2) << "merged slots, too";
  for (const Tally& tally : {run.total(), run.series[0].timeline.begin()->second}) {
    EXPECT_DOUBLE_EQ(tally.mean().value_or(0), 0.1505);
    EXPECT_FALSE(tally.quantile(0.5));
    EXPECT_FALSE(tally.maximum());
  }
}

TEST(LiveRun, TheTimelineStaysBounded) {
  LiveRun live("t", 0);
  auto update = seed_update();
  constexpr std::int64_t kSeconds = 3 * LiveRun::kMaxSlots;
  for (std::int64_t s = 0; s < kSeconds; ++s) live.add(update, s * kSecond);
  const omniwriter::Run& run = live.run();
  EXPECT_LE(run.vitals.size(), LiveRun::kMaxSlots);
  EXPECT_EQ(run.interval_seconds, 4);
  std::uint64_t samples = 0;
  for (const auto& [slot, tally] : run.series[0].timeline) samples += tally.samples();
  EXPECT_EQ(samples, 1000U * kSeconds);
}

TEST(LiveRun, ImpossibleNumbersAreErrors) {
  const auto refused = [](auto change) {
    auto update = seed_update();
    change(update);
    const auto checked = check_update(update);
    return !checked && checked.error().code == ErrorCode::usage;
  };
  EXPECT_TRUE(check_update(seed_update()));
  EXPECT_TRUE(refused([](MetricsUpdate& u) { u.errors_count = 1001; }));
  EXPECT_TRUE(refused([](MetricsUpdate& u) { u.response_time_ms = -1; }));
  EXPECT_TRUE(refused([](MetricsUpdate& u) { u.throughput = std::numeric_limits<double>::quiet_NaN(); }));
  EXPECT_TRUE(refused([](MetricsUpdate& u) { u.cpu_usage = std::numeric_limits<double>::infinity(); }));
  EXPECT_TRUE(refused([](MetricsUpdate& u) { u.test_name = "two\nlines"; }));
  EXPECT_TRUE(refused([](MetricsUpdate& u) { u.test_name = ""; }));
  EXPECT_TRUE(refused([](MetricsUpdate& u) { u.test_name = std::string(64 << 10, 'x'); }));
}

}  // namespace
}  // namespace omniwriter
