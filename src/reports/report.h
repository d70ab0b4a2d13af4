#pragma once
/// The faces of a run: JSON for programs, Markdown and the terminal for people.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/delivery.h"
#include "judge/judgement.h"
#include "model/alert_rules.h"
#include "model/language.h"
#include "model/system_state.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// What a report is about.
struct ReportInput {
  const Run& run;
  const std::vector<LedgerEntry>& ledger;
  std::vector<SystemState> systems = {};                   ///< as found, where somebody asked; empty otherwise
  std::array<AlertRule, 4> rules = default_alert_rules();  ///< that the run is held against
  std::string dashboard_url = {};                          ///< where the run is looked at; empty: nowhere
  std::chrono::milliseconds apdex{500};                    ///< the time that users are satisfied with
  const Judgement* judgement = nullptr;                    ///< null: the run was not judged
};

/// What `integrate` found and did.
struct IntegrationReport {
  std::int64_t time_ns = 0;          ///< when, since the epoch
  std::vector<SystemState> systems;  ///< all five; `ok` says that all went well there, not only the check
  std::size_t metrics = 0;           ///< custom metrics registered
  /// Asked from the systems, never assumed; nothing where no system could be asked.
  std::optional<std::size_t> dashboards;
  std::optional<std::size_t> alert_rules;
  std::optional<std::size_t> firing_alerts;
  const Run* run = nullptr;                                ///< the run reported on; null where there is none yet
  std::vector<LedgerEntry> ledger = {};                    ///< of that run
  std::array<AlertRule, 4> rules = default_alert_rules();  ///< that the run is held against
  std::string dashboard_url = {};                          ///< where that run is looked at; empty: nowhere
};

/// One JSON object with the members that docs/cli.md fixes: what `ingest --json`, `runs show --json` and
/// `report --format json` print. Ends in a newline.
[[nodiscard]] std::string json_report(const ReportInput& input);

/// A Markdown document.
[[nodiscard]] std::string markdown_report(const ReportInput& input, Language language);

/// Markdown for where a pull request is discussed: verdict, what changed, details folded away. At most 60 kB, however
/// large the run. Its first line is a comment by which what was said of the test before is found.
[[nodiscard]] std::string pull_request_report(const ReportInput& input, Language language);

/// JUnit XML: a case for each criterion, one for the comparison, one for validity.
[[nodiscard]] std::string junit_report(const ReportInput& input, Language language);

/// What GitLab compares in merge requests (`artifacts:reports:load_performance`): a k6 summary. Ends in a newline.
[[nodiscard]] std::string gitlab_report(const ReportInput& input);

/// GitHub's workflow commands, which show as annotations: a line for each thing that somebody has to look at.
[[nodiscard]] std::string github_annotations(const ReportInput& input, Language language);

/// One HTML page that needs nothing else: charts, tables, recommendations. It fetches nothing, and forbids itself to.
/// At most 1 MB, however large the run.
[[nodiscard]] std::string html_report(const ReportInput& input, Language language);

/// The table of endpoints as CSV (RFC 4180), by impact; times in seconds, ratios 0 to 1.
[[nodiscard]] std::string csv_report(const ReportInput& input);

struct TerminalStyle {
  bool color = false;
  int width = 100;  ///< columns
};
/// The summary that ends `ingest`: a headline, one table of endpoints sorted by impact, errors by type, what was not
/// counted and why, where the samples went.
[[nodiscard]] std::string terminal_summary(const ReportInput& input, Language language, TerminalStyle style);
/// Its last part alone: where the samples went. Empty where there is no ledger.
[[nodiscard]] std::string terminal_deliveries(const ReportInput& input, Language language, TerminalStyle style);

/// The report of an integration: the lines that users know first, unchanged in form, then the results of the run,
/// recommendations and what was found in each system.
[[nodiscard]] std::string integration_report_markdown(const IntegrationReport& report, Language language);
/// The consolidated object that programs know: its eight members first, further ones behind. What could not be asked
/// is 0 there, and named under "unknown". Times are in milliseconds here, as the name of no member says. Language: of
/// the texts. Ends in a newline.
[[nodiscard]] std::string integration_report_json(const IntegrationReport& report, Language language);

/// What `ledger` prints: a table of the outputs, and what went wrong at each.
[[nodiscard]] std::string ledger_text(std::string_view run_id, std::uint64_t samples,
                                      const std::vector<LedgerEntry>& ledger, Language language, TerminalStyle style);

}  // namespace omniwriter
