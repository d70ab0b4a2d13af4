#pragma once
/// Who one is to a server, and how that is trusted: settings as HttpLogin has them.

#include <string>

#include "config/config.h"
#include "net/http_client.h"

namespace omniwriter {

[[nodiscard]] HttpLogin by_token(Secret token, const char* scheme);
[[nodiscard]] HttpLogin by_user(const std::string& username, const Secret& password);
[[nodiscard]] HttpLogin trusting(HttpLogin login, const TlsSettings& settings);
/// Where a user and a token are given, the token alone is used.
[[nodiscard]] HttpLogin access_login(const HttpAccess& access);

}  // namespace omniwriter
