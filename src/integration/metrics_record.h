#pragma once
/// Metrics of a load test that somebody hands over as a record.

#include <nlohmann/json_fwd.hpp>

#include "omniwriter/error.h"
#include "systems/metrics_record.h"

namespace omniwriter {

/// Errors: usage (a member that cannot be).
[[nodiscard]] Result<MetricsRecord> read_metrics_record(const nlohmann::json& record);

}  // namespace omniwriter
