#include "model/user_counts.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
using Users = std::map<std::int64_t, std::uint32_t>;

void say(UserCounts& counts, std::int64_t second, std::uint32_t users, std::uint64_t generator = 0,
         std::int64_t took_seconds = 0) {
  counts.add(second, {.time_ns = second * kSecond,
                      .users = users,
                      .generator = generator,
                      .told_ns = took_seconds == 0 ? 0 : (second + took_seconds) * kSecond});
}

TEST(UserCounts, GeneratorsAreAddedAndTimeIsMaxed) {
  UserCounts counts;
  for (const std::uint64_t generator : {7U, 8U, 9U}) {
    say(counts, 1, 10, generator);
    say(counts, 1, 20, generator);
    say(counts, 2, 15, generator);
  }
  EXPECT_EQ(counts.total(), (Users{{1, 60}, {2, 45}}));
}

TEST(UserCounts, AFileThatNamesNoneIsAGeneratorOfItsOwn) {
  UserCounts counts;
  for (int file = 0; file < 3; ++file) {
    counts.begin_file();
    say(counts, 1, 20);
    say(counts, 9, 20);
  }
  EXPECT_EQ(counts.total(), (Users{{1, 60}, {9, 60}}));
}

TEST(UserCounts, AGeneratorIsOneThroughAllFilesThatNameIt) {
  UserCounts counts;
  say(counts, 1, 20, 7);
  say(counts, 5, 20, 7);
  counts.begin_file();
  say(counts, 1, 30, 7);
  EXPECT_EQ(counts.total(), (Users{{1, 30}, {5, 20}}));
}

TEST(UserCounts, WhatGoesOnWhereAFileWasLeftOffIsTheSameGenerator) {
  UserCounts counts;
  say(counts, 1, 20);
  say(counts, 5, 20);
  counts.begin_file();
  say(counts, 5, 20, 0, 1);
  say(counts, 3, 20, 0, 4);  // began before the file was rotated, and was written behind
  say(counts, 9, 20);
  EXPECT_EQ(counts.total(), (Users{{1, 20}, {3, 20}, {5, 20}, {9, 20}}));
}

TEST(UserCounts, AGeneratorHasAsManyAsItSaidLastUntilItEnds) {
  UserCounts counts;
  say(counts, 1, 10, 7);
  say(counts, 9, 30, 7);
  say(counts, 4, 5, 8);
  say(counts, 6, 5, 8);
  EXPECT_EQ(counts.total(), (Users{{1, 10}, {4, 15}, {6, 15}, {9, 30}}));
}

TEST(UserCounts, WiderSlotsKeepTheMostOfEach) {
  UserCounts counts;
  say(counts, 2, 10, 7);
  say(counts, 3, 20, 7);
  say(counts, 3, 5, 8);
  counts.double_slots();
  EXPECT_EQ(counts.total(), (Users{{1, 25}}));
}

TEST(UserCounts, NamesThatAreMadeUpTakeNoMoreThanAThousandPlaces) {
  UserCounts counts;
  for (std::uint64_t generator = 1; generator < 5000; ++generator) say(counts, 1, 1, generator);
  EXPECT_LE(counts.total().at(1), 1001U);
}

}  // namespace
}  // namespace omniwriter
