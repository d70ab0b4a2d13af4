#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(H2loadText, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("h2load-text", "h1.txt");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 3000U);
  EXPECT_EQ(run.errors(total), 286U);
  EXPECT_EQ(run.by_status(total), (decltype(run.by_status(total)){{"2xx", 2714}, {"5xx", 219}, {"4xx", 67}}));
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.01446);
  EXPECT_DOUBLE_EQ(total.minimum().value(), 0.0003);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.24308);
  EXPECT_FALSE(total.quantile(0.5));
  EXPECT_EQ(total.bytes_received, 376106U);
  EXPECT_DOUBLE_EQ(run.throughput_rps(3000), 496.69);
  EXPECT_DOUBLE_EQ(run.duration_seconds(), 6.04);
  EXPECT_EQ(run.active_users_max(), 8U);
}

TEST(H2loadText, WhatGotNoStatusGotNoAnswer) {
  const auto run = test::run_of_seed("h2load-text", "h2.txt");
  EXPECT_EQ(run.total().samples(), 4000U);
  EXPECT_EQ(run.errors(run.total()), 275U);  // 99 of them without a status
}

TEST(H2loadText, WhatWasNeverBegunIsNoSample) {
  const auto run = test::run_of_seed("h2load-text", "aborted.txt");
  EXPECT_EQ(run.total().samples(), 624U);
  EXPECT_EQ(run.errors(run.total()), 16U);  // begun, not done
  EXPECT_DOUBLE_EQ(run.duration_seconds(), 0.20092);
}

}  // namespace
}  // namespace omniwriter
