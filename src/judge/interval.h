#pragma once
/// A range in which a number lies, with the confidence that is said where it is made.

namespace omniwriter {

struct Interval {
  double low = 0;
  double high = 0;
  bool operator==(const Interval&) const = default;
};

}  // namespace omniwriter
