#pragma once
/// The state of the systems that results go to, seen from here.

#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "model/system_state.h"
#include "net/http_client.h"

namespace omniwriter {

/// Checks Grafana, Prometheus, Pushgateway, Elasticsearch and InfluxDB, in this order. Read-only: GET requests, and one
/// empty write to InfluxDB that shows whether writing is allowed. Each takes at most the request timeout of `config`.
/// Findings name the setting to change and never hold a secret. `clock` is what the clocks
/// of the systems are compared with.
[[nodiscard]] std::vector<SystemState> check_systems(const Config& config, HttpClient& http, const Clock& clock);

}  // namespace omniwriter
