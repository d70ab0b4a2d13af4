#pragma once
/// What an output that replaces slots was sent of a run that goes on, for whoever goes on with it. Private to this
/// folder.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "delivery/output.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// The time slots that were sent, with how much was in them: each by itself where it is of late, older ones in
/// stretches, so that it takes the same memory however long the run. As text it is kept beside the queue, so that a
/// later process goes on from there.
class SentSoFar {
 public:
  /// Nothing where the state of the queue tells of something else.
  [[nodiscard]] static std::optional<SentSoFar> from_state(const std::string& state);
  /// All of a run that was delivered when it was over. Its last slot, and the alerts of that, are about to change.
  [[nodiscard]] static SentSoFar whole(const Run& run);
  /// At most kMaxState of the queue.
  [[nodiscard]] std::string to_state() const;

  /// The slots before it were sent.
  [[nodiscard]] std::int64_t end() const { return stretches_.empty() ? SentSlots().end : stretches_.back().end; }
  [[nodiscard]] bool any() const { return samples() != 0; }
  [[nodiscard]] std::uint64_t samples() const;
  /// Whether something was sent of a run that began at another time.
  [[nodiscard]] bool has_moved(const Run& run) const {
    return moved_ || (started_ns_ && *started_ns_ != run.started_ns);
  }
  /// Whether what was sent is as wide.
  [[nodiscard]] bool same_width(const Run& run) const {
    return interval_seconds_ == run.interval_seconds && phase_seconds_ == run.phase_seconds;
  }
  /// Whether another process had read more of the run: what is known is being read again.
  [[nodiscard]] bool is_ahead_of(const Run& run) const;

  /// What is sent from now on is of slots as wide as this run's.
  void begin(const Run& run);
  /// An attempt is made to send something of this run.
  void attempt(const Run& run) {
    moved_ = has_moved(run);
    started_ns_ = run.started_ns;
  }
  /// What was sent of the run as a whole was taken back.
  void forget_whole() {
    moved_ = false;
    started_ns_.reset();
  }
  /// Slots up to `end` are dealt with. Those that are refused are as good as never sent.
  void add(const Run& so_far, std::int64_t end, bool refused);

  /// What need not be sent again of the run as it is in the end.
  [[nodiscard]] SentSlots unchanged_in(const Run& run) const;
  /// Whether any slot that was sent is another in the end.
  [[nodiscard]] bool has_changed_in(const Run& run) const { return !changed_in(run).empty(); }

 private:
  // Slots from the end of the stretch before up to `end`. What can change of them: requests that come late, and so can
  // phases, checks and metrics; users that another generator had.
  struct Stretch {
    std::int64_t end = 0;
    std::uint64_t samples = 0;
    std::uint64_t others = 0;  // users, added up over the slots, and samples that are no requests
    bool refused = false;
  };
  static void shorten(std::vector<Stretch>& stretches, std::size_t most);
  [[nodiscard]] std::vector<std::int64_t> changed_in(const Run& run) const;

  std::vector<Stretch> stretches_;
  std::int64_t interval_seconds_ = 0;
  std::int64_t phase_seconds_ = 0;
  std::optional<std::int64_t> started_ns_;
  bool moved_ = false;
  std::uint64_t read_ = 0;         // of the whole run, when something was sent last
  std::uint64_t read_before_ = 0;  // the same, by another process
};

}  // namespace omniwriter
