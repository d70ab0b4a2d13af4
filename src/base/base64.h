#pragma once
/// Base64 (RFC 4648).

#include <string>
#include <string_view>

namespace omniwriter {

/// The standard alphabet, padded: "YQ==".
[[nodiscard]] std::string base64(std::string_view bytes);
/// The alphabet for URLs and file names, without padding: "YQ".
[[nodiscard]] std::string base64_url(std::string_view bytes);

}  // namespace omniwriter
