#pragma once
/// What a run was found to be, on a terminal.

#include <string>

#include "judge/judgement.h"
#include "model/language.h"
#include "reports/report.h"

namespace omniwriter {

/// A line that says how the run stands, then a line for each criterion, concerns and the comparison; each with what to
/// look at next. Ends in an empty line. Empty where nothing was found.
[[nodiscard]] std::string terminal_verdict(const Judgement& judgement, Language language, TerminalStyle style);

}  // namespace omniwriter
