#pragma once
/// The course of a run in one line.

#include <string>
#include <vector>

#include "omniwriter/run.h"

namespace omniwriter {

/// Values over the time of a run, in stretches of equal length.
struct Course {
  std::vector<double> throughput_rps;  ///< as p95_seconds, 0 where it is not known
  std::vector<double> p95_seconds;
};
/// At most `columns` (>= 1) stretches, each of one or several whole time slots.
[[nodiscard]] Course course_of(const Run& run, int columns);

/// One bar for each value, from 0 to the largest; a space for 0.
[[nodiscard]] std::string sparkline(const std::vector<double>& values);

}  // namespace omniwriter
