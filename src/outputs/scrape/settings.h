#pragma once

#include "base/secret.h"

namespace omniwriter {

struct ScrapeSettings {
  Secret token;  ///< that a scraper has to send as `Authorization: Bearer`
};

}  // namespace omniwriter
