#pragma once
/// Which configuration file is taken where the user names none.

#include <filesystem>
#include <optional>
#include <vector>

namespace omniwriter {

struct FoundConfigFile {
  std::optional<std::filesystem::path> file;   ///< relative to the working directory
  std::vector<std::filesystem::path> foreign;  ///< before it: not a single setting in them is ours
};

/// config.json, then tests/load/integration/config.json, then omniwriter.yaml: the first that there is. config.json is
/// a name that many programs use, so one of somebody else's is passed over; what cannot be read as JSON or YAML is not.
[[nodiscard]] FoundConfigFile find_config_file();

}  // namespace omniwriter
