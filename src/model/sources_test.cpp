#include "model/sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace omniwriter {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

void say(SourceCounts& sources, std::int64_t second, std::uint32_t users, std::string_view generator = {}) {
  SampleBatch batch;
  const std::uint64_t hash = generator.empty() ? 0 : StringTable::hash(generator);
  batch.name_generator(hash, generator);
  sources.add({.time_ns = second * kSecond, .users = users, .generator = hash}, batch);
}

TEST(SourceCounts, AFileThatNamesNoneIsASource) {
  SourceCounts sources;
  sources.begin_file("b.json");
  sources.add_requests(3, 10 * kSecond, 20 * kSecond);
  say(sources, 12, 5);
  sources.begin_file("a.json");
  sources.add_requests(1, 5 * kSecond, 30 * kSecond);
  sources.begin_file("b.json");  // goes on with it
  sources.add_requests(2, 15 * kSecond, 25 * kSecond);
  say(sources, 20, 4);
  sources.begin_file("empty.json");
  EXPECT_EQ(sources.list(), (std::vector<Source>{{"a.json", 1, 5 * kSecond, 30 * kSecond, 0},
                                                 {"b.json", 5, 10 * kSecond, 25 * kSecond, 5}}));
}

TEST(SourceCounts, AFileOfOneGeneratorIsThatOnes) {
  SourceCounts sources;
  for (const char* const file : {"1.jtl", "2.jtl"}) {
    sources.begin_file(file);
    sources.add_requests(10, 0, 60 * kSecond);
    say(sources, 1, 20, "host");
  }
  EXPECT_EQ(sources.list(), (std::vector<Source>{{"host", 20, 0, 60 * kSecond, 20}}));
}

TEST(SourceCounts, OfSeveralGeneratorsInAFileNobodyKnowsTheSamples) {
  SourceCounts sources;
  sources.begin_file("merged.jtl");
  sources.add_requests(10, 0, 60 * kSecond);
  say(sources, 1, 20, "b");
  say(sources, 9, 30, "b");
  say(sources, 5, 10, "a");
  sources.begin_file("a.jtl");
  sources.add_requests(10, 0, 60 * kSecond);
  say(sources, 5, 7, "a");
  EXPECT_EQ(sources.list(), (std::vector<Source>{{"a", {}, 0, 60 * kSecond, 10}, {"b", {}, kSecond, 9 * kSecond, 30}}));
}

TEST(SourceCounts, ARunThatIsAddedBringsItsOwn) {
  SourceCounts sources;
  sources.add({"f", 5, 0, kSecond, 3});
  sources.begin_file("f");
  sources.add_requests(10, kSecond, 2 * kSecond);
  EXPECT_EQ(sources.list(), (std::vector<Source>{{"f", 15, 0, 2 * kSecond, 3}}));
}

TEST(SourceCounts, IsBounded) {
  SourceCounts sources;
  for (int i = 0; i < 5000; ++i) {
    sources.begin_file(std::to_string(i));
    sources.add_requests(1, 0, kSecond);
  }
  const auto list = sources.list();
  EXPECT_EQ(list.size(), 1001U);
  const auto others = std::ranges::find(list, "__other__", &Source::name);
  ASSERT_NE(others, list.end());
  EXPECT_EQ(others->samples, 4000U);
}

std::vector<std::string> uneven(std::vector<Source> sources) {
  Run run;
  run.ended_ns = 1000 * kSecond;
  run.sources = std::move(sources);
  std::vector<std::string> told;
  for (const UnevenSource& one : uneven_sources(run)) {
    told.push_back(one.source->name + " " + std::to_string(one.late_ns / kSecond) + " " +
                   std::to_string(one.early_ns / kSecond));
  }
  return told;
}

TEST(UnevenSources, BeganLateOrEndedEarly) {
  using ::testing::ElementsAre;
  const Source whole{"whole", 1, 0, 1000 * kSecond, 0};
  EXPECT_THAT(uneven({whole, {"early", 1, 0, 900 * kSecond, 0}, {"late", 1, 100 * kSecond, 1000 * kSecond, 0}}),
              ElementsAre("early 0 100", "late 100 0"));
  EXPECT_THAT(uneven({whole, {"nearly", 1, 99 * kSecond, 901 * kSecond, 0}}), ElementsAre());
  EXPECT_THAT(uneven({whole, {"both", 1, 400 * kSecond, 500 * kSecond, 0}}), ElementsAre("both 400 500"));
}

TEST(UnevenSources, OneThatGoesOnWhereAnotherEndedIsNotLate) {
  EXPECT_TRUE(uneven({{"1", 1, 0, 400 * kSecond, 0}, {"2", 1, 400 * kSecond, 1000 * kSecond, 0}}).empty());
}

TEST(UnevenSources, InAShortRunTenSecondsCount) {
  omniwriter::Run run;
  run.ended_ns = 20 * kSecond;
  run.sources = {{"a", 1, 0, 20 * kSecond, 0}, {"b", 1, 0, 11 * kSecond, 0}};
  EXPECT_TRUE(uneven_sources(run).empty());
  run.sources[1].ended_ns = 10 * kSecond;
  EXPECT_EQ(uneven_sources(run).size(), 1U);
}

}  // namespace
}  // namespace omniwriter
