// What every reader of summaries has to keep to, whatever the bytes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "reading/input.h"
#include "reading/nearest_formats.h"
#include "reading/summary_format.h"
#include "reading/summary_parts.h"
#include "reports/report.h"
#include "support/input_driver.h"
#include "support/summary_driver.h"

namespace omniwriter {
const SummaryFormat& summary_ab_text();
const SummaryFormat& summary_wrk();

namespace {

namespace fs = std::filesystem;

const fs::path kSeeds = fs::path(OMNIWRITER_SOURCE_DIR) / "fuzz" / "seeds";

// "k6-summary" has its seeds in fuzz/seeds/k6_summary.
std::string folder_of(std::string_view name) {
  std::string folder(name);
  std::replace(folder.begin(), folder.end(), '-', '_');
  return folder;
}

struct Seed {
  fs::path path;
  std::string content;
  bool genuine;  // others were found by a fuzzer, and may be anything
};

std::vector<Seed> seeds_of(std::string_view format) {
  std::vector<Seed> seeds;
  for (const auto& entry : fs::directory_iterator(kSeeds / folder_of(format))) {
    std::ifstream file(entry.path(), std::ios::binary);
    seeds.push_back({entry.path(),
                     {std::istreambuf_iterator<char>(file), {}},
                     !entry.path().filename().string().starts_with("found-")});
  }
  return seeds;
}

class Summaries : public testing::TestWithParam<const SummaryFormat*> {};

TEST_P(Summaries, RecognisesItsSeedsAndNoOtherDoes) {
  const auto seeds = seeds_of(GetParam()->name());
  ASSERT_FALSE(seeds.empty());
  for (const Seed& seed : seeds) {
    if (!seed.genuine) continue;
    const auto summary = GetParam()->read(seed.content, {});
    ASSERT_TRUE(summary) << seed.path << ": " << summary.error().message;
    const auto run = run_of(*summary, 1000);
    ASSERT_TRUE(run) << seed.path << ": " << run.error().message;
    EXPECT_GT(run->total().samples(), 0U) << seed.path;
    for (const InputFormat* format : input_formats()) {
      EXPECT_FALSE(format->recognises(seed.content)) << seed.path << " as " << format->name();
    }
    for (const SummaryFormat* format : summary_formats()) {
      EXPECT_EQ(format->recognises(seed.content), format == GetParam()) << seed.path << " as " << format->name();
    }
  }
}

// People append what a tool prints to one file.
TEST_P(Summaries, TypicalNamesStandInItsFiles) {
  std::string contents;
  for (const Seed& seed : seeds_of(GetParam()->name())) contents += plain_name(seed.content);
  for (const std::string_view name : GetParam()->typical_names()) {
    EXPECT_NE(contents.find(plain_name(name)), std::string::npos) << name;
  }
}

TEST_P(Summaries, NeverMixesSummariesThatLieInOneFile) {
  const auto report_of = [](const SummaryFormat& format, std::string_view text) {
    const auto summary = format.read(text, {});
    if (!summary) return summary.error().message;
    const auto run = run_of(*summary, 1000);
    return run ? json_report({*run, {}}) : run.error().message;
  };
  for (const Seed& seed : seeds_of(GetParam()->name())) {
    if (!seed.genuine) continue;
    const auto alone = choose_summary(seed.content, *GetParam(), 0);
    ASSERT_TRUE(alone) << seed.path << " " << alone.error().message;
    EXPECT_TRUE(alone->is_all);
    EXPECT_EQ(alone->text, seed.content);

    const std::string twice = seed.content + seed.content;
    const auto mixed = choose_summary(twice, *GetParam(), 0);
    ASSERT_FALSE(mixed) << seed.path;
    EXPECT_EQ(mixed.error().code, ErrorCode::usage);
    EXPECT_THAT(mixed.error().message, testing::HasSubstr("holds 2 summaries"));
    EXPECT_FALSE(choose_summary(twice, *GetParam(), 3));
    for (const std::size_t part : {1U, 2U}) {
      const auto chosen = choose_summary(twice, *GetParam(), part);
      ASSERT_TRUE(chosen) << chosen.error().message;
      EXPECT_EQ(chosen->format, GetParam());
      EXPECT_EQ(report_of(*chosen->format, chosen->text), report_of(*GetParam(), seed.content))
          << seed.path << ", part " << part;
    }
    // By several tools.
    const SummaryFormat& other = GetParam()->name() == "wrk" ? summary_ab_text() : summary_wrk();
    const std::string of_two = seeds_of(other.name()).front().content + "\n" + seed.content;
    EXPECT_FALSE(choose_summary(of_two, other, 0)) << seed.path;
    const auto second = choose_summary(of_two, other, 2);
    ASSERT_TRUE(second) << seed.path << " " << second.error().message;
    EXPECT_EQ(second->format, GetParam());
  }
}

TEST_P(Summaries, KeepsToItsContractOnEverySeed) {
  for (const SummaryFormat* other : summary_formats()) {
    for (const Seed& seed : seeds_of(other->name())) {
      EXPECT_EQ(test::misbehaviour(*GetParam(), seed.content), "") << seed.path;
    }
  }
}

TEST_P(Summaries, KeepsToItsContractOnDamagedSeeds) {
  constexpr std::size_t kPositions = 400;
  for (const Seed& seed : seeds_of(GetParam()->name())) {
    const std::size_t step = seed.content.size() / kPositions + 1;
    for (std::size_t at = 0; at < seed.content.size(); at += step) {
      std::string damaged = seed.content;
      damaged[at] = "\",9\n-<0{\xFF"[at / step % 9];
      ASSERT_EQ(test::misbehaviour(*GetParam(), damaged), "") << seed.path << ", byte " << at;
      ASSERT_EQ(test::misbehaviour(*GetParam(), seed.content.substr(0, at)), "") << seed.path << ", cut at " << at;
    }
  }
}

TEST_P(Summaries, ReadsNothingFromNothing) {
  for (const std::string content : {"", "\n", "\xEF\xBB\xBF", "{}", "[]"}) {
    EXPECT_FALSE(GetParam()->recognises(content));
    EXPECT_EQ(test::misbehaviour(*GetParam(), content), "");
  }
}

INSTANTIATE_TEST_SUITE_P(All, Summaries, testing::ValuesIn(summary_formats()),
                         [](const auto& tested) { return folder_of(tested.param->name()); });

}  // namespace
}  // namespace omniwriter
