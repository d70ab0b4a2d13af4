#include "delivery/sent_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omniwriter {
namespace {

using ::testing::HasSubstr;

TEST(SentSamples, KnowsWhatWasTold) {
  SentSamples told;
  EXPECT_FALSE(told.has({10, "run-1", 1}));
  told.add({10, "run-1", 1});
  told.add({20, "run-1", 1});
  EXPECT_TRUE(told.has({10, "run-1", 1}));
  EXPECT_TRUE(told.has({20, "run-1", 1}));
  EXPECT_TRUE(told.has({10, "run-1", 2})) << "of a time that is over";
  EXPECT_FALSE(told.has({20, "run-1", 2})) << "more of the newest moment";
  EXPECT_FALSE(told.has({30, "run-1", 1}));
  EXPECT_FALSE(told.has({10, "run-2", 1}));
}

TEST(SentSamples, BeginsAnewWithEachRun) {
  SentSamples told;
  told.add({20, "run-1", 1});
  told.add({10, "run-2", 1});
  EXPECT_TRUE(told.has({10, "run-2", 1}));
  EXPECT_FALSE(told.has({20, "run-2", 1}));
  EXPECT_FALSE(told.has({20, "run-1", 1}));
}

TEST(SentSamples, WhatWasRefusedIsNotTold) {
  SentSamples told;
  told.refuse({10, "run-1", 1});
  EXPECT_FALSE(told.has({10, "run-1", 1}));
  told.add({20, "run-1", 2});
  EXPECT_FALSE(told.has({10, "run-1", 1}));
  EXPECT_TRUE(told.has({10, "run-1", 2}));
}

TEST(SentSamples, WordsOfServers) {
  for (const char* words : {"HTTP 400: out of order sample", "duplicate sample for timestamp",
                            "the sample has been rejected (err-mimir-sample-out-of-order)"}) {
    EXPECT_TRUE(says_newer_is_there(words)) << words;
    EXPECT_FALSE(says_time_is_refused(words)) << words;
  }
  for (const char* words : {"out of bounds", "too old sample", "err-mimir-sample-timestamp-too-old",
                            "timestamp is too far in the future"}) {
    EXPECT_TRUE(says_time_is_refused(words)) << words;
    EXPECT_FALSE(says_newer_is_there(words)) << words;
  }
  EXPECT_THAT(remedies_of_late_run("6h"), HasSubstr("to at least 6h"));
  EXPECT_THAT(remedies_of_late_run(""), HasSubstr("the age of the run"));
}

}  // namespace
}  // namespace omniwriter
