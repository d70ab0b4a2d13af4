#include "systems/metrics_record.h"

#include <cmath>

namespace omniwriter {

std::vector<HeatmapBucket> buckets_of(const MetricsUpdate& metrics) {
  Histogram times;
  times.add(std::llround(metrics.response_time_ms * 1e6), metrics.requests_count);
  return heatmap_buckets(times, {});
}

}  // namespace omniwriter
