#include "delivery/sample_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <thread>

#include "support/faulty_disk.h"

namespace omniwriter {
namespace {

using testing::FaultyDisk;
using ::testing::HasSubstr;

constexpr std::int64_t kStart = 1'795'447'776'000'000'000;

/// `count` requests, the first of them number `first` of the test, with a transaction after each tenth.
SampleBatch batch_of(std::uint64_t first, std::uint64_t count, std::uint32_t repeat = 1) {
  SampleBatch batch;
  for (std::uint64_t i = first; i < first + count; ++i) {
    Sample sample;
    sample.start_ns = kStart + static_cast<std::int64_t>(i) * 1'000'000;
    sample.duration_ns = static_cast<std::int64_t>(i) * 1'000;
    sample.bytes_received = i;
    sample.endpoint = batch.endpoint(fmt::format("/orders/{}", i));
    sample.outcome = i % 7 == 0 ? batch.outcome("500", "http_500") : batch.outcome("200", "");
    sample.repeat = repeat;
    batch.samples.push_back(sample);
    if (i % 10 == 0) {
      sample.kind = SampleKind::transaction;
      batch.samples.push_back(sample);
    }
  }
  return batch;
}

class SampleLogTest : public ::testing::Test {
 protected:
  static constexpr auto kRun = "run-1";

  std::unique_ptr<SampleLog> begin() { return SampleLog::begin(spool_, options_).value(); }
  std::unique_ptr<SampleLog> open() { return SampleLog::open(spool_, kRun, options_).value(); }

  /// Numbers of what is kept; each sample is as it was added.
  static std::vector<std::uint64_t> numbers_of(const SampleLog& log) {
    std::vector<std::uint64_t> numbers;
    log.for_each([&](const KeptSample& sample) {
      const auto number = static_cast<std::int64_t>(sample.number);
      EXPECT_EQ(sample.start_ns, kStart + number * 1'000'000);
      EXPECT_EQ(sample.duration_ns, number * 1'000);
      EXPECT_EQ(sample.bytes_received, sample.number);
      EXPECT_EQ(sample.request, fmt::format("/orders/{}", number));
      EXPECT_EQ(sample.endpoint, "/orders/{id}");
      EXPECT_EQ(sample.outcome->error_type, number % 7 == 0 ? "http_500" : "");
      numbers.push_back(sample.number);
    });
    return numbers;
  }
  static void expect_all(const SampleLog& log, std::uint64_t end, std::uint64_t first = 0) {
    const auto numbers = numbers_of(log);
    ASSERT_EQ(numbers.size(), end - first);
    for (std::uint64_t i = first; i < end; ++i) EXPECT_EQ(numbers[i - first], i);
  }

  FaultyDisk disk_;
  Spool spool_{disk_, "/spool", 1 << 30, 7};
  SampleLog::Options options_{.endpoint_names = std::make_shared<EndpointNames>()};
};

TEST_F(SampleLogTest, KeepsEveryRequestAsItWas) {
  const auto log = begin();
  ASSERT_TRUE(log->add(batch_of(0, 30'000)));  // several blocks
  ASSERT_TRUE(log->add(batch_of(30'000, 11)));
  ASSERT_TRUE(log->give_to(kRun));
  expect_all(*log, 30'011);
  expect_all(*log, 30'011);  // as often as one likes
}

TEST_F(SampleLogTest, AnotherProcessFindsThem) {
  {
    const auto log = begin();
    ASSERT_TRUE(log->add(batch_of(0, 100)));
    ASSERT_TRUE(log->give_to(kRun));
    EXPECT_FALSE(SampleLog::open(spool_, kRun, options_));  // one at a time
  }
  const auto log = open();
  expect_all(*log, 100);
  ASSERT_TRUE(log->remove());
  EXPECT_FALSE(spool_.has(kRun, kSampleLogPlace));
}

TEST_F(SampleLogTest, SurvivesALossOfPowerOnceCommitted) {
  std::mt19937_64 random(3);
  for (int cut = 0; cut < 20; ++cut) {
    disk_.clear();
    {
      const auto log = begin();
      ASSERT_TRUE(log->give_to(kRun));
      ASSERT_TRUE(log->add(batch_of(0, 50)));
      ASSERT_TRUE(log->commit());
      ASSERT_TRUE(log->add(batch_of(50, 50)));
    }
    disk_.lose_power(random);
    expect_all(*open(), 50);
  }
}

TEST_F(SampleLogTest, OneThatWasGivenToNoRunIsGone) {
  {
    const auto log = begin();
    ASSERT_TRUE(log->add(batch_of(0, 50)));
    ASSERT_TRUE(log->commit());
    const auto other = begin();  // of another process
    ASSERT_TRUE(other->add(batch_of(0, 3)));
    ASSERT_TRUE(other->give_to(kRun));
  }
  EXPECT_TRUE(std::ranges::all_of(disk_.files(),
                                  [](const auto& file) { return file.string().starts_with("/spool/run-1@samples/"); }));
}

TEST_F(SampleLogTest, ReplacesTheLogOfTheSameRun) {
  for (const std::uint64_t count : {100U, 30U}) {
    const auto log = begin();
    ASSERT_TRUE(log->add(batch_of(0, count)));
    ASSERT_TRUE(log->give_to(kRun));
  }
  expect_all(*open(), 30);
}

TEST_F(SampleLogTest, WhatIsReadAgainIsNotAddedTwice) {
  {
    const auto log = begin();
    ASSERT_TRUE(log->add(batch_of(0, 100)));
    ASSERT_TRUE(log->give_to(kRun));
  }
  const auto log = open();
  ASSERT_TRUE(log->go_on_behind(40, false));
  ASSERT_TRUE(log->add(batch_of(40, 30)));
  ASSERT_TRUE(log->add(batch_of(70, 80)));
  ASSERT_TRUE(log->commit());
  expect_all(*log, 150);
}

TEST_F(SampleLogTest, WhatIsForgottenCountsNoMore) {
  {
    const auto log = begin();
    for (std::uint64_t first = 0; first < 100; first += 10) {
      ASSERT_TRUE(log->add(batch_of(first, 10)));
      ASSERT_TRUE(log->commit());  // a block each
    }
    ASSERT_TRUE(log->give_to(kRun));
  }
  {
    const auto log = open();
    ASSERT_TRUE(log->go_on_behind(45, true));
    expect_all(*log, 45);
    ASSERT_TRUE(log->add(batch_of(45, 20)));
    ASSERT_TRUE(log->commit());
    expect_all(*log, 65);
  }
  const auto log = open();
  expect_all(*log, 65);
  ASSERT_TRUE(log->go_on_behind(65, false));
  ASSERT_TRUE(log->add(batch_of(65, 1)));
  ASSERT_TRUE(log->commit());
  expect_all(*log, 66);
}

TEST_F(SampleLogTest, ARowThatStandsForManyCountsForAsMany) {
  const auto log = begin();
  ASSERT_TRUE(log->add(batch_of(0, 2, 5)));
  ASSERT_TRUE(log->give_to(kRun));
  std::vector<std::uint64_t> numbers;
  log->for_each([&](const KeptSample& sample) {
    EXPECT_EQ(sample.repeat, 5U);
    numbers.push_back(sample.number);
  });
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{0, 5}));
}

TEST_F(SampleLogTest, WithoutRoomItIsAnErrorThatSaysWhatToDo) {
  const Spool small(disk_, "/small", 20'000, 7);
  const auto log = SampleLog::begin(small, options_).value();
  ASSERT_TRUE(log->add(batch_of(0, 10'000)));
  const auto committed = log->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, ErrorCode::usage);
  EXPECT_THAT(committed.error().message, HasSubstr("limits.drop_samples"));
}

TEST_F(SampleLogTest, DropsTheOldestWhereThatIsAskedFor) {
  const Spool small(disk_, "/small", 40'000, 7);
  options_.drop_oldest = true;
  auto log = SampleLog::begin(small, options_).value();
  for (std::uint64_t first = 0; first < 10'000; first += 100) {
    ASSERT_TRUE(log->add(batch_of(first, 100)));
    ASSERT_TRUE(log->commit());
  }
  ASSERT_TRUE(log->give_to(kRun));
  const auto numbers = numbers_of(*log);
  ASSERT_FALSE(numbers.empty());
  EXPECT_GT(numbers.front(), 0U);
  EXPECT_EQ(numbers.back(), 9'999U);
  expect_all(*log, 10'000, numbers.front());
  EXPECT_THAT(log->why_missing(), HasSubstr("dropped"));
  log.reset();
  expect_all(*SampleLog::open(small, kRun, options_).value(), 10'000, numbers.front());
}

TEST_F(SampleLogTest, ADamagedBlockCostsNoOther) {
  {
    const auto log = begin();
    for (std::uint64_t first = 0; first < 100; first += 10) {
      ASSERT_TRUE(log->add(batch_of(first, 10)));
      ASSERT_TRUE(log->commit());
    }
    ASSERT_TRUE(log->give_to(kRun));
  }
  for (const auto& file : disk_.files()) {
    if (file.extension() != ".segment") continue;
    std::string& content = disk_.content(file);
    content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
  }
  const auto log = open();
  const auto numbers = numbers_of(*log);
  EXPECT_EQ(numbers.size(), 90U);
  EXPECT_THAT(log->why_missing(), HasSubstr("cannot be read"));
}

TEST_F(SampleLogTest, SeveralReadItAtOnce) {
  const auto log = begin();
  ASSERT_TRUE(log->add(batch_of(0, 40'000)));
  ASSERT_TRUE(log->give_to(kRun));
  std::vector<std::jthread> readers;
  std::array<std::uint64_t, 4> seen{};
  for (auto& count : seen) {
    readers.emplace_back([&] { log->for_each([&](const KeptSample& sample) { count += sample.repeat; }); });
  }
  readers.clear();
  EXPECT_THAT(seen, ::testing::Each(40'000U));
}

}  // namespace
}  // namespace omniwriter
