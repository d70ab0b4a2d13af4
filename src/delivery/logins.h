#pragma once
/// Who one is to the systems of the configuration, and how they are trusted. Where a user and a token are given, the
/// token alone is used.

#include <string>
#include <string_view>

#include "config/config.h"
#include "net/http_client.h"

namespace omniwriter {

[[nodiscard]] HttpLogin grafana_login(const MonitoringConfig& config);
/// Prometheus and the Pushgateway know no login: only certificates.
[[nodiscard]] HttpLogin prometheus_login(const MonitoringConfig& config);
[[nodiscard]] HttpLogin pushgateway_login(const MonitoringConfig& config);
[[nodiscard]] HttpLogin elasticsearch_login(const MonitoringConfig& config);
/// For versions 1 and 2, and for what version 3 understands of them.
[[nodiscard]] HttpLogin influxdb_login(const MonitoringConfig& config);
[[nodiscard]] HttpLogin access_login(const HttpAccess& access);

/// Which interface of InfluxDB is written to, for a server that tells this version of itself ("1.8.10", "v2.7.6";
/// empty: none). Where a user is given, version 1 it is: later ones know tokens alone. Where a token is given it is
/// not.
[[nodiscard]] InfluxDbApi influxdb_api(const MonitoringConfig& config, std::string_view version);
/// The database of version 1 and 3, the bucket of version 2.
[[nodiscard]] const std::string& influxdb_place(const MonitoringConfig& config, InfluxDbApi api);

}  // namespace omniwriter
