#pragma once
/// What a run was found to be, as Markdown. Each part is at most `max_bytes` long, but for what says how much found no
/// room; empty where there is nothing to tell.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "judge/judgement.h"
#include "model/language.h"
#include "reports/verdict_text.h"

namespace omniwriter {

/// A sign that shows the standing before a word is read.
[[nodiscard]] std::string_view emoji_of(Standing standing);
/// "❌ **FAILED**: 2 of 4 criteria not met". Ends in an empty line.
[[nodiscard]] std::string markdown_verdict_line(const Judgement& judgement, Language language);
/// A table: expected, seen, how sure, what next.
[[nodiscard]] std::string markdown_criteria(const Judgement& judgement, Language language, std::size_t max_bytes);
/// A list of what bears on what the numbers are worth.
[[nodiscard]] std::string markdown_concerns(const Judgement& judgement, Language language, std::size_t max_bytes);
/// The comparison in a sentence, why it is so, and with which runs.
[[nodiscard]] std::string markdown_comparison(const Comparison& comparison, Language language, std::size_t max_bytes);
/// A table of compared numbers.
[[nodiscard]] std::string markdown_changes(const std::vector<EndpointChange>& changes, Language language,
                                           std::size_t max_bytes);

/// All of it, with headings.
[[nodiscard]] std::string markdown_verdict(const Judgement& judgement, Language language);

}  // namespace omniwriter
