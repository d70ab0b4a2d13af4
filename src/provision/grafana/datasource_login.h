#pragma once
/// How Grafana logs in where its data sources read from, and trusts them: as we do. Pure, but for certificates, which
/// are read from their files.

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "config/config.h"

namespace omniwriter::grafana {

/// The login of a data source, in Grafana's terms.
struct DatasourceLogin {
  nlohmann::json members = nlohmann::json::object();    ///< of the data source: who, and the names of headers
  nlohmann::json json_data = nlohmann::json::object();  ///< of its jsonData
  std::map<std::string, Secret> secrets;                ///< of its secureJsonData
  /// The same, as a provisioning file has them: Grafana fills them in from its own environment ("$INFLUXDB_TOKEN").
  std::map<std::string, std::string> placeholders;
};

/// Prometheus has a login of its own only where remote write goes to the same server: no other gets that one's secrets.
[[nodiscard]] DatasourceLogin datasource_login(const Config& config, std::string_view system);

}  // namespace omniwriter::grafana
