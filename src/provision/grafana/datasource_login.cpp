#include "provision/grafana/datasource_login.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

#include "base/url.h"
#include "delivery/logins.h"

namespace omniwriter::grafana {
namespace {

void add_header(DatasourceLogin& login, const std::string& name, const std::string& value, std::string placeholder) {
  const auto number = login.json_data.size() + 1;
  const std::string field = fmt::format("httpHeaderValue{}", number);
  login.json_data[fmt::format("httpHeaderName{}", number)] = name;
  login.secrets[field] = Secret(value);
  login.placeholders[field] = std::move(placeholder);
}

// `variables`: the front of the names of the environment variables, as in "INFLUXDB".
void log_in(DatasourceLogin& login, const HttpLogin& as, std::string_view variables, std::string_view token) {
  if (!as.token.empty()) {
    add_header(login, "Authorization", fmt::format("{} {}", as.token_scheme, as.token.expose()),
               fmt::format("{} ${}_{}", as.token_scheme, variables, token));
  } else if (!as.username.empty()) {
    login.members["basicAuth"] = true;
    login.members["basicAuthUser"] = as.username;
    login.secrets["basicAuthPassword"] = as.password;
    login.placeholders["basicAuthPassword"] = fmt::format("${}_PASSWORD", variables);
  }
}

// Of a file of the configuration, which was there when that was read.
Secret content_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return Secret({std::istreambuf_iterator<char>(stream), {}});
}

// Grafana asks the server itself, so it has to trust it as we do, and show it what we show it. Behind the headers,
// which are numbered.
void trust(DatasourceLogin& login, const std::string& url, const HttpTls& tls) {
  if (!url.starts_with("https://")) return;
  const auto add = [&](const char* field, const std::string& file) {
    login.secrets[field] = content_of(file);
    login.placeholders[field] = fmt::format("$__file{{{}}}", file);
  };
  if (tls.insecure) login.json_data["tlsSkipVerify"] = true;
  if (!tls.ca_file.empty()) {
    login.json_data["tlsAuthWithCACert"] = true;
    add("tlsCACert", tls.ca_file);
  }
  if (!tls.client_cert_file.empty()) {
    login.json_data["tlsAuth"] = true;
    add("tlsClientCert", tls.client_cert_file);
    add("tlsClientKey", tls.client_key_file.empty() ? tls.client_cert_file : tls.client_key_file);
  }
}

bool same_server(const std::string& one, const std::string& other) {
  const auto a = parse_url(one);
  const auto b = parse_url(other);
  return a && b && a->scheme == b->scheme && a->host == b->host && a->port == b->port;
}

// "X-Scope-OrgID" as "X_SCOPE_ORGID".
std::string as_variable(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return name;
}

}  // namespace

DatasourceLogin datasource_login(const Config& config, std::string_view system) {
  DatasourceLogin login;
  const MonitoringConfig& systems = config.monitoring;
  if (system == "elasticsearch") {
    log_in(login, elasticsearch_login(systems), "ELASTICSEARCH", "API_KEY");
    trust(login, systems.elasticsearch_url, elasticsearch_login(systems).tls);
  } else if (system == "influxdb" && !systems.influxdb_token.empty()) {
    log_in(login, influxdb_login(systems), "INFLUXDB", "TOKEN");
    trust(login, systems.influxdb_url, influxdb_login(systems).tls);
  } else if (system == "influxdb") {
    login.members["user"] = systems.influxdb_username;
    if (!systems.influxdb_password.empty()) {
      login.secrets["password"] = systems.influxdb_password;
      login.placeholders["password"] = "$INFLUXDB_PASSWORD";
    }
    trust(login, systems.influxdb_url, influxdb_login(systems).tls);
  } else {
    const auto target = config.outputs.find("remote_write");
    if (target != config.outputs.end() && same_server(target->second, systems.prometheus_url)) {
      log_in(login, access_login(config.remote_write), "OMNIWRITER_REMOTE_WRITE", "TOKEN");
      for (const auto& [name, value] : config.remote_write.headers) {
        add_header(login, name, value, "$OMNIWRITER_REMOTE_WRITE_" + as_variable(name));
      }
    }
    trust(login, systems.prometheus_url, prometheus_login(systems).tls);
  }
  return login;
}

}  // namespace omniwriter::grafana
