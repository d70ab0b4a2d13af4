#include "base/url.h"

#include <algorithm>
#include <charconv>

namespace omniwriter {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::unexpected<Error> wrong(std::string_view text, std::string_view what) {
  // Whatever may hold a password or token is not repeated.
  std::string message = text.find_first_of("@?#") == std::string_view::npos && text.size() <= 200
                            ? "\"" + std::string(text) + "\" is not the address of a server: "
                            : "not the address of a server: ";
  return fail(ErrorCode::usage, message + std::string(what));
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const bool unprintable =
      std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
  if (unprintable) return fail(ErrorCode::usage, "not the address of a server: it holds a space or control character");

  Url url;
  const auto colon = text.find("://");
  url.scheme = lower(text.substr(0, colon == std::string_view::npos ? 0 : colon));
  if (url.scheme != "http" && url.scheme != "https") return wrong(text, "it must begin with http:// or https://");

  std::string_view rest = text.substr(colon + 3);
  const auto authority_end = rest.find_first_of("/?#\\");
  std::string_view authority = rest.substr(0, authority_end);
  if (authority.find('@') != std::string_view::npos) {
    return fail(ErrorCode::usage, "the address holds credentials; take them out and use the settings for them");
  }
  if (authority_end != std::string_view::npos) url.path = rest.substr(authority_end);
  if (url.path.find_first_of("?#\\") != std::string::npos) return wrong(text, "it must end before any ?, # or \\");

  std::string_view port;
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) return wrong(text, "the bracket of the IPv6 address is not closed");
    url.host = lower(authority.substr(1, bracket - 1));
    if (url.host.empty() || url.host.find_first_not_of("0123456789abcdef:.%") != std::string::npos) {
      return wrong(text, "the IPv6 address cannot be read");
    }
    authority.remove_prefix(bracket + 1);
    if (!authority.empty() && !authority.starts_with(':')) return wrong(text, "a port must follow the address");
    if (!authority.empty()) port = authority.substr(1);
    if (!authority.empty() && port.empty()) return wrong(text, "the port is missing");
  } else {
    const auto port_colon = authority.find(':');
    url.host = lower(authority.substr(0, port_colon));
    if (port_colon != std::string_view::npos) {
      port = authority.substr(port_colon + 1);
      if (port.empty()) return wrong(text, "the port is missing");
    }
    if (url.host.empty()) return wrong(text, "the host is missing");
    if (!std::ranges::all_of(url.host, is_host_character)) return wrong(text, "the host cannot be read");
  }

  url.port = url.scheme == "https" ? 443 : 80;
  if (!port.empty()) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number == 0 || number > 65535) {
      return wrong(text, "the port must be a number from 1 to 65535");
    }
    url.port = static_cast<std::uint16_t>(number);
  }
  return url;
}

}  // namespace omniwriter
