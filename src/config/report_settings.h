#pragma once
/// What users set of reports.

#include <chrono>

namespace omniwriter {

struct ReportSettings {
  std::chrono::milliseconds apdex{500};  ///< the time that users are satisfied with
  bool github = true;                    ///< in GitHub Actions: a summary of the step, and annotations
};

}  // namespace omniwriter
