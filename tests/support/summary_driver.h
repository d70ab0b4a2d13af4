#pragma once
/// Gives bytes to a reader of summaries, and looks at what becomes of them.

#include <string>
#include <string_view>

#include "reading/summary_format.h"

namespace omniwriter::test {

/// What the reader, or the run made of what it read, did wrong; empty where it did nothing wrong.
[[nodiscard]] std::string misbehaviour(const SummaryFormat& format, std::string_view content);

}  // namespace omniwriter::test
