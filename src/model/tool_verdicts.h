#pragma once
/// What a load tool said of its own thresholds or assertions.

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "omniwriter/sample.h"

namespace omniwriter {

/// Collects verdicts as files tell them. Of the same subject and text the last one counts; one that does not tell how
/// it ended takes nothing back. So many are kept that no test has more; their texts are cut where they are too long.
class ToolVerdicts {
 public:
  void add(const ToolVerdict& verdict);
  /// In the order in which they were first told.
  [[nodiscard]] const std::vector<ToolVerdict>& list() const { return verdicts_; }

 private:
  std::vector<ToolVerdict> verdicts_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace omniwriter
