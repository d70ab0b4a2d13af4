#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "config/config.h"

namespace omniwriter {

struct GrafanaSettings {
  std::string url;  ///< empty: not used
  Secret api_key;
  TlsSettings tls;
  std::string folder = "Omni Writer";  ///< title of the folder of dashboards and alert rules
  std::string datasource;              ///< the system that the dashboards read; empty: the first that is used
  std::string datasource_uid;          ///< of a data source that is there, for the dashboards to read; empty: our own
  std::string datasource_name;         ///< the same by its name
  Choice alert_rules =
      Choice::automatic;           ///< yes: alert rules that Grafana evaluates; automatic: where nothing else does
  std::string refresh = "10s";     ///< of the dashboards
  std::string time_range = "24h";  ///< the dashboards show the last so much
  std::vector<std::string> hidden_panels;  ///< titles
  std::vector<std::string> extra_panels;   ///< each a panel of the main dashboard, as JSON
};

}  // namespace omniwriter
