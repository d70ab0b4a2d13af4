#pragma once
/// What is known of the time of a run besides its requests: CPU and memory, and what a Prometheus is asked.

#include <cstdint>
#include <map>
#include <string>

#include "config/config.h"

namespace omniwriter {

enum class VitalsSource : std::uint8_t { tool, host, none };

struct VitalsSettings {
  VitalsSource source = VitalsSource::tool;
  std::string cgroup;                          ///< that the tool runs in; empty: its processes are looked for
  std::map<std::string, std::string> queries;  ///< PromQL by the name that its numbers get
  std::string prometheus_url;                  ///< that is asked; empty: the one whose dashboards there are
  HttpAccess prometheus;                       ///< the login of either; headers are not used
};

}  // namespace omniwriter
