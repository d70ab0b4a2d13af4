#pragma once
/// Metrics of a load test that somebody hands over as a record, on their way to InfluxDB and Elasticsearch.

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "delivery/output.h"
#include "integration/live_run.h"
#include "omniwriter/error.h"

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
};
[[nodiscard]] Result<MetricsRecord> read_metrics_record(const nlohmann::json& record);

/// Where and when it is written. Two records of one process have different times.
struct RecordContext {
  std::string run_id;
  std::int64_t time_ns = 0;
  std::map<std::string, std::string> labels;
  std::string index;  ///< of Elasticsearch
};
/// As the points, or documents, that a delivered run consists of, so that dashboards show both alike. Percentiles are
/// left out: a mean tells nothing of them.
[[nodiscard]] std::vector<OutputItem> influxdb_items(const MetricsRecord& record, const RecordContext& context);
/// The document also holds the record's own members.
[[nodiscard]] std::vector<OutputItem> elasticsearch_items(const MetricsRecord& record, const RecordContext& context,
                                                          const nlohmann::json& original);

}  // namespace omniwriter
