#pragma once

#include "config/config.h"

namespace omniwriter {

struct OtlpSettings : HttpAccess {};

}  // namespace omniwriter
