#pragma once
/// Time as a dependency, so that tests need not wait.

#include <chrono>
#include <cstdint>
#include <stop_token>

namespace omniwriter {

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since the Unix epoch.
  [[nodiscard]] virtual std::int64_t wall_ns() const = 0;
  /// A clock that never goes back; only differences mean something.
  [[nodiscard]] virtual std::chrono::nanoseconds steady() const = 0;
  /// Returns early once `stop` is requested.
  virtual void sleep(std::chrono::nanoseconds duration, const std::stop_token& stop) = 0;
  void sleep(std::chrono::nanoseconds duration) { sleep(duration, {}); }
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t wall_ns() const override;
  [[nodiscard]] std::chrono::nanoseconds steady() const override;
  using Clock::sleep;
  void sleep(std::chrono::nanoseconds duration, const std::stop_token& stop) override;
};

}  // namespace omniwriter
