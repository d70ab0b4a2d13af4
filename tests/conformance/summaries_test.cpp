// What every reader of summaries has to keep to, whatever the bytes.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "pipeline/input.h"
#include "pipeline/summary_format.h"
#include "support/input_driver.h"
#include "support/summary_driver.h"

namespace omniwriter {
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
