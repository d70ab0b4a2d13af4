#include "omniwriter/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace omniwriter {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Timeline of(const std::vector<std::pair<std::int64_t, std::uint64_t>>& samples) {
  std::map<std::int64_t, Tally> slots;
  for (const auto& [slot, count] : samples) slots[slot].response_time.add(1'000'000, count);
  return slots;
}

std::vector<std::pair<std::int64_t, std::uint64_t>> samples_of(const Timeline& timeline) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> samples;
  for (const auto& [slot, tally] : timeline) samples.emplace_back(slot, tally.samples());
  return samples;
}

TEST(Timeline, BlocksAreReadInTheOrderOfTime) {
  Timeline timeline;
  timeline.add(of({{10, 1}, {11, 2}}));
  timeline.add(of({{-5, 3}, {4, 4}}));
  timeline.add(of({{12, 5}}));
  EXPECT_THAT(samples_of(timeline), ElementsAre(Pair(-5, 3), Pair(4, 4), Pair(10, 1), Pair(11, 2), Pair(12, 5)));
  EXPECT_EQ(timeline.first(), -5);
  EXPECT_EQ(timeline.last(), 12);
  EXPECT_EQ(timeline.count_slots(), 5U);
}

TEST(Timeline, ASlotOfSeveralBlocksIsTheirSum) {
  Timeline timeline;
  timeline.add(of({{1, 1}, {2, 2}, {9, 4}}));
  timeline.add(of({{2, 10}, {3, 20}}));
  timeline.add(of({{0, 7}, {2, 100}, {9, 200}}));
  EXPECT_THAT(samples_of(timeline), ElementsAre(Pair(0, 7), Pair(1, 1), Pair(2, 112), Pair(3, 20), Pair(9, 204)));
  EXPECT_THAT(samples_of(timeline), ElementsAre(Pair(0, 7), Pair(1, 1), Pair(2, 112), Pair(3, 20), Pair(9, 204)))
      << "reading changed it";
}

TEST(Timeline, CanBeReadFromSomeSlotOn) {
  Timeline timeline;
  timeline.add(of({{1, 1}, {2, 2}}));
  timeline.add(of({{2, 10}, {3, 20}}));
  EXPECT_EQ(timeline.lower_bound(2)->first, 2);
  EXPECT_EQ(timeline.lower_bound(2)->second.samples(), 12U);
  EXPECT_EQ(timeline.lower_bound(3)->second.samples(), 20U);
  EXPECT_TRUE(timeline.lower_bound(4) == Timeline::end());
}

TEST(Timeline, MovesAsAWhole) {
  Timeline timeline = of({{1, 1}, {2, 2}});
  timeline.move_by(100);
  EXPECT_THAT(samples_of(timeline), ElementsAre(Pair(101, 1), Pair(102, 2)));
  EXPECT_EQ(timeline.first(), 101);
  EXPECT_EQ(timeline.last(), 102);
  EXPECT_EQ(timeline.lower_bound(102)->second.samples(), 2U);
}

TEST(Timeline, CanBeToldWhatIsKnownOfTimes) {
  const Timeline as_it_was = of({{1, 1}, {2, 2}});
  Timeline timeline = as_it_was;
  timeline.set_reported(std::make_shared<const ReportedTimes>(
      ReportedTimes{.quantiles = {}, .relative_error = {}, .mean = true, .minimum = false, .maximum = false}));
  for (const auto& [slot, tally] : timeline) {
    EXPECT_TRUE(tally.mean());
    EXPECT_FALSE(tally.quantile(0.95));
  }
  EXPECT_TRUE(as_it_was.begin()->second.quantile(0.95)) << "a copy shares the blocks, not what was said of it";
}

TEST(Timeline, AnEmptyOneHasNothing) {
  EXPECT_TRUE(Timeline().empty());
  EXPECT_TRUE(Timeline(std::map<std::int64_t, Tally>()).empty());
  EXPECT_TRUE(Timeline().begin() == Timeline::end());
}

}  // namespace
}  // namespace omniwriter
