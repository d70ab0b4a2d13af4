#include "delivery/logins.h"

#include <utility>

namespace omniwriter {

HttpLogin by_token(Secret token, const char* scheme) {
  HttpLogin login;
  login.token = std::move(token);
  login.token_scheme = scheme;
  return login;
}

HttpLogin by_user(const std::string& username, const Secret& password) {
  HttpLogin login;
  login.username = username;
  login.password = password;
  return login;
}

HttpLogin trusting(HttpLogin login, const TlsSettings& settings) {
  login.tls = {.ca_file = settings.ca_file.string(),
               .client_cert_file = settings.client_cert_file.string(),
               .client_key_file = settings.client_key_file.string(),
               .insecure = settings.insecure_skip_verify.value_or(false)};
  return login;
}

HttpLogin access_login(const HttpAccess& access) {
  return trusting(access.token.empty() ? by_user(access.username, access.password) : by_token(access.token, "Bearer"),
                  access.tls);
}

}  // namespace omniwriter
