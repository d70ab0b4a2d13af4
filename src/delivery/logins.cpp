#include "delivery/logins.h"

#include <charconv>

#include "base/base64.h"

namespace omniwriter {
namespace {

HttpTls tls_of(const TlsSettings& settings) {
  return {.ca_file = settings.ca_file.string(),
          .client_cert_file = settings.client_cert_file.string(),
          .client_key_file = settings.client_key_file.string(),
          .insecure = settings.insecure_skip_verify.value_or(false)};
}

HttpLogin trusting(HttpLogin login, const TlsSettings& settings) {
  login.tls = tls_of(settings);
  return login;
}

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

HttpLogin grafana_login(const MonitoringConfig& config) {
  return trusting(by_token(config.grafana_api_key, "Bearer"), config.grafana_tls);
}

HttpLogin prometheus_login(const MonitoringConfig& config) { return trusting({}, config.prometheus_tls); }
HttpLogin pushgateway_login(const MonitoringConfig& config) { return trusting({}, config.pushgateway_tls); }

HttpLogin elasticsearch_login(const MonitoringConfig& config) {
  const std::string& key = config.elasticsearch_api_key.expose();
  const bool encoded = key.find(':') == std::string::npos;
  return trusting(key.empty() ? by_user(config.elasticsearch_username, config.elasticsearch_password)
                              : by_token(Secret(encoded ? key : base64(key)), "ApiKey"),
                  config.elasticsearch_tls);
}

HttpLogin influxdb_login(const MonitoringConfig& config) {
  return trusting(config.influxdb_token.empty() ? by_user(config.influxdb_username, config.influxdb_password)
                                                : by_token(config.influxdb_token, "Token"),
                  config.influxdb_tls);
}

InfluxDbApi influxdb_api(const MonitoringConfig& config, std::string_view version) {
  if (config.influxdb_api != InfluxDbApi::automatic) return config.influxdb_api;
  const bool has_token = !config.influxdb_token.empty();
  if (!has_token && !config.influxdb_username.empty()) return InfluxDbApi::v1;
  if (version.starts_with('v')) version.remove_prefix(1);
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  if (major >= 3) return InfluxDbApi::v3;
  return has_token ? InfluxDbApi::v2 : InfluxDbApi::v1;
}

const std::string& influxdb_place(const MonitoringConfig& config, InfluxDbApi api) {
  const bool bucket = api != InfluxDbApi::v1 && !config.influxdb_bucket.empty();
  return bucket ? config.influxdb_bucket : config.influxdb_database;
}

HttpLogin access_login(const HttpAccess& access) {
  return trusting(access.token.empty() ? by_user(access.username, access.password) : by_token(access.token, "Bearer"),
                  access.tls);
}

}  // namespace omniwriter
