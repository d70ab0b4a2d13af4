#pragma once
/// Holds a test against its criteria while it goes on.

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/command.h"
#include "config/config.h"
#include "judge/judgement.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// The reason of the result that look() gives.
inline constexpr std::string_view kStoppedForIt = "the test was stopped for it";
/// Puts a result in place of that of the same criterion.
void replace_result(Judgement& judgement, const CriterionResult& by);

class CriteriaWatch {
 public:
  CriteriaWatch(const Program& program, const Config& config);

  /// Whether there is anything to look at, and it is time to.
  [[nodiscard]] bool is_due() const;
  /// Says once of each criterion that the run so far does not meet it. Gives the one that ends the test, once.
  [[nodiscard]] std::optional<CriterionResult> look(const Run& so_far);

 private:
  void tell_of(const CriterionResult& result);

  const Program& program_;
  Language language_;
  std::vector<Criterion> criteria_;
  std::set<std::string> told_;  // texts of criteria
  bool ended_ = false;
  std::chrono::nanoseconds next_{0};
};

}  // namespace omniwriter
