#pragma once
/// What a run was made with: RunInfo::environment.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace omniwriter {

/// "host", "cpu", "cpu_count", "memory_mb", "kernel" of this machine; "git_commit" and "git_branch" of the folder, or
/// of what continuous integration says that it checks; "configuration", a hash of the file without its secrets;
/// "omniwriter". Reads files alone: starts no program.
[[nodiscard]] std::map<std::string, std::string> run_environment(const Config& config, const Environment& environment,
                                                                 const std::filesystem::path& folder = ".");

/// A command as people wrote it, on one line, with `***` in the place of what may be secret.
[[nodiscard]] std::string masked_command(const std::vector<std::string>& argv);

}  // namespace omniwriter
