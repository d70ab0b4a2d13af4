#include "base/usage.h"

#include <fmt/format.h>

namespace omniwriter {

std::unexpected<Error> fail_with_hint(ErrorCode code, std::string message, std::string_view hint) {
  return fail(code, std::move(message) + "\n" + std::string(hint));
}

Result<std::pair<std::string, std::string>> split_pair(std::string_view text, std::string_view option) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return fail(ErrorCode::usage, fmt::format("{} takes name=value", option));
  }
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

}  // namespace omniwriter
