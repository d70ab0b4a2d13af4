#pragma once
/// Metrics of a load test that somebody hands over as a record, on their way to the systems that keep such.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/config.h"
#include "delivery/output.h"
#include "model/histogram_conversions.h"
#include "model/metrics_update.h"

namespace omniwriter {

/// A record as users write it: test_name, requests_count, response_time_avg (milliseconds), error_rate (0 to 1),
/// throughput (requests a second), cpu_usage (percent), memory_usage (MB), active_users; all but the name may be
/// missing. Further members, text or numbers, are kept under their own names.
struct MetricsRecord {
  MetricsUpdate metrics;
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> texts;
  bool has_cpu = false;
  bool has_memory = false;
  bool has_users = false;
  nlohmann::json original;  ///< as it was handed over
};

/// All requests at the one response time that is known of them.
[[nodiscard]] std::vector<HeatmapBucket> buckets_of(const MetricsUpdate& metrics);

/// How a system keeps single records, as items of the output of the same name. Two of one process have different times.
struct Records {
  /// As the points, or documents, that a delivered run consists of, so that dashboards show both alike. Percentiles are
  /// left out: a mean tells nothing of them.
  std::vector<OutputItem> (*of)(const Config& config, const MetricsRecord& record, const std::string& run_id,
                                std::int64_t time_ns);
  /// That the integration was here.
  OutputItem (*of_integration)(const Config& config, std::int64_t time_ns);
};

}  // namespace omniwriter
