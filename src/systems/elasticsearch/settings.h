#pragma once

#include <cstddef>
#include <string>

#include "base/secret.h"
#include "config/config.h"

namespace omniwriter {

struct ElasticsearchSettings {
  std::string url;  ///< empty: not used
  std::string index = "load-tests";
  std::string username;
  Secret password;
  Secret api_key;  ///< as Elasticsearch encodes it, or "id:key"; comes before user and password
  TlsSettings tls;
  std::size_t retention_days = 0;  ///< indices older than that are deleted; 0: never
};

}  // namespace omniwriter
