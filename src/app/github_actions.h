#pragma once
/// What GitHub Actions shows of a run, where the program runs there.

#include "app/command.h"

namespace omniwriter {

/// Adds the run to the summary of the step (`GITHUB_STEP_SUMMARY`), and prints annotations, unless stdout is to hold
/// JSON. Does nothing elsewhere, nor where the configuration says so. That it cannot be done is noted: it fails no
/// test.
[[nodiscard]] Result<void> tell_github(const Program& program, const Config& config, const ReportInput& report);

}  // namespace omniwriter
