#pragma once
/// The history of a test, for people and programs.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "judge/run_digest.h"
#include "judge/run_history.h"
#include "model/language.h"

namespace omniwriter {

struct HistoryInput {
  std::string test_name;
  std::vector<RunDigest> runs;        ///< the oldest first
  std::vector<std::string> verdicts;  ///< of each run, as in RunRow
  RunHistory history;                 ///< of these runs
  std::string_view metric = "p95";    ///< that people look at; programs get all of them
};

/// `columns`: how many the terminal has.
[[nodiscard]] std::string history_text(const HistoryInput& input, Language language, int columns);
[[nodiscard]] std::string history_json(const HistoryInput& input);
[[nodiscard]] std::string history_markdown(const HistoryInput& input, Language language);
/// One page that needs nothing else, with a chart of each metric.
[[nodiscard]] std::string history_html(const HistoryInput& input, Language language);

}  // namespace omniwriter
