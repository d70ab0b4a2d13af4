#pragma once
/// Values of settings, read from the file or the environment.

#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "config/config.h"

namespace YAML {
class Node;
}

namespace omniwriter {

/// What is wrong with a value, without its place; nothing where it is fine. Never holds a secret.
using Problem = std::optional<std::string>;
template <typename T>
using Read = std::expected<T, std::string>;

/// A value from the file or the environment.
struct Setting {
  const YAML::Node& node;        ///< text from the environment is a scalar without tag
  std::filesystem::path folder;  ///< what relative paths start from
};

[[nodiscard]] std::string_view kind_of(const YAML::Node& node);  ///< "a list"
[[nodiscard]] bool is_quoted(const YAML::Node& node);
[[nodiscard]] Read<std::string> read_text(const YAML::Node& node);
[[nodiscard]] Read<double> read_number(const YAML::Node& node);
[[nodiscard]] Read<std::filesystem::path> read_path(const Setting& setting);
/// At most `max_bytes` of a file; no more is read, whatever the file is.
[[nodiscard]] Read<std::string> read_whole(const std::filesystem::path& file, std::size_t max_bytes);
/// Calls `add(name, value)` for each entry; `add` tells what is wrong with it.
[[nodiscard]] Problem read_text_map(const Setting& setting,
                                    const std::function<Problem(const std::string&, const std::string&)>& add);

/// "must be a, b or c".
[[nodiscard]] std::string must_be(const std::vector<std::string_view>& words);

// Into a member of the configuration.
[[nodiscard]] Problem read_text_into(std::string& target, const Setting& setting);
[[nodiscard]] Problem read_url_into(std::string& target, const Setting& setting);
[[nodiscard]] Problem read_secret_into(Secret& target, const Setting& setting);
/// The secret is the content of the file, without one line end behind it.
[[nodiscard]] Problem read_secret_file_into(Secret& target, const Setting& setting);
[[nodiscard]] Problem read_path_into(std::filesystem::path& target, const Setting& setting);
[[nodiscard]] Problem read_count_into(std::size_t& target, const Setting& setting, std::size_t least, std::size_t most);
[[nodiscard]] Problem read_threshold_into(double& target, const Setting& setting, double most);
[[nodiscard]] Problem read_seconds_into(std::chrono::milliseconds& target, const Setting& setting);
[[nodiscard]] Problem read_whole_seconds_into(std::chrono::seconds& target, const Setting& setting);
[[nodiscard]] Problem read_bool_into(bool& target, const Setting& setting);
[[nodiscard]] Problem read_choice_into(Choice& target, const Setting& setting);

}  // namespace omniwriter
