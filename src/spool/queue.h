#pragma once
/// A durable queue of records: one folder of the disk.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "omniwriter/error.h"
#include "spool/disk.h"
#include "spool/record.h"

namespace omniwriter {

/// Records are numbered from 0. They are appended and, once committed, survive a kill and a loss of power; they are
/// read in order from the first that is not acknowledged. Segments are files of up to `segment_bytes`, named after
/// their first record; those that are acknowledged whole are deleted.
///
/// A record that is damaged on the disk is told as lost, by its number, and costs no other. A torn tail is what was
/// never committed, and forgotten. Memory: what is appended and not committed, and a megabyte for each reading.
/// One object at a time for a folder, for one thread.
class SpoolQueue {
 public:
  struct Options {
    std::uint64_t segment_bytes = 0;
    /// Makes what is in records unable to look like a record. Random.
    std::uint32_t salt = 0;
  };

  /// Opens what is there, or an empty queue. Nothing is created before the first commit.
  [[nodiscard]] static Result<std::unique_ptr<SpoolQueue>> open(Disk& disk, std::filesystem::path folder,
                                                                Options options);
  ~SpoolQueue();

  /// Adds a record, in memory until commit(). Gives its number.
  std::uint64_t append(const SpoolRecord& record);
  [[nodiscard]] std::size_t uncommitted_bytes() const { return uncommitted_.size(); }
  /// Brings what was appended to the disk. Where that fails, all of it stays in memory, and commit() may be called
  /// again: it then goes to another file, for nothing is known of one that could not be flushed.
  [[nodiscard]] Result<void> commit();

  /// The number that the next record gets.
  [[nodiscard]] std::uint64_t next_number() const { return next_number_; }
  /// Bytes on the disk, of acknowledged records in segments with others too.
  [[nodiscard]] std::uint64_t bytes() const;

  /// Records [first, end) can no longer be read.
  struct Lost {
    std::uint64_t first;
    std::uint64_t end;
  };
  struct Read {
    std::uint64_t number;
    SpoolRecord record;
  };
  class Reading;
  /// Begins to read what is committed, from the first record that is not acknowledged. Any number of these may be at
  /// it, on threads of their own while the queue itself does nothing; appending and acknowledging goes on only on the
  /// thread of the queue. Not to be used once the queue is gone.
  [[nodiscard]] Reading read() const;

  /// Records before `number` are done with. Keeps `state` beside that, up to kMaxState bytes, whatever the caller wants
  /// to know again after a restart. Survives a kill; a loss of power may bring back an earlier pair of the two.
  [[nodiscard]] Result<void> acknowledge(std::uint64_t number, std::string_view state);
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] const std::string& state() const { return state_; }
  static constexpr std::size_t kMaxState = 16'000;
  /// The number behind the oldest segment: to acknowledge that much gives space back. Where there is only one segment,
  /// acknowledged().
  [[nodiscard]] std::uint64_t end_of_oldest_segment() const {
    return segments_.size() > 1 ? segments_[1].first : acknowledged_;
  }

  /// Deletes all there is. The queue is empty then, and may be used again.
  [[nodiscard]] Result<void> clear();

 private:
  struct Segment {
    std::uint64_t first = 0;  // number of its first record
    std::uint32_t salt = 0;
    std::uint64_t bytes = 0;  // committed
    [[nodiscard]] std::string name() const;
  };
  class SegmentReader;

  SpoolQueue(Disk& disk, std::filesystem::path folder, Options options);
  [[nodiscard]] Result<void> recover();
  [[nodiscard]] Result<void> read_cursor();
  [[nodiscard]] Result<void> begin_segment();
  [[nodiscard]] Result<void> drop_acknowledged_segments();

  Disk& disk_;
  std::filesystem::path folder_;
  Options options_;
  std::deque<Segment> segments_;
  std::unique_ptr<DiskFile> writing_;  // the last segment; null where the next commit begins one
  std::unique_ptr<DiskFile> cursor_;   // null until it is needed
  std::uint64_t cursor_generation_ = 0;
  std::uint64_t durable_slot_ = 0;  // where in the cursor what was flushed last lies
  std::string uncommitted_;
  std::uint64_t first_uncommitted_ = 0;
  std::uint64_t next_number_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::string state_;
};

/// For one thread.
class SpoolQueue::Reading {
 public:
  explicit Reading(const SpoolQueue& queue);
  ~Reading();
  Reading(Reading&&) noexcept;
  Reading& operator=(Reading&&) noexcept;

  /// The next committed record, or what is lost before it; nothing at the end.
  [[nodiscard]] Result<std::optional<std::variant<Read, Lost>>> next();

 private:
  const SpoolQueue* queue_;
  std::unique_ptr<SegmentReader> segment_;
  std::uint64_t next_ = 0;
};

}  // namespace omniwriter
