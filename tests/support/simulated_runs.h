#pragma once
/// Runs as load tests have them, for measuring how well they are compared: no two equal runs are equal.

#include <cstdint>
#include <random>
#include <vector>

#include "judge/run_digest.h"

namespace omniwriter::testing {

/// Twelve endpoints of 50 down to 2 requests a second, each of another speed: lognormal times, a level that drifts (of
/// all and of each), pauses of a garbage collector, a share of cache misses that drifts, a queue that grows with the
/// level, and a warm-up. The same seed gives the same run.
[[nodiscard]] RunDigest simulated_run(std::uint64_t seed, double seconds);

/// How much equal runs differ, as standard deviations on the logarithmic scale.
struct Scatter {
  double common = 0;    ///< of all endpoints alike
  double endpoint = 0;  ///< of each
};

/// Draws runs of one test: each is one of a few that were simulated, made slower or faster as a whole and by endpoint.
class SimulatedTest {
 public:
  SimulatedTest(std::uint64_t seed, std::size_t simulated, double seconds);

  /// What makes the times of each endpoint longer: 1.05 is 5 %.
  using Slowdown = std::vector<double>;
  [[nodiscard]] static Slowdown none();
  [[nodiscard]] static Slowdown of_all(double times);
  /// Of the endpoint in the middle.
  [[nodiscard]] static Slowdown of_one(double times);

  /// Of one draw, no two runs come from the same simulation.
  [[nodiscard]] std::vector<RunDigest> draw(std::size_t runs, const Scatter& scatter, const Slowdown& slowdown);
  /// Begins a new draw.
  void shuffle();

 private:
  std::vector<RunDigest> simulated_;
  std::size_t next_ = 0;
  std::mt19937_64 random_;
};

}  // namespace omniwriter::testing
