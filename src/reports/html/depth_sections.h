#pragma once
/// What a run has besides its requests, as sections of a page.

#include <string>

#include "model/language.h"
#include "reports/html/more_charts.h"
#include "reports/run_summary.h"

namespace omniwriter {

/// What the tool judged, who the users were, what others measured, where the time goes, checks, metrics. Empty where
/// there is nothing of it.
[[nodiscard]] std::string html_measures(const Run& run, const RunSummary& summary, const MoreCharts& charts,
                                        Language language);

/// What the tool said of errors. Empty where it said nothing.
[[nodiscard]] std::string html_messages(const Run& run, Language language);

}  // namespace omniwriter
