#pragma once
/// The numbers of a run that criteria are about.

#include <cstdint>
#include <optional>
#include <string>

#include "judge/criterion.h"
#include "judge/judgement.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// What a run says of the subject of a criterion.
struct CriterionValue {
  std::optional<double> value;  ///< the one that decides, in `unit`
  double most = 0;              ///< the value may be anything up to this: only Apdex is not known better
  ValueUnit unit = ValueUnit::number;
  double bound = 0;                ///< that of the criterion, in `unit`
  std::uint64_t samples = 0;       ///< that the value is of; 0 where it is of none, or of windows
  std::optional<double> at_least;  ///< of a quantile of too few samples: what it surely is
  bool cannot_tell = false;        ///< there is no value, though there may have been what was asked about
  bool too_short = false;          ///< there is no value, for "for" asks for more time than there was
  std::string reason;              ///< for people: why there is no value
  std::string advice;              ///< for people: how to get one
};

/// How many samples it takes for a quantile to lie between two of them, 95 % sure: fewer do not carry it.
[[nodiscard]] std::uint64_t samples_needed(double q);

/// Reads the timeline where the criterion is about windows. `criterion`: not relative.
[[nodiscard]] CriterionValue value_of(const Run& run, const Criterion& criterion);

}  // namespace omniwriter
