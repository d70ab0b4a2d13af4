#include "model/tool_verdicts.h"

#include <utility>

#include "base/bounded_name.h"
#include "base/utf8.h"

namespace omniwriter {

void ToolVerdicts::add(const ToolVerdict& verdict) {
  constexpr std::size_t kMaxVerdicts = 1000;
  const auto clean = [](const std::string& text) {
    return text.empty() ? text : bounded_name(clean_utf8(text, text.size()));
  };
  ToolVerdict told{clean(verdict.subject), clean(verdict.expected), verdict.passed};
  std::string key = told.subject + '\0' + told.expected;
  const auto known = places_.find(key);
  if (known != places_.end()) {
    if (verdict.passed) verdicts_[known->second].passed = verdict.passed;
    return;
  }
  if (verdicts_.size() >= kMaxVerdicts) return;
  places_.emplace(std::move(key), verdicts_.size());
  verdicts_.push_back(std::move(told));
}

}  // namespace omniwriter
