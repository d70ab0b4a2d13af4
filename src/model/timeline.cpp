#include "omniwriter/timeline.h"

#include <algorithm>
#include <limits>

namespace omniwriter {
namespace {

class BlockInMemory final : public TimelineBlock {
 public:
  explicit BlockInMemory(std::map<std::int64_t, Tally> slots)
      : TimelineBlock(slots.begin()->first, slots.rbegin()->first), slots_(std::move(slots)) {}

  [[nodiscard]] std::unique_ptr<Reader> read() const override { return std::make_unique<Slots>(slots_); }

 private:
  class Slots final : public Reader {
   public:
    explicit Slots(const std::map<std::int64_t, Tally>& slots) : next_(slots.begin()), end_(slots.end()) {}
    bool next() override {
      if (next_ == end_) return false;
      at_ = next_++;
      return true;
    }
    [[nodiscard]] std::int64_t slot() const override { return at_->first; }
    [[nodiscard]] const Tally& tally() const override { return at_->second; }

   private:
    std::map<std::int64_t, Tally>::const_iterator at_;
    std::map<std::int64_t, Tally>::const_iterator next_;
    std::map<std::int64_t, Tally>::const_iterator end_;
  };

  std::map<std::int64_t, Tally> slots_;
};

}  // namespace

Timeline::Timeline(std::map<std::int64_t, Tally> slots) {
  if (!slots.empty()) add(std::make_shared<BlockInMemory>(std::move(slots)));
}

void Timeline::add(std::shared_ptr<const TimelineBlock> block) {
  // Nearly always behind all others.
  auto at = blocks_.end();
  while (at != blocks_.begin() && (*std::prev(at))->first() > block->first()) --at;
  blocks_.insert(at, std::move(block));
}

void Timeline::add(const Timeline& other) {
  for (const auto& block : other.blocks_) add(block);
}

std::int64_t Timeline::first() const { return blocks_.front()->first() + moved_by_; }

std::int64_t Timeline::last() const {
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (const auto& block : blocks_) last = std::max(last, block->last());
  return last + moved_by_;
}

Timeline::Iterator Timeline::begin() const { return {*this, std::numeric_limits<std::int64_t>::min()}; }

Timeline::Iterator Timeline::lower_bound(std::int64_t slot) const {
  if (slot == std::numeric_limits<std::int64_t>::min()) return begin();
  return {*this, slot - moved_by_};
}

std::size_t Timeline::count_slots() const {
  std::size_t slots = 0;
  for (auto at = begin(); at != end(); ++at) ++slots;
  return slots;
}

Timeline::Iterator::Iterator(const Timeline& of, std::int64_t from) : of_(&of), from_(from) { find(); }

Timeline::Iterator& Timeline::Iterator::operator++() {
  std::erase_if(readers_, [&](const auto& reader) { return reader->slot() == slot_ && !reader->next(); });
  find();
  return *this;
}

void Timeline::Iterator::open(const TimelineBlock& block) {
  if (block.last() < from_) return;
  auto reader = block.read();
  while (reader->next()) {
    if (reader->slot() < from_) continue;
    readers_.push_back(std::move(reader));
    return;
  }
}

// The next slot of all blocks, and what they hold of it.
void Timeline::Iterator::find() {
  const auto& blocks = of_->blocks_;
  const auto nearest = [&] {
    std::int64_t slot = std::numeric_limits<std::int64_t>::max();
    for (const auto& reader : readers_) slot = std::min(slot, reader->slot());
    return slot;
  };
  slot_ = nearest();
  while (next_block_ < blocks.size() && (readers_.empty() || blocks[next_block_]->first() <= slot_)) {
    open(*blocks[next_block_++]);
    slot_ = nearest();
  }
  tally_ = nullptr;
  for (const auto& reader : readers_) {
    if (reader->slot() != slot_) continue;
    if (tally_ == nullptr) {
      tally_ = &reader->tally();
    } else {
      own().merge(reader->tally());
    }
  }
  if (tally_ != nullptr && of_->reported_) own().reported = of_->reported_;
}

// The tally, as one that we may change.
Tally& Timeline::Iterator::own() {
  if (tally_ != made_.get()) {
    made_ = std::make_unique<Tally>(*tally_);
    tally_ = made_.get();
  }
  return *made_;
}

}  // namespace omniwriter
