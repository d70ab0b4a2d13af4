#pragma once
/// What the commands share that judge runs: their options, and the exit code that a judgement gives.

#include <optional>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "config/config.h"
#include "judge/judgement.h"
#include "omniwriter/error.h"

namespace omniwriter {

struct JudgeOptions {
  std::vector<std::string> thresholds;
  std::vector<std::string> warnings;
  std::vector<std::string> files;
  std::optional<std::string> baseline;
  bool strict = false;
  std::optional<std::string> history;
};

/// Adds these options to those of a command.
void add_judge_options(Command& command, JudgeOptions& options);

/// Puts them over the configuration: criteria that must hold take the place of those, and so do those that only warn.
[[nodiscard]] Result<void> apply(const JudgeOptions& options, Config& config);

/// What the program ends with: 99, 98 and 97 of the judgement, before 4 where delivery is incomplete.
[[nodiscard]] int exit_code(const Judgement& judgement, const Config& config, bool delivery_incomplete);

}  // namespace omniwriter
