#pragma once
/// Addresses of servers, as users give them.

#include <cstdint>
#include <string>
#include <string_view>

#include "omniwriter/error.h"

namespace omniwriter {

struct Url {
  std::string scheme;      ///< "http" or "https"
  std::string host;        ///< in lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  ///< the scheme's own where the text names none
  std::string path;        ///< from the first slash on; may be empty
};

/// Reads the base address of a server: http or https, a host, maybe port and path; nothing else. Credentials in it are
/// an error, for whatever is printed or stored may hold the address. Messages never repeat a text
/// that may hold a secret.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

}  // namespace omniwriter
