#pragma once
/// Threads that wait for the answers of a server, so that several requests can be under way.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "delivery/output.h"

namespace omniwriter {

/// Sends batches to one output, each in a lane of its own. Used by one thread.
class Lanes {
 public:
  /// At most `most` are under way at once. Where that is one, start() itself sends, and no thread is made.
  Lanes(Output& output, std::chrono::milliseconds timeout, Clock& clock, std::size_t most);
  /// Waits for what is under way.
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  /// Sends `batch`, which must live until wait() has told of it by this number.
  void start(std::uint64_t number, std::span<const OutputItem> batch);
  [[nodiscard]] std::size_t under_way() const { return under_way_; }

  struct Answer {
    std::uint64_t number;
    SendReport report;
    std::chrono::nanoseconds took;
  };
  /// The next answer, of any of those under way; there must be one.
  [[nodiscard]] Answer wait();

 private:
  struct Request {
    std::uint64_t number;
    std::span<const OutputItem> batch;
  };
  void work(const std::stop_token& stop);
  [[nodiscard]] Answer send(const Request& request);

  Output& output_;
  std::chrono::milliseconds timeout_;
  Clock& clock_;
  std::size_t most_;
  std::size_t under_way_ = 0;

  Mutex mutex_;
  std::condition_variable_any requested_;
  std::condition_variable_any answered_;
  std::deque<Request> requests_ GUARDED_BY(mutex_);
  std::deque<Answer> answers_ GUARDED_BY(mutex_);
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace omniwriter
