#pragma once
/// How many requests may be under way at once, as a server bears them.

#include <chrono>
#include <cstddef>

namespace omniwriter {

/// How many requests may be under way. Begins with one, and grows by one each time a full window was answered in less
/// than one and a half times the latency of a lone request. Shrinks by one when latency doubles (requests queue behind
/// each other), and halves after a failure (AIMD).
class RequestWindow {
 public:
  explicit RequestWindow(std::size_t most) : most_(most) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  /// A request was answered well after that time. All should be about as large.
  void answered(std::chrono::nanoseconds took);
  void failed();

 private:
  std::size_t most_;
  std::size_t size_ = 1;
  // Of this round:
  std::size_t answers_ = 0;
  std::chrono::nanoseconds sum_{0};
  std::chrono::nanoseconds usual_{0};  // what a request takes that is alone
};

}  // namespace omniwriter
