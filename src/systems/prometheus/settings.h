#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "config/config.h"

namespace omniwriter {

struct PrometheusSettings {
  std::string url;  ///< empty: not used
  TlsSettings tls;
  std::filesystem::path rules_dir;               ///< folder that Prometheus reads rule files from; empty: none
  std::string ruler_url;                         ///< of a ruler's configuration API; empty: none
  std::chrono::seconds alert_stale_after{3600};  ///< no alert for what was pushed longer ago
};

struct PushgatewaySettings {
  std::string url;  ///< empty: not used
  TlsSettings tls;
};

/// Of the output `remote_write`.
struct RemoteWriteSettings : HttpAccess {};

}  // namespace omniwriter
