#pragma once
/// The time slots of one endpoint, in parts that need not lie in memory.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "omniwriter/tally.h"

namespace omniwriter {

/// Time slots of one series, ascending. Immutable; may be read from several threads.
class TimelineBlock {
 public:
  /// Goes through the slots, once. Throws std::runtime_error where they can no longer be read.
  class Reader {
   public:
    Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    virtual ~Reader() = default;

    /// Moves to the next slot, at first to the first one. False behind the last.
    [[nodiscard]] virtual bool next() = 0;
    [[nodiscard]] virtual std::int64_t slot() const = 0;
    /// Valid until next() is called again.
    [[nodiscard]] virtual const Tally& tally() const = 0;
  };

  TimelineBlock(std::int64_t first, std::int64_t last) : first_(first), last_(last) {}
  TimelineBlock(const TimelineBlock&) = delete;
  TimelineBlock& operator=(const TimelineBlock&) = delete;
  virtual ~TimelineBlock() = default;

  [[nodiscard]] std::int64_t first() const { return first_; }
  [[nodiscard]] std::int64_t last() const { return last_; }
  [[nodiscard]] virtual std::unique_ptr<Reader> read() const = 0;

 private:
  std::int64_t first_;
  std::int64_t last_;
};

/// All time slots of a series. Copies share the blocks. A slot that several blocks hold is their sum. Reading takes the
/// memory of the blocks that hold the same stretch of time, not of the whole.
class Timeline {
 public:
  class Iterator;

  Timeline() = default;
  /// Slots in memory.
  Timeline(std::map<std::int64_t, Tally> slots);  // NOLINT(google-explicit-constructor): it is that timeline

  void add(std::shared_ptr<const TimelineBlock> block);
  /// All blocks of another one, which was not moved.
  void add(const Timeline& other);
  [[nodiscard]] bool empty() const { return blocks_.empty(); }
  /// Of those there are: only where it is not empty.
  [[nodiscard]] std::int64_t first() const;
  [[nodiscard]] std::int64_t last() const;

  /// Of which it is the sum; null where its slots were moved, or know of times what their blocks do not.
  [[nodiscard]] const std::vector<std::shared_ptr<const TimelineBlock>>* blocks() const {
    return moved_by_ == 0 && !reported_ ? &blocks_ : nullptr;
  }

  /// Visits pairs of slot and tally, ascending. The tally is valid until the iterator moves on.
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] static std::default_sentinel_t end() { return {}; }
  /// Begins with the first slot that is not before `slot`.
  [[nodiscard]] Iterator lower_bound(std::int64_t slot) const;
  [[nodiscard]] std::size_t count_slots() const;

  /// Moves all slots by so many.
  void move_by(std::int64_t slots) { moved_by_ += slots; }
  /// From now on, all slots know of times what is said here.
  void set_reported(std::shared_ptr<const ReportedTimes> reported) { reported_ = std::move(reported); }

 private:
  std::vector<std::shared_ptr<const TimelineBlock>> blocks_;  // by their first slot
  std::int64_t moved_by_ = 0;
  std::shared_ptr<const ReportedTimes> reported_;  // null: as the blocks have it
};

class Timeline::Iterator {
 public:
  struct Slot {
    std::int64_t first;
    const Tally& second;
  };

  Slot operator*() const { return {slot_ + of_->moved_by_, *tally_}; }
  struct Pointer {
    Slot slot;
    const Slot* operator->() const { return &slot; }
  };
  Pointer operator->() const { return {**this}; }
  Iterator& operator++();
  bool operator==(std::default_sentinel_t /*end*/) const { return tally_ == nullptr; }

 private:
  friend class Timeline;
  Iterator(const Timeline& of, std::int64_t from);
  void open(const TimelineBlock& block);
  void find();
  Tally& own();

  const Timeline* of_;
  std::int64_t from_;
  std::size_t next_block_ = 0;
  std::vector<std::unique_ptr<TimelineBlock::Reader>> readers_;  // each stands at a slot that is not behind us
  std::int64_t slot_ = 0;
  const Tally* tally_ = nullptr;  // null behind the last
  std::unique_ptr<Tally> made_;   // where it is not simply that of a block
};

/// Keeps stretches of timelines elsewhere than in memory.
class TimelineKeeper {
 public:
  TimelineKeeper() = default;
  TimelineKeeper(const TimelineKeeper&) = delete;
  TimelineKeeper& operator=(const TimelineKeeper&) = delete;
  virtual ~TimelineKeeper() = default;

  /// Null where it cannot: a full disk. `slots`: at least one.
  [[nodiscard]] virtual std::shared_ptr<const TimelineBlock> keep(const std::map<std::int64_t, Tally>& slots) = 0;
  /// Bytes of all that was kept here.
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  /// Another one of the same kind, empty. What this one kept is there for as long as somebody holds it.
  [[nodiscard]] virtual std::unique_ptr<TimelineKeeper> make_another() const = 0;
};

}  // namespace omniwriter
