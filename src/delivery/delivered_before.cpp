#include "delivery/delivered_before.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "model/detail_points.h"

namespace omniwriter {
namespace {

using Counts = std::map<std::pair<std::string_view, std::string_view>, std::uint64_t>;

// By status and error type.
Counts counts_of(const Run& run, const Tally& tally) {
  Counts counts;
  for (const auto& [outcome, count] : tally.outcomes.entries()) {
    const Outcome& told = run.outcomes[outcome];
    counts[{told.status, told.error_type}] += count;
  }
  return counts;
}

// Whether the samples of `part` may be some of those of `all`.
bool is_part(const Counts& part, const Counts& all) {
  return std::ranges::all_of(part, [&](const auto& one) {
    const auto found = all.find(one.first);
    return found != all.end() && found->second >= one.second;
  });
}

bool is_part(const Histogram& part, const Histogram& all) {
  if (all.scale() > part.scale() || all.zero_count() < part.zero_count()) return false;
  std::map<std::int32_t, std::uint64_t> counts;
  all.for_each_bucket([&](Histogram::Bucket bucket) { counts[bucket.index] = bucket.count; });
  bool is_part = true;
  part.downscaled(all.scale()).for_each_bucket([&](Histogram::Bucket bucket) {
    const auto found = counts.find(bucket.index);
    is_part = is_part && found != counts.end() && found->second >= bucket.count;
  });
  return is_part;
}

/// All that is known of a time slot.
struct Slot {
  std::int64_t number = 0;
  std::uint32_t users = 0;
  std::map<std::pair<SampleKind, std::string_view>, Tally> cells;  // of endpoints, and of what else is told
};

class Comparison {
 public:
  Comparison(const Run& before, const Run& now) : before_(before), now_(now) {}

  std::optional<std::vector<std::int64_t>> changed() {
    if (!is_told_alike()) return {};
    constexpr std::size_t kCellsAtOnce = 4000;
    std::vector<Slot> slots;
    std::size_t cells = 0;
    for_each_slot_of(before_, is_told, [&](std::int64_t number, const std::vector<Run::Cell>& told) {
      Slot& slot = slots.emplace_back(number, users_of(before_, number));
      for (const auto& [series, tally] : told)
        slot.cells.emplace(std::pair(series->kind, std::string_view(series->endpoint)), *tally);
      cells += told.size();
      if (cells < kCellsAtOnce) return;
      compare(std::exchange(slots, {}));
      cells = 0;
    });
    compare(slots);
    if (!grown_) return {};
    if (!changed_.empty() && changed_.back() + 1 == compared_) changed_.pop_back();
    return std::move(changed_);
  }

 private:
  // What stands in each item, or decides which fields it has.
  [[nodiscard]] bool is_told_alike() const {
    const auto told = [](const Run& run) {
      return std::tuple(run.interval_seconds, run.phase_seconds, run.info.test_name, run.info.tool, run.knows_received,
                        run.knows_sent);
    };
    return told(before_) == told(now_) && !before_.reported && !now_.reported && !last_phases_move();
  }
  // The last point of phases is told in the last slot of the run: where that is another one now, it would stay behind.
  [[nodiscard]] bool last_phases_move() const {
    const std::int64_t end = before_.slots().end;
    return end != now_.slots().end && std::ranges::any_of(before_.series, [&](const Series& series) {
             return is_phase(series.kind) && !series.timeline.empty() && series.timeline.last() >= end;
           });
  }

  // Slots of `before`, with those of `now` up to the last of them.
  void compare(const std::vector<Slot>& slots) {
    if (slots.empty() || !grown_) return;
    const SlotRange range{.first = compared_, .end = slots.back().number + 1};
    compared_ = range.end;
    auto then = slots.begin();
    for_each_slot_of(
        now_, is_told,
        [&](std::int64_t number, const std::vector<Run::Cell>& told) {
          if (then == slots.end() || number < then->number) {
            changed_.push_back(number);
          } else if (number > then->number) {
            grown_ = false;
          } else {
            compare(*then++, users_of(now_, number), told);
          }
        },
        range);
    grown_ = grown_ && then == slots.end();
  }

  void compare(const Slot& then, std::uint32_t users, const std::vector<Run::Cell>& told) {
    const auto vitals_then = vitals_of(before_, then.number);
    const auto vitals = vitals_of(now_, then.number);
    bool same = users == then.users && vitals == vitals_then && told.size() == then.cells.size();
    grown_ = grown_ && users >= then.users && (vitals || !vitals_then);
    std::size_t found = 0;
    for (const auto& [series, tally] : told) {
      const auto cell = then.cells.find({series->kind, series->endpoint});
      if (cell == then.cells.end()) continue;
      ++found;
      same = is_same(cell->second, *tally) && same;
    }
    grown_ = grown_ && found == then.cells.size();
    if (!same) changed_.push_back(then.number);
  }

  bool is_same(const Tally& then, const Tally& tally) {
    const Counts counts_then = counts_of(before_, then);
    const Counts counts = counts_of(now_, tally);
    if (then.response_time == tally.response_time && counts_then == counts &&
        then.bytes_received == tally.bytes_received && then.bytes_sent == tally.bytes_sent) {
      return true;
    }
    grown_ = grown_ && is_part(counts_then, counts) && is_part(then.response_time, tally.response_time);
    return false;
  }

  static std::uint32_t users_of(const Run& run, std::int64_t slot) {
    const auto found = run.active_users.find(slot);
    return found == run.active_users.end() ? 0 : found->second;
  }
  static std::optional<Vitals> vitals_of(const Run& run, std::int64_t slot) {
    const auto found = run.vitals.find(slot);
    return found == run.vitals.end() ? std::nullopt : std::optional(found->second);
  }

  const Run& before_;
  const Run& now_;
  std::int64_t compared_ = SlotRange().first;
  bool grown_ = true;  // so far
  std::vector<std::int64_t> changed_;
};

}  // namespace

bool DeliveredBefore::is_whole_at(const Destination& to) const {
  return run && std::ranges::any_of(whole, [&](const Place& place) {
           return place.output == to.output->name() && place.target == to.target;
         });
}

std::optional<std::vector<std::int64_t>> changed_slots(const Run& before, const Run& now) {
  return Comparison(before, now).changed();
}

}  // namespace omniwriter
