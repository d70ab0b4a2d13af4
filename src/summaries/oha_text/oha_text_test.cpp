#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(OhaText, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("oha-text", "corpus.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 3000U);
  EXPECT_EQ(run.errors(total), 295U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.0058363);
  EXPECT_DOUBLE_EQ(total.minimum().value(), 0.0002012);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.057214);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.0162353);
  EXPECT_DOUBLE_EQ(total.quantile(0.999).value(), 0.0309956);
  EXPECT_DOUBLE_EQ(run.throughput_rps(3000), 1700.9687);
  EXPECT_DOUBLE_EQ(run.duration_seconds(), 1.7637009);
}

TEST(OhaText, WhatGotNoAnswer) {
  const auto run = test::run_of_seed("oha-text", "slow.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 95U);  // five more were cut off by the end
  EXPECT_EQ(run.by_error_type(total), (decltype(run.by_error_type(total)){{"timeout", 72}}));
  EXPECT_DOUBLE_EQ(total.quantile(0.5).value(), 0.0401242);
}

TEST(OhaText, AnUnansweredTestHasNoTimes) {
  const auto run = test::run_of_seed("oha-text", "refused.txt");
  EXPECT_EQ(run.total().samples(), 50U);
  EXPECT_EQ(run.errors(run.total()), 50U);
  EXPECT_EQ(run.total().mean(), std::nullopt);
  EXPECT_EQ(run.total().quantile(0.5), std::nullopt);
}

TEST(OhaText, OnlyTheTimesOfAllAnswersCount) {
  const auto run = test::run_of_seed("oha-text", "breakdown.txt");
  EXPECT_DOUBLE_EQ(run.total().quantile(0.5).value(), 0.0440141);
}

}  // namespace
}  // namespace omniwriter
