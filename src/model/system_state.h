#pragma once
/// What is known of a system that results go to.

#include <string>
#include <vector>

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

}  // namespace omniwriter
