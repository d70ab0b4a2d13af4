#include "judge/warm_up.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace omniwriter {
namespace {

constexpr std::array kSeries{9.0,  7.0,  5.5,  4.6,  4.1,  4.0, 3.9,  4.1,  4.0, 3.95, 4.05, 4.0,  3.9, 4.1,  4.0,
                             4.02, 3.97, 4.03, 3.99, 4.01, 4.0, 3.98, 4.02, 4.0, 4.0,  3.99, 4.01, 4.0, 4.02, 3.98};

std::vector<double> noise(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> values;
  double drift = 0;
  for (std::size_t i = 0; i < count; ++i) {
    drift = 0.9 * drift + 0.4 * (static_cast<double>(random()) / 4294967296.0 - 0.5) * 0.2;
    values.push_back(1 + drift + 0.1 * (static_cast<double>(random()) / 4294967296.0 - 0.5));
  }
  return values;
}

TEST(WarmUp, CutsWhereTheRestIsKnownBest) {
  EXPECT_EQ(mser_cut(kSeries, 1), 14);
  EXPECT_EQ(mser_cut(kSeries, 5), 15);
  EXPECT_EQ(mser_cut({}, 5), 0);
  EXPECT_EQ(mser_cut(std::array{1.0, 2.0}, 5), 0);
}

TEST(WarmUp, IsFoundWhereItIs) {
  std::vector<double> values = noise(600, 1);
  for (std::size_t i = 0; i < 120; ++i) values[i] *= 1 + 0.5 * std::exp(-static_cast<double>(i) / 30);
  const auto found = warm_up(values);
  ASSERT_TRUE(found);
  EXPECT_GE(found->values, 50);
  EXPECT_LE(found->values, 200);
  EXPECT_GT(found->during, found->after * 1.02);
  EXPECT_LT(found->p, 0.01);
}

TEST(WarmUp, IsNotFoundWhereThereIsNone) {
  int cut = 0;
  for (unsigned seed = 0; seed < 200; ++seed) cut += warm_up(noise(600, seed)) ? 1 : 0;
  EXPECT_LE(cut, 4);
  EXPECT_FALSE(warm_up({}));
  EXPECT_FALSE(warm_up(std::vector(100, 1.0)));
}

TEST(WarmUp, OfARunIsInSeconds) {
  std::map<std::int64_t, Tally> slots;
  const std::vector<double> level = noise(600, 7);
  for (std::int64_t slot = 0; slot < 600; ++slot) {
    const double warm = slot < 60 ? 2 : 1;
    slots[1000 + slot].response_time.add(static_cast<std::int64_t>(level[static_cast<std::size_t>(slot)] * warm * 1e8),
                                         10);
  }
  omniwriter::Run run;
  run.started_ns = 1'000'500'000'000;
  run.all_requests = slots;
  const auto found = warm_up_of(run);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->seconds, 59.5, 10);
  EXPECT_NEAR(found->after, 0.1, 0.01);
  EXPECT_FALSE(warm_up_of(omniwriter::Run{}));
}

}  // namespace
}  // namespace omniwriter
