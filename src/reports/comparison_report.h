#pragma once
/// What `compare` tells people: what changed, how sure that is, what to do next.

#include <string>
#include <vector>

#include "judge/comparison.h"
#include "judge/run_digest.h"
#include "reports/report.h"

namespace omniwriter {

/// The verdict in a line, why, and a table of what was compared: all of `everything`, else what changed and the whole.
[[nodiscard]] std::string terminal_comparison(const Comparison& comparison, bool everything, Language language,
                                              TerminalStyle style);
/// A Markdown document.
[[nodiscard]] std::string markdown_comparison_report(const Comparison& comparison, Language language);
/// One HTML page that needs nothing else: the same, and the response times of both sides drawn over each other. The
/// digests are those that were compared.
[[nodiscard]] std::string html_comparison_report(const Comparison& comparison, const std::vector<RunDigest>& base,
                                                 const std::vector<RunDigest>& candidate, Language language);

}  // namespace omniwriter
