#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/secret.h"
#include "config/config.h"

namespace omniwriter {

/// Which of the write interfaces of InfluxDB; automatic: found out from the server and from the login that is given.
enum class InfluxDbApi : std::uint8_t { automatic, v1, v2, v3 };

struct InfluxDbSettings {
  std::string url;  ///< empty: not used
  std::string database = "load_tests";
  std::string username;
  Secret password;
  InfluxDbApi api = InfluxDbApi::automatic;
  std::string org;
  std::string bucket;  ///< empty: `database`
  Secret token;        ///< comes before user and password
  TlsSettings tls;
  std::size_t retention_days = 0;  ///< points older than that are dropped; 0: never
};

}  // namespace omniwriter
