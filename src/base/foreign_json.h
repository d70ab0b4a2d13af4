#pragma once
/// JSON that somebody else wrote.

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace omniwriter {

/// `text` as JSON; discarded() where it is none, or is nested deeper than `kMaxJsonDepth`: each level costs a hundred
/// times the bytes that it is written in.
inline constexpr int kMaxJsonDepth = 64;
[[nodiscard]] nlohmann::json parse_foreign_json(std::string_view text);

}  // namespace omniwriter
