#pragma once
/// What was measured beside a run, by time.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "omniwriter/run.h"

namespace omniwriter {

/// Over a short stretch of time, which counts where its middle is.
struct Measurement {
  std::int64_t middle_ns = 0;       ///< since the epoch
  double cpu_seconds = 0;           ///< on all CPUs together
  double of_seconds = 0;            ///< what all CPUs together had
  std::optional<double> memory_mb;  ///< at its end
};

/// Not thread-safe.
class VitalsLog {
 public:
  /// Slots are a second wide; beyond so many they become twice as wide, again and again.
  static constexpr std::size_t kMaxSlots = 65'536;

  void add(const Measurement& measured);
  /// What was measured of the same run before.
  void add(const std::map<std::int64_t, Vitals>& before, std::int64_t interval_seconds);
  [[nodiscard]] bool empty() const { return slots_.empty(); }
  /// In slots of another width, those in which a time from `from_ns` to `to_ns` lies: CPU as the mean, memory as it was
  /// last.
  [[nodiscard]] std::map<std::int64_t, Vitals> between(std::int64_t from_ns, std::int64_t to_ns,
                                                       std::int64_t interval_seconds) const;

 private:
  struct Slot {
    double cpu_seconds = 0;
    double of_seconds = 0;
    std::optional<double> memory_mb;
  };
  static void add_to(Slot& into, const Slot& later);
  void keep(std::int64_t seconds, const Slot& slot);

  std::int64_t width_seconds_ = 1;  // a power of two
  std::map<std::int64_t, Slot> slots_;
};

}  // namespace omniwriter
