#pragma once
/// Which of the summaries in a file a user means: people append what tools print, and each of these is a run of its
/// own.

#include <cstddef>
#include <string_view>

#include "omniwriter/error.h"
#include "reading/summary_format.h"

namespace omniwriter {

struct ChosenSummary {
  const SummaryFormat* format = nullptr;
  std::string_view text;  ///< of the content
  bool is_all = true;     ///< there is no other
};

/// The `part`-th summary (from 1 on) in a content that `format` recognises, whichever tools they are by; 0: the only
/// one. An error of code `usage`, to be put behind the name of the file, where there are several or not so many.
[[nodiscard]] Result<ChosenSummary> choose_summary(std::string_view content, const SummaryFormat& format,
                                                   std::size_t part);

}  // namespace omniwriter
