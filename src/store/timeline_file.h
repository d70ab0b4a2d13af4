#pragma once
/// The closed part of a run's timeline, outside of the memory.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "omniwriter/run.h"
#include "omniwriter/timeline.h"

namespace omniwriter {

/// A block whose bytes are those of the run codec. Thread-safe.
class EncodedBlock : public TimelineBlock {
 public:
  /// `outcomes`: how many the run has.
  EncodedBlock(std::uint64_t id, SlotRange slots, std::size_t outcomes)
      : TimelineBlock(slots.first, slots.end - 1), id_(id), outcomes_(outcomes) {}

  /// See id_of_timeline_block().
  [[nodiscard]] std::uint64_t id() const { return id_; }
  /// Throws std::runtime_error where they can no longer be read.
  [[nodiscard]] virtual std::string bytes() const = 0;
  [[nodiscard]] std::unique_ptr<Reader> read() const final;

 private:
  std::uint64_t id_;
  std::size_t outcomes_;
};

/// Encodes time slots and keeps the bytes: the first of them in memory, so that a short run touches no disk, the others
/// in a file without a name, which is gone with the last block. Not thread-safe; its blocks are.
class TimelineFile final : public TimelineKeeper {
 public:
  /// `folder`: where the file is to lie, once there is one.
  explicit TimelineFile(std::filesystem::path folder, std::size_t memory_bytes = kMemoryBytes);
  ~TimelineFile() override;

  [[nodiscard]] std::shared_ptr<const TimelineBlock> keep(const std::map<std::int64_t, Tally>& slots) override;
  /// Keeps a block that is encoded, of these slots; in memory, where the disk takes nothing.
  [[nodiscard]] std::shared_ptr<const TimelineBlock> keep_encoded(std::string bytes, SlotRange slots,
                                                                  std::size_t outcomes);
  [[nodiscard]] std::uint64_t bytes() const override;
  [[nodiscard]] std::unique_ptr<TimelineKeeper> make_another() const override;

 private:
  static constexpr std::size_t kMemoryBytes = std::size_t{2} << 20;

  class File;
  [[nodiscard]] std::shared_ptr<const TimelineBlock> put(const std::string& bytes, SlotRange slots,
                                                         std::size_t outcomes);

  std::filesystem::path folder_;
  std::size_t memory_bytes_;
  std::uint64_t bytes_ = 0;
  std::shared_ptr<File> file_;  // null until there is need of one
};

}  // namespace omniwriter
