#include "spool/queue.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/faulty_disk.h"

namespace omniwriter {
namespace {

using testing::FaultyDisk;
using testing::PowerCut;
using Operation = FaultyDisk::Operation;

const std::filesystem::path kFolder = "/spool/queue";
constexpr std::uint32_t kSalt = 77;

SpoolRecord record_of(std::uint64_t number) {
  // Of different lengths, an empty one among them, and with what could be taken for the begin of a record.
  return {fmt::format("{0}oSPL{0}", number).substr(0, number * 7 % 23), number * 3, static_cast<std::uint32_t>(number)};
}

bool operator==(const SpoolRecord& a, const SpoolRecord& b) {
  return a.bytes == b.bytes && a.weight == b.weight && a.flags == b.flags;
}

std::unique_ptr<SpoolQueue> open_queue(FaultyDisk& disk, std::uint64_t segment_bytes = 300) {
  auto queue = SpoolQueue::open(disk, kFolder, {.segment_bytes = segment_bytes, .salt = kSalt});
  EXPECT_TRUE(queue) << queue.error().message;
  return queue ? *std::move(queue) : nullptr;
}

void append_and_commit(SpoolQueue& queue, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    queue.append(record_of(queue.next_number()));
    if (i % 3 == 2 || i + 1 == count) {
      ASSERT_TRUE(queue.commit());
    }
  }
}

struct Content {
  std::map<std::uint64_t, SpoolRecord> records;
  std::set<std::uint64_t> lost;
};

Content read_all(const SpoolQueue& queue) {
  Content content;
  auto reading = queue.read();
  while (true) {
    auto next = reading.next();
    if (!next) {
      ADD_FAILURE() << next.error().message;
      return content;
    }
    if (!*next) return content;
    if (const auto* lost = std::get_if<SpoolQueue::Lost>(&**next)) {
      EXPECT_LT(lost->first, lost->end);
      for (std::uint64_t i = lost->first; i < lost->end; ++i) content.lost.insert(i);
    } else {
      auto& read = std::get<SpoolQueue::Read>(**next);
      EXPECT_TRUE(content.records.emplace(read.number, std::move(read.record)).second) << read.number;
    }
  }
}

void expect_records(const Content& content, std::uint64_t first, std::uint64_t end) {
  EXPECT_TRUE(content.lost.empty());
  EXPECT_EQ(content.records.size(), end - first);
  for (const auto& [number, record] : content.records) {
    EXPECT_TRUE(number >= first && number < end && record == record_of(number)) << number;
  }
}

TEST(SpoolQueue, KeepsRecordsInOrderAcrossSegmentsAndRestarts) {
  FaultyDisk disk;
  {
    const auto queue = open_queue(disk);
    EXPECT_TRUE(disk.files().empty());  // an empty queue needs no disk
    append_and_commit(*queue, 50);
    expect_records(read_all(*queue), 0, 50);
  }
  const auto queue = open_queue(disk);
  EXPECT_EQ(queue->next_number(), 50U);
  append_and_commit(*queue, 10);
  expect_records(read_all(*queue), 0, 60);
  EXPECT_GT(disk.files().size(), 3U);
}

TEST(SpoolQueue, WhatIsNotCommittedIsNotRead) {
  FaultyDisk disk;
  const auto queue = open_queue(disk);
  append_and_commit(*queue, 2);
  queue->append(record_of(2));
  EXPECT_GT(queue->uncommitted_bytes(), 0U);
  expect_records(read_all(*queue), 0, 2);
  ASSERT_TRUE(queue->commit());
  EXPECT_EQ(queue->uncommitted_bytes(), 0U);
  expect_records(read_all(*queue), 0, 3);
}

TEST(SpoolQueue, GoesOnBehindWhatIsAcknowledgedAndDeletesItsSegments) {
  FaultyDisk disk;
  {
    const auto queue = open_queue(disk);
    append_and_commit(*queue, 50);
    const std::uint64_t before = queue->bytes();
    ASSERT_TRUE(queue->acknowledge(40, "so far"));
    EXPECT_LT(queue->bytes(), before / 2);
    expect_records(read_all(*queue), 40, 50);
  }
  const auto queue = open_queue(disk);
  EXPECT_EQ(queue->acknowledged(), 40U);
  EXPECT_EQ(queue->state(), "so far");
  expect_records(read_all(*queue), 40, 50);
  ASSERT_TRUE(queue->acknowledge(50, "all"));
  expect_records(read_all(*queue), 50, 50);
  ASSERT_TRUE(queue->clear());
  EXPECT_TRUE(disk.files().empty());
  append_and_commit(*queue, 5);
  expect_records(read_all(*queue), 0, 5);
}

TEST(SpoolQueue, AFlippedBitCostsOneRecordAtMost) {
  FaultyDisk whole;
  append_and_commit(*open_queue(whole), 12);
  for (const auto& path : whole.files()) {
    const std::size_t bytes = whole.content(path).size();
    for (std::size_t bit = 0; bit < bytes * 8; ++bit) {
      FaultyDisk disk;
      append_and_commit(*open_queue(disk), 12);
      char& spoiled = disk.content(path)[bit / 8];
      spoiled = static_cast<char>(spoiled ^ (1 << bit % 8));
      const auto queue = open_queue(disk);
      const Content content = read_all(*queue);
      EXPECT_LE(content.lost.size(), 1U);
      // The very last record may look as if it had never been committed.
      EXPECT_EQ(content.records.size() + content.lost.size(), queue->next_number());
      EXPECT_GE(content.records.size(), 11U) << path << " bit " << bit;
      for (const auto& [number, record] : content.records) EXPECT_TRUE(record == record_of(number)) << number;
    }
  }
}

TEST(SpoolQueue, ACutAnywhereLeavesAllRecordsBeforeIt) {
  FaultyDisk whole;
  append_and_commit(*open_queue(whole, 10'000), 12);
  ASSERT_EQ(whole.files().size(), 1U);
  const auto path = whole.files().front();
  std::size_t least = 0;
  for (std::size_t bytes = 0; bytes <= whole.content(path).size(); ++bytes) {
    FaultyDisk disk;
    append_and_commit(*open_queue(disk, 10'000), 12);
    disk.content(path).resize(bytes);
    const auto queue = open_queue(disk, 10'000);
    const std::size_t count = read_all(*queue).records.size();
    EXPECT_GE(count, least);
    expect_records(read_all(*queue), 0, count);
    least = count;
    append_and_commit(*queue, 1);  // and goes on from there
    expect_records(read_all(*queue), 0, count + 1);
  }
  EXPECT_EQ(least, 12U);
}

TEST(SpoolQueue, ARecordWithinAPayloadIsNoRecord) {
  FaultyDisk disk;
  const auto queue = open_queue(disk, 10'000);
  std::string forged;
  append_record(forged, {"forged", 1, 0}, 1, kSalt + 1);  // whoever forges does not know the salt
  queue->append({forged, 0, 0});
  queue->append(record_of(1));
  ASSERT_TRUE(queue->commit());
  disk.content(disk.files().front())[0] ^= 1;
  const Content content = read_all(*open_queue(disk, 10'000));
  EXPECT_THAT(content.lost, ::testing::ElementsAre(0U));
  ASSERT_EQ(content.records.size(), 1U);
  EXPECT_TRUE(content.records.at(1) == record_of(1));
}

/// What a user of the queue does, with what it was promised.
struct Script {
  std::uint64_t committed = 0;
  std::uint64_t acknowledged = 0;

  void run(SpoolQueue& queue) {
    for (int round = 0; round < 12; ++round) {
      for (int i = 0; i < 4; ++i) queue.append(record_of(queue.next_number()));
      while (!queue.commit()) {
      }
      committed = queue.next_number();
      const std::uint64_t next = std::max(acknowledged, committed - 3);
      std::ignore = queue.acknowledge(next, fmt::format("{}", next));
      acknowledged = next;
    }
  }
};

TEST(SpoolQueue, LosesNothingCommittedWhenThePowerGoes) {
  FaultyDisk undisturbed;
  Script().run(*open_queue(undisturbed));
  const std::uint64_t operations = undisturbed.operations();
  std::mt19937_64 random(20'261'124);
  for (int point = 0; point < 500; ++point) {
    FaultyDisk disk;
    Script script;
    const std::uint64_t cut = random() % operations;
    disk.before = [&](Operation, std::uint64_t number) -> Result<void> {
      if (number == cut) throw PowerCut();
      return {};
    };
    try {
      script.run(*open_queue(disk));
    } catch (const PowerCut&) {
      disk.lose_power(random);
    }
    const auto queue = open_queue(disk);
    ASSERT_NE(queue, nullptr);
    EXPECT_LE(queue->acknowledged(), script.acknowledged + 4);
    EXPECT_TRUE(queue->state().empty() || queue->state() == fmt::format("{}", queue->acknowledged()));
    const Content content = read_all(*queue);
    for (std::uint64_t i = queue->acknowledged(); i < script.committed; ++i) {
      const auto found = content.records.find(i);
      ASSERT_TRUE(found != content.records.end()) << "record " << i << ", cut at " << cut;
      EXPECT_TRUE(found->second == record_of(i)) << i;
    }
    // And it goes on.
    const std::uint64_t end = queue->next_number();
    append_and_commit(*queue, 3);
    EXPECT_EQ(queue->next_number(), end + 3);
    EXPECT_TRUE(read_all(*queue).lost.empty());
  }
}

TEST(SpoolQueue, LosesNothingWhenTheDiskIsFullOrFails) {
  FaultyDisk undisturbed;
  Script().run(*open_queue(undisturbed));
  const std::uint64_t operations = undisturbed.operations();
  for (const std::uint64_t times : {1U, 2U, 5U}) {
    for (std::uint64_t at = 0; at < operations; ++at) {
      FaultyDisk disk;
      Script script;
      const auto queue = open_queue(disk);
      disk.before = [&](Operation, std::uint64_t number) -> Result<void> {
        if (number < at || number >= at + times) return {};
        return fail(ErrorCode::io, "No space left on device", true);
      };
      script.run(*queue);
      disk.before = [](Operation, std::uint64_t) { return Result<void>(); };
      const Content content = read_all(*queue);
      expect_records(content, script.acknowledged, script.committed);
      // The same after a restart.
      const auto again = open_queue(disk);
      EXPECT_EQ(again->next_number(), script.committed);
      const Content later = read_all(*again);
      EXPECT_TRUE(later.lost.empty());
      for (std::uint64_t i = script.acknowledged; i < script.committed; ++i) {
        EXPECT_TRUE(later.records.at(i) == record_of(i)) << i << " failed at " << at;
      }
    }
  }
}

TEST(SpoolQueue, ADiskThatCannotBeReadIsAnErrorAndNoLoss) {
  FaultyDisk disk;
  const auto queue = open_queue(disk);
  append_and_commit(*queue, 5);
  disk.before = [](Operation operation, std::uint64_t) -> Result<void> {
    if (operation == Operation::read) return fail(ErrorCode::io, "Input/output error", true);
    return {};
  };
  const auto next = queue->read().next();
  ASSERT_FALSE(next);
  EXPECT_TRUE(next.error().retryable);
  disk.before = [](Operation, std::uint64_t) { return Result<void>(); };
  expect_records(read_all(*queue), 0, 5);
}

}  // namespace
}  // namespace omniwriter
