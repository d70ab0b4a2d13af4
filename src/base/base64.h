#pragma once
/// Base64 (RFC 4648).

#include <optional>
#include <string>
#include <string_view>

namespace omniwriter {

/// The standard alphabet, padded: "YQ==".
[[nodiscard]] std::string base64(std::string_view bytes);
/// The alphabet for URLs and file names, without padding: "YQ".
[[nodiscard]] std::string base64_url(std::string_view bytes);
/// The bytes of a text in the standard alphabet, padded or not; nothing where it is none.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace omniwriter
