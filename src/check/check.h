#pragma once
/// The state of the systems that results go to, seen from here.

#include <string>
#include <vector>

#include "config/config.h"
#include "net/http_client.h"

namespace omniwriter {

struct Finding {
  std::string finding;
  std::string remedy;
};

struct SystemState {
  std::string system;  ///< "grafana", "prometheus", "pushgateway", "elasticsearch", "influxdb"
  std::string url;     ///< empty where it is not configured
  bool configured = false;
  bool reachable = false;  ///< it answered over HTTP, whatever it said
  std::string version;     ///< as the system states it, for example "1.6.7" or "opensearch 2.19.4"; empty where unknown
  bool ok = false;         ///< configured, reachable, and it refuses nothing that OmniWriter needs
  std::vector<Finding> findings;  ///< what keeps it from being ok first; then what is worth knowing
};

/// Looks at all five, in the order above. Sends GET requests only, so nothing changes anywhere; each takes at most the
/// request timeout of `config`. Findings name the setting to change and never hold a secret.
[[nodiscard]] std::vector<SystemState> check_systems(const Config& config, HttpClient& http);

}  // namespace omniwriter
