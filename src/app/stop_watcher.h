#pragma once
/// Ends what goes on when the user wants it, or when its time is over.

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

namespace omniwriter {

/// How long delivery may still take where somebody waits for the program to end.
inline constexpr std::optional<std::chrono::milliseconds> kTimeToEnd{2'000};

/// Asks, about twenty times a second from a thread of its own, until the answer is yes; then, or once `at_most` is
/// over, stop() is requested.
class StopWatcher {
 public:
  explicit StopWatcher(std::function<bool()> asked_to_stop, std::optional<std::chrono::milliseconds> at_most = {});
  StopWatcher(const StopWatcher&) = delete;
  StopWatcher& operator=(const StopWatcher&) = delete;

  [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::jthread thread_;  // last: it uses what is above
};

}  // namespace omniwriter
