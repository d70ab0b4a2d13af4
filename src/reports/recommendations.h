#pragma once
/// What somebody should do next, each with the numbers that say so.

#include <span>
#include <string>
#include <vector>

#include "delivery/delivery.h"
#include "model/alert_rules.h"
#include "model/language.h"
#include "model/system_state.h"
#include "omniwriter/run.h"

namespace omniwriter {

struct Recommendation {
  std::string id;  ///< stable, for programs: "slow_endpoint"
  Localized text;
  Localized evidence;
};

/// Looks at how the requests went, at the delivery and at the systems, as far as each is given (`run` may be null).
/// Where all is well there is no recommendation, and none comes without evidence. Texts from outside are visible and
/// short, but not escaped for any document.
[[nodiscard]] std::vector<Recommendation> recommendations(const Run* run, const std::vector<LedgerEntry>& ledger,
                                                          const std::vector<SystemState>& systems,
                                                          std::span<const AlertRule> rules);

}  // namespace omniwriter
