#include "provision/rule_options.h"

#include "delivery/dashboard_link.h"

namespace omniwriter {

PromRuleOptions rule_options(const Config& config) {
  return {
      .stale_after = config.prometheus.alert_stale_after, .dashboard = dashboard_link(config), .language = config.lang};
}

}  // namespace omniwriter
