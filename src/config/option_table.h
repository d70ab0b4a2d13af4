#pragma once
/// Finds settings by their keys.

#include <set>
#include <string>
#include <string_view>

#include "config/options.h"

namespace omniwriter {

/// "url" of "monitoring_config.url"; and "monitoring_config".
[[nodiscard]] std::string_view last_part(std::string_view key);
[[nodiscard]] std::string_view section_of(std::string_view key);
/// Null where there is none. A group of free names has the key of the group.
[[nodiscard]] const ConfigOption* find_option(std::string_view key);
[[nodiscard]] bool is_section(std::string_view key);
/// Whether a key stands for a secret, or for a file that holds one.
[[nodiscard]] bool is_secret(std::string_view key);
/// All keys, with sections, and without the <name> behind a group of free names.
[[nodiscard]] std::set<std::string> known_keys();
/// The known key that is most like an unknown one.
[[nodiscard]] std::string nearest_key(std::string_view unknown);

}  // namespace omniwriter
