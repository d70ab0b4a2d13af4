#include "pipeline/logins.h"

#include "base/base64.h"

namespace omniwriter {
namespace {

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

}  // namespace

HttpLogin grafana_login(const MonitoringConfig& config) { return by_token(config.grafana_api_key, "Bearer"); }

HttpLogin elasticsearch_login(const MonitoringConfig& config) {
  const std::string& key = config.elasticsearch_api_key.expose();
  if (key.empty()) return by_user(config.elasticsearch_username, config.elasticsearch_password);
  const bool encoded = key.find(':') == std::string::npos;
  return by_token(Secret(encoded ? key : base64(key)), "ApiKey");
}

HttpLogin influxdb_login(const MonitoringConfig& config) {
  if (config.influxdb_token.empty()) return by_user(config.influxdb_username, config.influxdb_password);
  return by_token(config.influxdb_token, "Token");
}

}  // namespace omniwriter
