#pragma once
/// The faces of a run: JSON for programs, Markdown and the terminal for people.

#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/run.h"
#include "pipeline/delivery.h"

namespace omniwriter {

enum class Language { pt_br, en };

/// What a report is about.
struct ReportInput {
  const Run& run;
  const std::vector<LedgerEntry>& ledger;
};

/// One JSON object with the members that docs/cli.md fixes: what `ingest --json`, `runs show --json` and
/// `report --format json` print. Ends in a newline.
[[nodiscard]] std::string json_report(const ReportInput& input);

/// A Markdown document.
[[nodiscard]] std::string markdown_report(const ReportInput& input, Language language);

struct TerminalStyle {
  bool color = false;
  int width = 100;  ///< columns
};
/// The summary that ends `ingest`: a headline, one table of endpoints sorted by impact, errors by type, what was not
/// counted and why, where the samples went.
[[nodiscard]] std::string terminal_summary(const ReportInput& input, Language language, TerminalStyle style);

}  // namespace omniwriter
