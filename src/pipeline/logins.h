#pragma once
/// Who one is to the systems of the configuration. Where a user and a token are given, the token alone is used.

#include "config/config.h"
#include "net/http_client.h"

namespace omniwriter {

[[nodiscard]] HttpLogin grafana_login(const MonitoringConfig& config);
[[nodiscard]] HttpLogin elasticsearch_login(const MonitoringConfig& config);
/// For versions 1 and 2, and for what version 3 understands of them.
[[nodiscard]] HttpLogin influxdb_login(const MonitoringConfig& config);

}  // namespace omniwriter
