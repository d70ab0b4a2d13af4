#include "systems/data_source.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "omniwriter/sample.h"

namespace omniwriter::grafana {
namespace {

// Of a file of the configuration, which was there when that was read.
Secret content_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return Secret({std::istreambuf_iterator<char>(stream), {}});
}

}  // namespace

Localized Queries::about_quantiles() const {
  return {"Percentis não são médias de percentis: onde um ponto cobre vários intervalos, vale o pior deles.",
          "Percentiles are never averaged: where a point covers several intervals, it shows the worst of them."};
}

std::vector<Queries::Column> Queries::phase_columns(std::string endpoint) {
  std::vector<Column> columns{{std::move(endpoint), "endpoint"}};
  for (const SampleKind phase : kPhases) columns.push_back({std::string(name_of(phase)), name_of(phase)});
  return columns;
}

void DatasourceLogin::add_header(const std::string& name, const std::string& value, std::string placeholder) {
  const auto number = json_data.size() + 1;
  const std::string field = fmt::format("httpHeaderValue{}", number);
  json_data[fmt::format("httpHeaderName{}", number)] = name;
  secrets[field] = Secret(value);
  placeholders[field] = std::move(placeholder);
}

void DatasourceLogin::log_in(const HttpLogin& as, std::string_view variables, std::string_view token) {
  if (!as.token.empty()) {
    add_header("Authorization", fmt::format("{} {}", as.token_scheme, as.token.expose()),
               fmt::format("{} ${}_{}", as.token_scheme, variables, token));
  } else if (!as.username.empty()) {
    members["basicAuth"] = true;
    members["basicAuthUser"] = as.username;
    secrets["basicAuthPassword"] = as.password;
    placeholders["basicAuthPassword"] = fmt::format("${}_PASSWORD", variables);
  }
}

void DatasourceLogin::trust(const std::string& url, const HttpTls& tls) {
  if (!url.starts_with("https://")) return;
  const auto add = [&](const char* field, const std::string& file) {
    secrets[field] = content_of(file);
    placeholders[field] = fmt::format("$__file{{{}}}", file);
  };
  if (tls.insecure) json_data["tlsSkipVerify"] = true;
  if (!tls.ca_file.empty()) {
    json_data["tlsAuthWithCACert"] = true;
    add("tlsCACert", tls.ca_file);
  }
  if (!tls.client_cert_file.empty()) {
    json_data["tlsAuth"] = true;
    add("tlsClientCert", tls.client_cert_file);
    add("tlsClientKey", tls.client_key_file.empty() ? tls.client_cert_file : tls.client_key_file);
  }
}

}  // namespace omniwriter::grafana
