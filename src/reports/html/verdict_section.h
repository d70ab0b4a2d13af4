#pragma once
/// What a run was found to be, as a section of a page.

#include <string>

#include "judge/judgement.h"
#include "model/language.h"

namespace omniwriter {

/// Verdict, criteria, concerns, comparison. At most 160 kB. Empty where nothing was found.
[[nodiscard]] std::string html_verdict(const Judgement& judgement, Language language);

}  // namespace omniwriter
