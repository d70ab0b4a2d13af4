#include "formats/otlp/otlp.h"

#include <algorithm>
#include <optional>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include "base/utf8.h"
#include "model/histogram_conversions.h"

namespace omniwriter {
namespace {

using Tag = protozero::pbf_tag_type;
using protozero::pbf_writer;

constexpr std::size_t kMaxMessage = 500;
// At full resolution, room for a slowest request a thousand times as long as the fastest. (The usual 160 would mean
// buckets of 4 % and more.)
constexpr std::size_t kMaxBuckets = 1280;
constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr std::int32_t kCumulative = 2;        // AggregationTemporality
constexpr std::uint32_t kNoRecordedValue = 1;  // DataPointFlags

// Field numbers of opentelemetry/proto/{collector/metrics,common,resource,metrics}/v1.
constexpr Tag kResourceMetrics = 1;  // of an ExportMetricsServiceRequest
constexpr Tag kResource = 1;         // of a ResourceMetrics
constexpr Tag kScopeMetrics = 2;
constexpr Tag kResourceAttributes = 1;  // of a Resource
constexpr Tag kScope = 1;               // of a ScopeMetrics
constexpr Tag kMetrics = 2;
constexpr Tag kScopeName = 1;  // of an InstrumentationScope
constexpr Tag kKey = 1;        // of a KeyValue
constexpr Tag kValue = 2;
constexpr Tag kString = 1;  // of an AnyValue
constexpr Tag kName = 1;    // of a Metric
constexpr Tag kDescription = 2;
constexpr Tag kUnit = 3;
constexpr Tag kGauge = 5;
constexpr Tag kSum = 7;
constexpr Tag kExponentialHistogram = 10;
constexpr Tag kDataPoints = 1;  // of a Gauge, Sum or ExponentialHistogram
constexpr Tag kTemporality = 2;
constexpr Tag kIsMonotonic = 3;
constexpr Tag kStartTime = 2;  // of a point of any kind
constexpr Tag kTime = 3;
constexpr Tag kAsDouble = 4;  // of a NumberDataPoint
constexpr Tag kNumberAttributes = 7;
constexpr Tag kNumberFlags = 8;
constexpr Tag kHistogramAttributes = 1;  // of an ExponentialHistogramDataPoint
constexpr Tag kCount = 4;
constexpr Tag kSumOfValues = 5;
constexpr Tag kScale = 6;
constexpr Tag kZeroCount = 7;
constexpr Tag kPositive = 8;
constexpr Tag kHistogramFlags = 10;
constexpr Tag kMin = 12;
constexpr Tag kMax = 13;
constexpr Tag kOffset = 1;  // of Buckets
constexpr Tag kBucketCounts = 2;
constexpr Tag kPartialSuccess = 1;      // of an ExportMetricsServiceResponse
constexpr Tag kRejectedDataPoints = 1;  // of an ExportMetricsPartialSuccess
constexpr Tag kErrorMessage = 2;
constexpr Tag kStatusMessage = 2;  // of a google.rpc.Status

void add_text(pbf_writer& to, Tag tag, std::string_view text) { to.add_string(tag, text.data(), text.size()); }

void add_attribute(pbf_writer& to, Tag tag, std::string_view key, std::string_view text) {
  pbf_writer pair(to, tag);
  add_text(pair, kKey, key);
  pbf_writer value(pair, kValue);
  add_text(value, kString, text);
}

void add_attributes(pbf_writer& to, Tag tag, const Labels& labels) {
  for (const auto& [label, value] : labels) {
    if (!value.empty()) add_attribute(to, tag, label, value);
  }
}

class Encoder {
 public:
  Encoder(const MetricsAt& metrics, std::int64_t start_ms)
      : metrics_(metrics), start_ns_(ns_of(start_ms)), time_ns_(ns_of(metrics.time_ms)) {}

  void add_metric(pbf_writer& scope, const MetricFamily& family) const {
    pbf_writer metric(scope, kMetrics);
    add_text(metric, kName, family.name);
    add_text(metric, kDescription, family.help);
    add_text(metric, kUnit, family.unit == "seconds" ? "s" : family.unit);  // as UCUM has it
    if (family.type == MetricType::gauge) {
      pbf_writer gauge(metric, kGauge);
      add_points(gauge, family);
      return;
    }
    pbf_writer data(metric, family.type == MetricType::counter ? kSum : kExponentialHistogram);
    add_points(data, family);
    data.add_enum(kTemporality, kCumulative);
    if (family.type == MetricType::counter) data.add_bool(kIsMonotonic, true);
  }

 private:
  static std::uint64_t ns_of(std::int64_t ms) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0)) * kNsPerMs;
  }

  void add_points(pbf_writer& to, const MetricFamily& family) const {
    for (const MetricPoint& point : family.points) {
      pbf_writer out(to, kDataPoints);
      if (family.type != MetricType::gauge) out.add_fixed64(kStartTime, start_ns_);
      out.add_fixed64(kTime, time_ns_);
      if (const auto* value = std::get_if<double>(&point.value)) {
        add_attributes(out, kNumberAttributes, point.labels);
        if (metrics_.ends) {
          out.add_uint32(kNumberFlags, kNoRecordedValue);
        } else {
          out.add_double(kAsDouble, *value);
        }
      } else {
        add_histogram(out, point.labels, *std::get<const Histogram*>(point.value));
      }
    }
  }

  void add_histogram(pbf_writer& out, const Labels& labels, const Histogram& histogram) const {
    add_attributes(out, kHistogramAttributes, labels);
    if (metrics_.ends) {
      out.add_uint32(kHistogramFlags, kNoRecordedValue);
      return;
    }
    const OtelHistogram otel = otel_histogram(histogram, kMaxBuckets);
    out.add_fixed64(kCount, otel.count);
    out.add_double(kSumOfValues, otel.sum);
    out.add_sint32(kScale, otel.scale);
    out.add_fixed64(kZeroCount, otel.zero_count);
    {
      pbf_writer positive(out, kPositive);
      positive.add_sint32(kOffset, otel.offset);
      positive.add_packed_uint64(kBucketCounts, otel.bucket_counts.begin(), otel.bucket_counts.end());
    }
    if (otel.count == 0) return;
    out.add_double(kMin, otel.min);
    out.add_double(kMax, otel.max);
  }

  const MetricsAt& metrics_;
  std::uint64_t start_ns_;
  std::uint64_t time_ns_;
};

// Calls `read` with each field of a message; it tells whether it has consumed the field. False where the bytes are
// none.
template <typename Read>
bool read_fields(std::string_view bytes, const Read& read) {
  try {
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      if (!read(reader)) reader.skip();
    }
    return true;
  } catch (const protozero::exception&) {  // ends here, as all exceptions of libraries
    return false;
  }
}

bool is_text(const protozero::pbf_reader& field, Tag tag) {
  return field.tag() == tag && field.wire_type() == protozero::pbf_wire_type::length_delimited;
}

std::string_view view_of(protozero::data_view data) { return {data.data(), data.size()}; }

}  // namespace

std::string encode_resource_metrics(const MetricsAt& metrics, std::int64_t start_ms) {
  std::string bytes;
  {
    pbf_writer root(bytes);
    pbf_writer all(root, kResourceMetrics);
    {
      pbf_writer resource(all, kResource);
      add_attribute(resource, kResourceAttributes, "service.name", "load_test");
    }
    pbf_writer scope(all, kScopeMetrics);
    {
      pbf_writer who(scope, kScope);
      add_text(who, kScopeName, "omniwriter");
    }
    const Encoder encoder(metrics, start_ms);
    for (const MetricFamily& family : metrics.families) encoder.add_metric(scope, family);
  }
  return bytes;
}

OtlpAnswer read_export_response(std::string_view body) {
  OtlpAnswer answer;
  std::string_view partial;
  const bool whole = read_fields(body, [&](protozero::pbf_reader& field) {
    if (!is_text(field, kPartialSuccess)) return false;
    partial = view_of(field.get_view());
    return true;
  });
  const bool partial_whole = read_fields(partial, [&](protozero::pbf_reader& field) {
    if (is_text(field, kErrorMessage)) {
      answer.message = clean_utf8(view_of(field.get_view()), kMaxMessage);
      return true;
    }
    if (field.tag() != kRejectedDataPoints || field.wire_type() != protozero::pbf_wire_type::varint) return false;
    answer.rejected_points = std::max<std::int64_t>(field.get_int64(), 0);
    return true;
  });
  return whole && partial_whole ? answer : OtlpAnswer();
}

std::string read_status_message(std::string_view body) {
  std::string message;
  const bool whole = read_fields(body, [&](protozero::pbf_reader& field) {
    if (!is_text(field, kStatusMessage)) return false;
    message = clean_utf8(view_of(field.get_view()), kMaxMessage);
    return true;
  });
  return whole ? message : std::string();
}

}  // namespace omniwriter
