#pragma once
/// A configuration file as YAML, of which JSON is a part. No exception of yaml-cpp gets beyond this.

#include <yaml-cpp/yaml.h>

#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>

#include "omniwriter/error.h"

namespace omniwriter {

/// At most 1 MiB, of one document.
[[nodiscard]] Result<YAML::Node> read_document(const std::filesystem::path& file);
/// An error of a place in a file.
[[nodiscard]] std::unexpected<Error> wrong_at(const std::filesystem::path& file, const YAML::Mark& mark,
                                              std::string_view what);
[[nodiscard]] std::unexpected<Error> not_valid(const std::filesystem::path& file, const std::exception& error);

/// What `use` gives. What yaml-cpp throws meanwhile is an error of the file.
template <typename Use>
std::invoke_result_t<Use> guarded(const std::filesystem::path& file, const Use& use) {
  try {
    return use();
  } catch (const std::exception& error) {  // yaml-cpp lets exceptions of the standard library pass
    return not_valid(file, error);
  }
}

}  // namespace omniwriter
