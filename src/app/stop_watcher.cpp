#include "app/stop_watcher.h"

#include <utility>

#include "base/clock.h"

namespace omniwriter {

StopWatcher::StopWatcher(std::function<bool()> asked_to_stop, std::optional<std::chrono::milliseconds> at_most)
    : thread_([this, asked = std::move(asked_to_stop), at_most](const std::stop_token& done) {
        constexpr std::chrono::milliseconds kPoll{50};
        SystemClock clock;
        const auto begun = clock.steady();
        while (!done.stop_requested()) {
          if (asked() || (at_most && clock.steady() - begun >= *at_most)) {
            stop_.request_stop();
            return;
          }
          clock.sleep(kPoll, done);
        }
      }) {}

}  // namespace omniwriter
