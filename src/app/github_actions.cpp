#include "app/github_actions.h"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "config/report_settings.h"

namespace omniwriter {

Result<void> tell_github(const Program& program, const Config& config, const ReportInput& report) {
  if (!config.of<ReportSettings>().github || program.environment("GITHUB_ACTIONS") != "true") return {};
  if (const auto file = program.environment("GITHUB_STEP_SUMMARY"); file && !file->empty()) {
    std::ofstream summary(*file, std::ios::binary | std::ios::app);
    summary << pull_request_report(report, config.lang) << "\n";
    if (!summary.flush()) program.console.note(fmt::format("the summary of the step cannot be written: {}", *file));
  }
  if (program.flags.json || program.flags.quiet) return {};
  return program.console.print(github_annotations(report, config.spoken));
}

}  // namespace omniwriter
