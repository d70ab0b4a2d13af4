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
/// never committed, and forgotten. Memory: what is appended and not committed, and two buffers of a megabyte.
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
  /// The next committed record, or what is lost before it; nothing at the end.
  [[nodiscard]] Result<std::optional<std::variant<Read, Lost>>> next();
  /// Reads again from the first record that is not acknowledged.
  void rewind();

  /// Records before `number` are done with. Keeps `state` beside that, up to kMaxState bytes, whatever the caller wants
  /// to know again after a restart. Survives a kill; a loss of power may bring back an earlier pair of the two.
  [[nodiscard]] Result<void> acknowledge(std::uint64_t number, std::string_view state);
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] const std::string& state() const { return state_; }
  static constexpr std::size_t kMaxState = 16'000;

  /// Deletes all there is. The queue is empty then, and may be used again.
  [[nodiscard]] Result<void> clear();

 private:
  struct Segment {
    std::uint64_t first = 0;  // number of its first record
    std::uint32_t salt = 0;
    std::uint64_t bytes = 0;  // committed
    [[nodiscard]] std::string name() const;
  };
  class Reader;

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
  std::unique_ptr<Reader> reader_;
  std::uint64_t next_to_read_ = 0;
};

}  // namespace omniwriter
