#include "delivery/request_window.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace omniwriter {
namespace {

using namespace std::chrono_literals;

/// The size after so many answers by a server that takes `took(size)` for each.
template <typename Took>
std::size_t size_after(RequestWindow& window, int answers, Took took) {
  for (int i = 0; i < answers; ++i) window.answered(took(window.size()));
  return window.size();
}

TEST(RequestWindow, GrowsByOneARoundWhileAnswersComeAsSoon) {
  RequestWindow window(4);
  EXPECT_EQ(window.size(), 1U);
  const auto same = [](std::size_t) { return 20ms; };
  EXPECT_EQ(size_after(window, 1, same), 2U);
  EXPECT_EQ(size_after(window, 1, same), 2U);
  EXPECT_EQ(size_after(window, 1, same), 3U);
  EXPECT_EQ(size_after(window, 100, same), 4U);
}

// One request at a time is all that it can do; the others wait.
TEST(RequestWindow, StaysSmallWhereTheServerIsTheLimit) {
  RequestWindow window(8);
  std::size_t most = 0;
  for (int i = 0; i < 1000; ++i) {
    window.answered(10ms * window.size());
    most = std::max(most, window.size());
  }
  EXPECT_LE(most, 3U);
}

// 20 ms on the way, 5 ms of work that only one request gets at a time.
TEST(RequestWindow, CoversTheWayToAServerThatIsFarAway) {
  RequestWindow window(8);
  EXPECT_GE(
      size_after(window, 200, [](std::size_t size) { return std::max<std::chrono::nanoseconds>(25ms, 5ms * size); }),
      5U);
}

TEST(RequestWindow, HalvesAfterAFailure) {
  RequestWindow window(8);
  size_after(window, 100, [](std::size_t) { return 20ms; });
  window.failed();
  EXPECT_EQ(window.size(), 4U);
  for (int i = 0; i < 5; ++i) window.failed();
  EXPECT_EQ(window.size(), 1U);
}

TEST(RequestWindow, NeverGrowsBeyondWhatIsAllowed) {
  RequestWindow window(1);
  EXPECT_EQ(size_after(window, 100, [](std::size_t) { return 20ms; }), 1U);
}

}  // namespace
}  // namespace omniwriter
