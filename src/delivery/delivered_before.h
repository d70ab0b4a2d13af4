#pragma once
/// What was delivered of a run when it seemed to be over, where its file has grown since or is followed again.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delivery/delivery.h"
#include "omniwriter/run.h"

namespace omniwriter {

struct DeliveredBefore {
  struct Place {
    std::string output;
    std::string target;
  };
  std::shared_ptr<const Run> run;  ///< as it was then; null where that is not known
  std::vector<Place> whole;        ///< what has all of that run, and nothing else of it

  [[nodiscard]] bool is_whole_at(const Destination& to) const;
};

/// The time slots before the last one of `before` that are others in `now`, ascending. Nothing where what outputs tell
/// of `now` does not replace all that they told of `before`: requests, phases, checks or metrics are gone, or are told
/// of otherwise. Goes through both timelines once.
[[nodiscard]] std::optional<std::vector<std::int64_t>> changed_slots(const Run& before, const Run& now);

}  // namespace omniwriter
