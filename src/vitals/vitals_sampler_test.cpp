#include "vitals/vitals_sampler.h"

#include <gtest/gtest.h>

#include <utility>

#include "support/fake_clock.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// Two CPUs, of which one is at work; ends after so many looks.
class HalfBusy final : public UsageMeter {
 public:
  HalfBusy(Clock& clock, int looks) : clock_(clock), looks_(looks) {}
  Result<Usage> read() override {
    if (looks_-- == 0) return fail(ErrorCode::input, "over");
    return Usage{clock_.steady(), 5'000'000};
  }
  [[nodiscard]] double cpus() const override { return 2; }

 private:
  Clock& clock_;
  int looks_;
};

TEST(VitalsSampler, MeasuresAtRoundSecondsUntilThereIsNothingLeft) {
  testing::FakeClock clock(1000 * kSecond + 400'000'000);
  constexpr int kLooks = 12;  // the first, soon after it, then each second
  VitalsSampler sampler(std::make_unique<HalfBusy>(clock, kLooks), clock);
  while (clock.sleeps().size() < kLooks) std::this_thread::yield();
  sampler.stop();
  const auto all = sampler.between(0, 2000 * kSecond, 1);
  ASSERT_EQ(all.size(), 10U);
  EXPECT_EQ(all.begin()->first, 1000);
  for (const auto& [slot, vitals] : all) {
    EXPECT_DOUBLE_EQ(*vitals.cpu_percent, 50);
    EXPECT_EQ(vitals.memory_mb, 5);
  }
  const auto sleeps = clock.sleeps();
  EXPECT_EQ(sleeps[0], std::chrono::milliseconds(100));
  EXPECT_EQ(sleeps[1], std::chrono::milliseconds(500)) << "to the next round second";
  EXPECT_EQ(sleeps[2], std::chrono::seconds(1));
}

TEST(VitalsSampler, MeasuresOnceMoreInTheEnd) {
  SystemClock clock;
  const std::int64_t from_ns = clock.wall_ns();
  VitalsSampler sampler(std::make_unique<HalfBusy>(clock, -1), clock);
  sampler.stop();
  EXPECT_TRUE(sampler.has_measured());
  EXPECT_GE(sampler.between(from_ns, clock.wall_ns(), 1).size(), 1U);
  sampler.stop();
}

}  // namespace
}  // namespace omniwriter
