#pragma once
/// What a user has set, and where.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace omniwriter {

struct SettingInEffect {
  std::string key;    ///< as in option_reference(); of a group of free names each name that is set
  std::string value;  ///< on one line; never that of a secret
  std::string from;   ///< a file, an environment variable; empty: the default
};

/// Every setting there is, of a file and an environment that load_config() accepts.
[[nodiscard]] Result<std::vector<SettingInEffect>> settings_in_effect(const std::optional<std::filesystem::path>& file,
                                                                      const Environment& environment);

}  // namespace omniwriter
