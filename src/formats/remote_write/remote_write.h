#pragma once
/// The bodies of Prometheus remote write requests, before compression.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/metrics_over_time.h"

namespace omniwriter {

/// What is told at one moment as serialized `timeseries` fields of a WriteRequest 1.0: several behind one another are a
/// request. Histograms become classic ones with these bounds (seconds, ascending; kDefaultResponseTimeBuckets where
/// there are none) and, under the plain name, native ones. Series that end get stale markers. Labels are sorted; those
/// with an empty value are left out. Names and texts must be valid UTF-8.
[[nodiscard]] std::string encode_time_series(const MetricsAt& metrics, std::span<const double> bucket_bounds);

/// What the first series of such an item tells of where it belongs.
struct TimeSeriesHead {
  std::int64_t time_ms = 0;
  std::string_view run_id;   ///< the label testid; refers to the item
  std::uint64_t labels = 0;  ///< hash of all labels
};
[[nodiscard]] TimeSeriesHead time_series_head(std::string_view item);

struct WriteRequestOptions {
  bool version_2 = false;
  bool native_histograms = true;
};
struct WriteRequest {
  std::string body;
  std::uint64_t samples = 0;     ///< of all series
  std::uint64_t histograms = 0;  ///< native ones
};
/// A request of items as encode_time_series() made them. Version 2.0 adds type, unit and help of each metric.
[[nodiscard]] WriteRequest make_write_request(std::span<const std::string_view> items, WriteRequestOptions options);

}  // namespace omniwriter
