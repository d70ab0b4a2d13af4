#pragma once
/// What load tools call a criterion, as one of ours. An error where there is nothing like it.

#include <string>
#include <string_view>

#include "judge/criterion.h"
#include "omniwriter/error.h"

namespace omniwriter {

/// Of Taurus' module passfail: when a test fails, which is the opposite of what must hold.
struct TaurusCriterion {
  std::string subject;    ///< "avg-rt", "p90", "fail", "rc5??"
  std::string label;      ///< of an endpoint; empty: all
  std::string condition;  ///< ">"
  std::string threshold;  ///< "150ms", "50%"; a number alone is seconds
  std::string logic;      ///< "for", "within", "over"
  std::string timeframe;  ///< "10s"; empty: the test as a whole
  bool stop = true;
  bool fail = true;
};
[[nodiscard]] Result<Criterion> criterion_of_taurus(const TaurusCriterion& taurus);
/// "avg-rt of Label>150ms for 10s, stop as failed"
[[nodiscard]] Result<Criterion> criterion_of_taurus(std::string_view text);

/// "http.response_time.p95 < 250"
[[nodiscard]] Result<Criterion> criterion_of_artillery(std::string_view text);

/// Whether a line is one of those that Gatling prints.
[[nodiscard]] bool is_gatling(std::string_view line);
/// "Global: 95th percentile of response time is less than 500.0"; a verdict behind it does not matter.
[[nodiscard]] Result<Criterion> criterion_of_gatling(std::string_view text);

}  // namespace omniwriter
