#include "judge/validity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "model/aggregator.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
using SlotLoad = std::function<int(int second)>;
using MeanTime = std::function<double(int second)>;

/// Log-normal response times around `mean_ms`, `load` of them in each second.
omniwriter::Run run_of(int seconds, const SlotLoad& load, const MeanTime& mean_ms, unsigned seed = 1,
                       bool whole_milliseconds = false) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 0.3);
  Aggregator aggregator;
  SampleBatch batch;
  Aggregator::Feed feed;
  const auto endpoint = batch.endpoint("/a");
  const auto ok = batch.outcome("200", "");
  for (int s = 0; s < seconds; ++s) {
    const int n = load(s);
    for (int i = 0; i < n; ++i) {
      double ms = mean_ms(s) * std::exp(normal(random));
      if (whole_milliseconds) ms = std::round(ms);
      batch.samples.push_back({.start_ns = (1000 + s) * kSecond + i * (kSecond / n),
                               .duration_ns = static_cast<std::int64_t>(ms * 1e6),
                               .endpoint = endpoint,
                               .outcome = ok});
    }
  }
  aggregator.add(batch, feed);
  return aggregator.finish();
}

omniwriter::Run steady(unsigned seed = 1) {
  return run_of(300, [](int) { return 20; }, [](int) { return 100.0; }, seed);
}

std::vector<Concern> concerns_of(const omniwriter::Run& run) { return validity(run, digest_of(run)); }

/// Null where there is none of that check.
std::optional<Concern> found(const omniwriter::Run& run, std::string_view check) {
  for (const Concern& concern : concerns_of(run)) {
    if (concern.check == check) return concern;
  }
  return std::nullopt;
}

TEST(Validity, ASoundRunRaisesNoConcern) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const auto concerns = concerns_of(steady(seed));
    EXPECT_TRUE(concerns.empty()) << seed << ": " << concerns.front().check << ": " << concerns.front().what;
  }
}

TEST(Validity, ARampIsNoDrift) {
  // More load, and slower with it: that is what the test was for.
  const auto ramp = run_of(300, [](int s) { return 5 + s / 10; }, [](int s) { return 100.0 + s; });
  EXPECT_FALSE(found(ramp, "drift"));
}

TEST(Validity, DriftAtTheSameLoad) {
  const auto run = run_of(300, [](int) { return 20; }, [](int s) { return 100.0 + s; });
  const auto drift = found(run, "drift");
  const auto warm_up = found(run, "warm_up");
  EXPECT_TRUE(drift || warm_up);
  const auto step = run_of(300, [](int) { return 20; }, [](int s) { return s < 155 ? 100.0 : 150.0; });
  ASSERT_TRUE(found(step, "drift"));
  EXPECT_EQ(found(step, "drift")->level, ConcernLevel::warning);
  EXPECT_NE(found(step, "drift")->what.find("up by"), std::string::npos);
}

TEST(Validity, WarmUp) {
  const auto run = run_of(300, [](int) { return 20; }, [](int s) { return s < 40 ? 200.0 : 100.0; });
  const auto warm_up = found(run, "warm_up");
  ASSERT_TRUE(warm_up);
  EXPECT_TRUE(warm_up->advice.starts_with("leave them out of criteria: ignore first 4")) << warm_up->advice;
}

TEST(Validity, AClosedLoopThatWaited) {
  // Five stalls of two seconds: nothing is started meanwhile, and what was under way takes so long.
  const auto stalls = [](int s) { return s % 60 == 30; };
  const auto run = run_of(
      300, [&](int s) { return stalls(s - 1) || stalls(s - 2) ? 1 : 50; },
      [&](int s) { return stalls(s) ? 2500.0 : 20.0; });
  const auto omission = found(run, "coordinated_omission");
  ASSERT_TRUE(omission);
  EXPECT_NE(omission->what.find("fewer requests were started"), std::string::npos);
}

TEST(Validity, TooFewRequests) {
  const auto few = run_of(7, [](int) { return 10; }, [](int) { return 100.0; });
  ASSERT_TRUE(found(few, "few_samples"));
  EXPECT_EQ(found(few, "few_samples")->what, "70 requests carry no p95: 72 are needed");
}

TEST(Validity, AGeneratorAtItsLimit) {
  auto run = steady();
  const auto busy = [&](int seconds, double percent) {
    run.vitals.clear();
    for (int s = 0; s < 300; ++s) run.vitals[1000 + s].cpu_percent = s < seconds ? percent : 40;
    return found(run, "generator_cpu");
  };
  EXPECT_FALSE(busy(300, 79));
  EXPECT_FALSE(busy(14, 99));  // less than a twentieth
  EXPECT_EQ(busy(20, 85)->level, ConcernLevel::warning);
  EXPECT_EQ(busy(20, 95)->level, ConcernLevel::invalid);
}

TEST(Validity, DroppedIterations) {
  auto run = steady();
  const auto counter = [&](std::string name, std::int64_t value) {
    Series series{.endpoint = std::move(name), .kind = SampleKind::counter, .total = {}, .timeline = {}};
    series.total.response_time.add(value * kNsPerUnit);
    run.series.push_back(std::move(series));
  };
  counter("iterations", 10'000);
  EXPECT_FALSE(found(run, "dropped_iterations"));
  counter("dropped_iterations", 5);
  EXPECT_EQ(found(run, "dropped_iterations")->level, ConcernLevel::note);
  run.series.pop_back();
  counter("dropped_iterations", 50);
  EXPECT_EQ(found(run, "dropped_iterations")->level, ConcernLevel::invalid);
}

TEST(Validity, TimesInWholeMilliseconds) {
  const auto run = run_of(300, [](int) { return 20; }, [](int) { return 5.0; }, 1, true);
  EXPECT_TRUE(found(run, "resolution"));
}

TEST(Validity, WhatCouldNotBeRead) {
  auto run = steady();
  run.bad_records = 2;
  EXPECT_EQ(found(run, "lost_data")->level, ConcernLevel::note);
  run.bad_records = 60;
  EXPECT_EQ(found(run, "lost_data")->level, ConcernLevel::warning);
  run.bad_records = 6000;
  EXPECT_EQ(found(run, "lost_data")->level, ConcernLevel::invalid);
  // A line of a small file is no disaster.
  auto small = run_of(8, [](int) { return 10; }, [](int) { return 100.0; });
  small.bad_records = 10;
  EXPECT_EQ(found(small, "lost_data")->level, ConcernLevel::warning);
}

TEST(Validity, GeneratorsAtDifferentTimes) {
  auto run = steady();
  run.sources = {{.name = "a", .samples = 10, .started_ns = run.started_ns, .ended_ns = run.ended_ns},
                 {.name = "b", .samples = 10, .started_ns = run.started_ns + 100 * kSecond, .ended_ns = run.ended_ns}};
  ASSERT_TRUE(found(run, "clocks"));
  EXPECT_EQ(found(run, "clocks")->what, "b began 100 s after the run");
}

TEST(Validity, UsersWithoutAPause) {
  auto run = steady();  // two requests of a tenth of a second at once
  for (int s = 0; s < 300; ++s) run.active_users[1000 + s] = 2;
  EXPECT_TRUE(found(run, "no_think_time"));
  for (int s = 0; s < 300; ++s) run.active_users[1000 + s] = 5;
  EXPECT_FALSE(found(run, "no_think_time"));
}

TEST(Validity, OfWhatAToolToldItSpeaksOfNumbersAlone) {
  auto run = steady();
  run.reported.emplace();
  run.reported->total = run.total();
  EXPECT_TRUE(concerns_of(run).empty());
}

}  // namespace
}  // namespace omniwriter
