#pragma once
/// A hash that is the same on every machine and in every version: fit for identifiers that are stored.

#include <initializer_list>
#include <string>
#include <string_view>

namespace omniwriter {

/// 128 bits over the parts and where each ends, as 32 hexadecimal digits (FNV-1a). Not for secrets.
[[nodiscard]] std::string stable_hash(std::initializer_list<std::string_view> parts);

}  // namespace omniwriter
