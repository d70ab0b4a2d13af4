#pragma once

#include "config/config.h"

namespace omniwriter {

struct LokiSettings : HttpAccess {};

}  // namespace omniwriter
