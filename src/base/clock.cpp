#include "base/clock.h"

#include <condition_variable>

#include "base/guarded.h"

namespace omniwriter {

std::int64_t SystemClock::wall_ns() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::chrono::nanoseconds SystemClock::steady() const { return std::chrono::steady_clock::now().time_since_epoch(); }

void SystemClock::sleep(std::chrono::nanoseconds duration, const std::stop_token& stop) {
  Mutex mutex;
  Lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, duration, [] { return false; });
}

}  // namespace omniwriter
