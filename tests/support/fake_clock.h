#pragma once
/// A clock that moves only when someone sleeps on it.

#include <vector>

#include "base/clock.h"
#include "base/guarded.h"

namespace omniwriter::testing {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(std::int64_t wall_ns = 1'769'904'000'000'000'000) : start_wall_ns_(wall_ns) {}

  [[nodiscard]] std::int64_t wall_ns() const override { return start_wall_ns_ + steady().count(); }
  [[nodiscard]] std::chrono::nanoseconds steady() const override {
    return state_.with([](State& state) { return state.now; });
  }
  using Clock::sleep;
  void sleep(std::chrono::nanoseconds duration, const std::stop_token& stop) override {
    if (stop.stop_requested()) return;
    state_.with([&](State& state) {
      state.now += duration;
      state.sleeps.push_back(duration);
    });
  }
  /// Lets time pass without a sleep.
  void advance(std::chrono::nanoseconds duration) {
    state_.with([&](State& state) { state.now += duration; });
  }
  [[nodiscard]] std::vector<std::chrono::nanoseconds> sleeps() const {
    return state_.with([](State& state) { return state.sleeps; });
  }

 private:
  struct State {
    std::chrono::nanoseconds now{0};
    std::vector<std::chrono::nanoseconds> sleeps;
  };
  std::int64_t start_wall_ns_;
  mutable Guarded<State> state_;
};

}  // namespace omniwriter::testing
