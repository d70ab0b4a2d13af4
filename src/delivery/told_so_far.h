#pragma once
/// What an output that replaces slots was told of a run that goes on, for whoever goes on with it.

#include <cstdint>
#include <optional>
#include <string>

#include "delivery/output.h"

namespace omniwriter {

/// Kept as the state of the queue of run and output, after each time that something was told.
struct ToldSoFar {
  std::int64_t end = ToldSlots().end;  ///< slots before it
  std::uint64_t samples = 0;           ///< in those
  std::uint64_t read = 0;              ///< in all of the run at that time
  std::int64_t interval_seconds = 0;
  std::int64_t started_ns = 0;

  [[nodiscard]] std::string to_state() const;
  /// Nothing where the state tells of something else.
  [[nodiscard]] static std::optional<ToldSoFar> from_state(const std::string& state);
  /// What of `run`, as it is stored, need not be told again: all of those slots or, where it is not just these, none.
  [[nodiscard]] ToldSlots told_of(const Run& run) const;
};

}  // namespace omniwriter
