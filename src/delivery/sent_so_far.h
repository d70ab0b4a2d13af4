#pragma once
/// What an output that replaces slots was sent of a run that goes on, for whoever goes on with it. Private to this
/// folder.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "delivery/output.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// The time slots that were sent, with what was in them. As text it is kept beside the queue, so that a later process
/// goes on from there; of slots that another process sent, only the sum is known.
class SentSoFar {
 public:
  /// Nothing where the state of the queue tells of something else.
  [[nodiscard]] static std::optional<SentSoFar> from_state(const std::string& state);
  [[nodiscard]] std::string to_state() const;

  /// The slots before it were sent.
  [[nodiscard]] std::int64_t end() const { return end_; }
  [[nodiscard]] bool any() const { return !here_.empty() || samples_before_ != 0; }
  /// How many samples were in what was sent since this object was made.
  [[nodiscard]] std::uint64_t samples_here() const;
  /// Whether what was sent has its place by the same start, and is as wide.
  [[nodiscard]] bool same_start(const Run& run) const { return !started_ns_ || *started_ns_ == run.started_ns; }
  [[nodiscard]] bool same_width(const Run& run) const { return interval_seconds_ == run.interval_seconds; }
  /// Whether another process had read more of the run: what is known is being read again.
  [[nodiscard]] bool is_ahead_of(const Run& run) const;

  /// What is sent from now on is of slots as wide as this run's.
  void begin(const Run& run);
  /// An attempt is made to send something of this run.
  void attempt(const Run& run) { started_ns_ = run.started_ns; }
  /// Slots up to `end` are dealt with. Those that are refused are as good as never sent.
  void add(const Run& so_far, std::int64_t end, bool refused);
  /// Nothing was sent, or it was taken back.
  void forget() { *this = SentSoFar(); }

  /// What need not be sent again of the run as it is in the end.
  [[nodiscard]] SentSlots unchanged_in(const Run& run) const;
  /// Whether any slot that was sent is another in the end.
  [[nodiscard]] bool has_changed_in(const Run& run) const { return !changed_in(run).empty(); }

 private:
  // What can change of a slot that is over: requests that come late, users that another generator had.
  struct Counts {
    std::uint64_t samples = 0;
    std::uint32_t users = 0;
    bool operator==(const Counts&) const = default;
  };
  [[nodiscard]] static std::map<std::int64_t, Counts> counts_of(const Run& run, SlotRange slots);
  [[nodiscard]] std::vector<std::int64_t> changed_in(const Run& run) const;

  std::int64_t end_ = SentSlots().end;
  std::map<std::int64_t, Counts> here_;  // by slot; refused: no samples
  std::int64_t interval_seconds_ = 0;
  std::optional<std::int64_t> started_ns_;
  std::uint64_t read_ = 0;  // of the whole run, when something was sent last
  // By another process: slots before end_before_.
  std::int64_t end_before_ = SentSlots().end;
  std::uint64_t samples_before_ = 0;
  std::uint64_t read_before_ = 0;
};

}  // namespace omniwriter
