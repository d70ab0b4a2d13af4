#pragma once
/// OTLP metrics as protobuf: requests, and what is said to them.

#include <cstdint>
#include <string>
#include <string_view>

#include "model/metrics_over_time.h"

namespace omniwriter {

/// What is told at one moment as a serialized `resource_metrics` field of an ExportMetricsServiceRequest: several
/// behind one another are a request. Everything is cumulative since `start_ms`; histograms are exponential ones, at
/// most 1280 buckets wide. Series that end get points without a value. Labels with an empty value are left out. Names
/// and texts must be valid UTF-8.
[[nodiscard]] std::string encode_resource_metrics(const MetricsAt& metrics, std::int64_t start_ms);

/// What an answer says besides its status.
struct OtlpAnswer {
  std::int64_t rejected_points = 0;
  std::string message;  ///< UTF-8, one line, bounded
};
/// The body of an answer of success: ExportMetricsServiceResponse. Bytes that are none say nothing.
[[nodiscard]] OtlpAnswer read_export_response(std::string_view body);
/// The message of the Status that other answers hold; empty where there is none.
[[nodiscard]] std::string read_status_message(std::string_view body);

}  // namespace omniwriter
