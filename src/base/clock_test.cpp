#include "base/clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace omniwriter {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, SleepsNoLongerThanItIsWantedTo) {
  SystemClock clock;
  std::stop_source stop;
  const auto begun = clock.steady();
  const std::jthread asks([&] { stop.request_stop(); });
  clock.sleep(1h, stop.get_token());
  clock.sleep(1h, stop.get_token());
  EXPECT_LT(clock.steady() - begun, 10s);
}

TEST(SystemClock, SleepsAsLongAsItIsTold) {
  SystemClock clock;
  const auto begun = clock.steady();
  clock.sleep(20ms);
  EXPECT_GE(clock.steady() - begun, 20ms);
}

}  // namespace
}  // namespace omniwriter
