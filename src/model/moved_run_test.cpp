#include "model/moved_run.h"

#include <gtest/gtest.h>

#include "support/sample_runs.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

TEST(MovedRun, MovesEverythingByWholeSlots) {
  omniwriter::Run run = testing::sample_run();
  run.users_by_scenario["buy"] = {{run.started_ns / kNsPerSecond / run.interval_seconds, 3}};
  run.sources = {{"a", 1, run.started_ns, run.ended_ns, 0}};
  for (const std::int64_t by : {-86'400L, -1L, 0L, 1L, 7'200L}) {
    const std::int64_t asked = run.started_ns + by * kNsPerSecond * run.interval_seconds + kNsPerSecond / 2;
    const omniwriter::Run moved = moved_run(run, asked);
    EXPECT_LE(moved.started_ns, asked);
    EXPECT_GT(moved.started_ns, asked - run.interval_seconds * kNsPerSecond);
    EXPECT_EQ(moved.ended_ns - moved.started_ns, run.ended_ns - run.started_ns);
    EXPECT_TRUE(moved.total().response_time == run.total().response_time);
    const std::int64_t slots = (moved.started_ns - run.started_ns) / kNsPerSecond / run.interval_seconds;
    EXPECT_EQ(moved.series.front().timeline.begin()->first, run.series.front().timeline.first() + slots);
    EXPECT_EQ(moved.active_users.size(), run.active_users.size());
    EXPECT_EQ(moved.users_by_scenario.at("buy").begin()->first, run.users_by_scenario.at("buy").begin()->first + slots);
    EXPECT_EQ(moved.sources.front().started_ns, moved.started_ns);
    EXPECT_EQ(moved.sources.front().ended_ns, moved.ended_ns);
    const omniwriter::Run back = moved_run(moved, run.started_ns);
    EXPECT_EQ(back.started_ns, run.started_ns);
    EXPECT_EQ(back.active_users, run.active_users);
  }
}

}  // namespace
}  // namespace omniwriter
