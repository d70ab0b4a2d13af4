#pragma once
/// What a run has besides its requests, in Markdown.

#include <string>

#include "model/language.h"
#include "reports/run_summary.h"

namespace omniwriter {

/// Where the time goes, checks, metrics. Empty where there is nothing of it.
[[nodiscard]] std::string markdown_measures(const Run& run, const RunSummary& summary, Language language);

/// What the tool said of errors. Empty where it said nothing.
[[nodiscard]] std::string markdown_messages(const Run& run, Language language);

}  // namespace omniwriter
