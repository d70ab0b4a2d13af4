#pragma once
/// How large YAML is before it is taken apart.

#include <cstdint>
#include <string>

namespace omniwriter {

/// The nodes of the first document, each alias counted as all that it stands for: a few lines can stand for billions.
/// Takes time and memory of the text alone. Text that is no YAML throws a YAML::Exception.
[[nodiscard]] std::uint64_t yaml_nodes(const std::string& text);

/// More than any configuration or rule file has.
inline constexpr std::uint64_t kMaxYamlNodes = 1'000'000;

}  // namespace omniwriter
