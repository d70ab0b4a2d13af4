#pragma once
/// What the configuration says of alert rules in PromQL. Pure.

#include "config/config.h"
#include "formats/prom_rules/prom_rules.h"

namespace omniwriter {

[[nodiscard]] PromRuleOptions rule_options(const Config& config);

}  // namespace omniwriter
