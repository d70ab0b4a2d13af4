#include "formats/remote_write/remote_write.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/histogram_conversions.h"
#include "omniwriter/sample.h"

namespace omniwriter {
namespace {

using Tag = protozero::pbf_tag_type;

// Field numbers of prompb: remote.proto and types.proto of version 1.0, io/prometheus/write/v2/types.proto.
namespace v1 {
constexpr Tag kTimeSeries = 1;  // of a WriteRequest
constexpr Tag kLabels = 1;      // of a TimeSeries
constexpr Tag kSamples = 2;
constexpr Tag kHistograms = 4;
constexpr Tag kName = 1;  // of a Label
constexpr Tag kValue = 2;
// The same in both versions:
constexpr Tag kSampleValue = 1;  // of a Sample
constexpr Tag kSampleTimestamp = 2;
constexpr Tag kCountInt = 1;  // of a Histogram
constexpr Tag kSum = 3;
constexpr Tag kSchema = 4;
constexpr Tag kZeroThreshold = 5;
constexpr Tag kZeroCountInt = 6;
constexpr Tag kPositiveSpans = 11;
constexpr Tag kPositiveDeltas = 12;
constexpr Tag kTimestamp = 15;
constexpr Tag kOffset = 1;  // of a BucketSpan
constexpr Tag kLength = 2;
}  // namespace v1
namespace v2 {
constexpr Tag kSymbols = 4;  // of a Request
constexpr Tag kTimeSeries = 5;
constexpr Tag kLabelsRefs = 1;  // of a TimeSeries
constexpr Tag kSamples = 2;
constexpr Tag kHistograms = 3;
constexpr Tag kMetadata = 5;
constexpr Tag kType = 1;  // of a Metadata
constexpr Tag kHelpRef = 3;
constexpr Tag kUnitRef = 4;
}  // namespace v2

// What ends a series; an ordinary NaN has other bits.
const double kStale = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});

using LabelViews = std::vector<std::pair<std::string_view, std::string_view>>;

class Encoder {
 public:
  Encoder(const MetricsAt& metrics, std::span<const double> bounds) : metrics_(metrics), bounds_(bounds) {
    les_.reserve(bounds.size() + 1);
    for (const double bound : bounds) les_.push_back(le_label(bound));
    les_.emplace_back("+Inf");
  }

  std::string encode() {
    for (const MetricFamily& family : metrics_.families) {
      for (const MetricPoint& point : family.points) {
        if (const auto* value = std::get_if<double>(&point.value)) {
          add_sample(family.name, point.labels, {}, *value);
        } else {
          add_histogram(family, point.labels, *std::get<const Histogram*>(point.value));
        }
      }
    }
    return std::move(out_);
  }

 private:
  void add_sample(std::string_view name, const Labels& labels, std::string_view le, double value) {
    protozero::pbf_writer series = begin(name, labels, le);
    protozero::pbf_writer sample(series, v1::kSamples);
    sample.add_double(v1::kSampleValue, metrics_.ends ? kStale : value);
    sample.add_int64(v1::kSampleTimestamp, metrics_.time_ms);
  }

  void add_histogram(const MetricFamily& family, const Labels& labels, const Histogram& histogram) {
    const std::string base(family.name);
    const bool own_bounds = !family.bounds.empty();
    const auto counts = classic_buckets(histogram, own_bounds ? family.bounds : bounds_);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const std::string le = own_bounds ? le_label(family.bounds[i]) : les_[i];
      add_sample(base + "_bucket", labels, le, static_cast<double>(counts[i]));
    }
    add_sample(base + "_bucket", labels, les_.back(), static_cast<double>(histogram.count()));
    add_sample(base + "_sum", labels, {}, histogram.sum_seconds());
    add_sample(base + "_count", labels, {}, static_cast<double>(histogram.count()));
    add_native(family.name, labels, native_histogram(histogram));
  }

  void add_native(std::string_view name, const Labels& labels, const NativeHistogram& native) {
    protozero::pbf_writer series = begin(name, labels, {});
    protozero::pbf_writer out(series, v1::kHistograms);
    if (metrics_.ends) {
      out.add_uint64(v1::kCountInt, 0);
      out.add_double(v1::kSum, kStale);
      out.add_int64(v1::kTimestamp, metrics_.time_ms);
      return;
    }
    out.add_uint64(v1::kCountInt, native.count);
    out.add_double(v1::kSum, native.sum);
    out.add_sint32(v1::kSchema, native.schema);
    out.add_double(v1::kZeroThreshold, native.zero_threshold);
    out.add_uint64(v1::kZeroCountInt, native.zero_count);
    for (const NativeHistogram::Span& span : native.spans) {
      protozero::pbf_writer to(out, v1::kPositiveSpans);
      to.add_sint32(v1::kOffset, span.offset);
      to.add_uint32(v1::kLength, span.length);
    }
    out.add_packed_sint64(v1::kPositiveDeltas, native.deltas.begin(), native.deltas.end());
    out.add_int64(v1::kTimestamp, metrics_.time_ms);
  }

  // A series with its labels. Goes into the output once the writer ends.
  protozero::pbf_writer begin(std::string_view name, const Labels& labels, std::string_view le) {
    sorted_.assign({{"__name__", name}});
    if (!le.empty()) sorted_.emplace_back("le", le);
    for (const auto& [label, value] : labels) {
      if (!value.empty()) sorted_.emplace_back(label, value);
    }
    std::ranges::sort(sorted_);
    protozero::pbf_writer series(root_, v1::kTimeSeries);
    for (const auto& [label, value] : sorted_) {
      protozero::pbf_writer pair(series, v1::kLabels);
      pair.add_string(v1::kName, label.data(), label.size());
      pair.add_string(v1::kValue, value.data(), value.size());
    }
    return series;
  }

  const MetricsAt& metrics_;
  std::span<const double> bounds_;
  std::vector<std::string> les_;
  LabelViews sorted_;
  std::string out_;
  protozero::pbf_writer root_{out_};
};

std::string_view view_of(protozero::data_view data) { return {data.data(), data.size()}; }

std::pair<std::string_view, std::string_view> read_label(protozero::pbf_reader reader) {
  std::pair<std::string_view, std::string_view> label;
  while (reader.next()) {
    if (reader.tag() == v1::kName) {
      label.first = view_of(reader.get_view());
    } else if (reader.tag() == v1::kValue) {
      label.second = view_of(reader.get_view());
    } else {
      reader.skip();
    }
  }
  return label;
}

/// The distinct texts of a request 2.0, each with its number.
class Symbols {
 public:
  std::uint32_t operator()(std::string_view text) {
    const auto [at, added] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (added) texts_.push_back(text);
    return at->second;
  }
  [[nodiscard]] const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  std::vector<std::string_view> texts_{""};
  std::unordered_map<std::string_view, std::uint32_t> numbers_{{"", 0}};
};

// The family of a series by its name, as seen by version 2.0; null for none of ours.
const MetricFamily* family_of(const std::vector<MetricFamily>& families, std::string_view name) {
  for (const MetricFamily& family : families) {
    if (!name.starts_with(family.name)) continue;
    const std::string_view rest = name.substr(family.name.size());
    const bool part = family.type == MetricType::histogram && (rest == "_bucket" || rest == "_sum" || rest == "_count");
    if (rest.empty() || part) return &family;
  }
  return nullptr;
}

std::int32_t type_number(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return 1;
    case MetricType::gauge:
      return 2;
    default:
      return 3;
  }
}

// One series of version 1.0 in the form of 2.0.
void transcode(std::string_view series, const std::vector<MetricFamily>& families, Symbols& symbols,
               protozero::pbf_writer& out) {
  std::vector<std::uint32_t> refs;
  const MetricFamily* family = nullptr;
  std::vector<std::pair<Tag, protozero::data_view>> values;
  protozero::pbf_reader reader(series.data(), series.size());
  while (reader.next()) {
    switch (reader.tag()) {
      case v1::kLabels: {
        const auto [name, value] = read_label(reader.get_message());
        refs.push_back(symbols(name));
        refs.push_back(symbols(value));
        if (name == "__name__") family = family_of(families, value);
        break;
      }
      case v1::kSamples:
        values.emplace_back(v2::kSamples, reader.get_view());
        break;
      case v1::kHistograms:
        values.emplace_back(v2::kHistograms, reader.get_view());
        break;
      default:
        reader.skip();
    }
  }
  protozero::pbf_writer to(out, v2::kTimeSeries);
  to.add_packed_uint32(v2::kLabelsRefs, refs.begin(), refs.end());
  for (const auto& [tag, value] : values) to.add_message(tag, value.data(), value.size());
  if (family == nullptr) return;
  protozero::pbf_writer metadata(to, v2::kMetadata);
  metadata.add_enum(v2::kType, type_number(family->type));
  metadata.add_uint32(v2::kHelpRef, symbols(family->help));
  metadata.add_uint32(v2::kUnitRef, symbols(family->unit));
}

bool is_native(std::string_view series) {
  return protozero::pbf_reader(series.data(), series.size()).next(v1::kHistograms);
}

}  // namespace

std::string encode_time_series(const MetricsAt& metrics, std::span<const double> bucket_bounds) {
  if (bucket_bounds.empty()) bucket_bounds = kDefaultResponseTimeBuckets;
  return Encoder(metrics, bucket_bounds).encode();
}

TimeSeriesHead time_series_head(std::string_view item) {
  TimeSeriesHead head;
  protozero::pbf_reader request(item.data(), item.size());
  if (!request.next(v1::kTimeSeries)) return head;
  protozero::pbf_reader series = request.get_message();
  while (series.next()) {
    const auto tag = series.tag();
    const protozero::data_view field = series.get_view();  // all are messages
    protozero::pbf_reader inner(field);
    if (tag == v1::kLabels) {
      const auto [name, value] = read_label(inner);
      if (name == "testid") head.run_id = value;
      head.labels = head.labels * 31 + StringTable::hash(view_of(field));
    } else if (inner.next(tag == v1::kSamples ? v1::kSampleTimestamp : v1::kTimestamp)) {
      head.time_ms = inner.get_int64();
    }
  }
  return head;
}

WriteRequest make_write_request(std::span<const std::string_view> items, WriteRequestOptions options) {
  WriteRequest request;
  const auto families = load_test_families();
  Symbols symbols;
  std::string series_2;
  protozero::pbf_writer out(options.version_2 ? series_2 : request.body);
  for (const std::string_view item : items) {
    protozero::pbf_reader reader(item.data(), item.size());
    while (reader.next(v1::kTimeSeries)) {
      const std::string_view series = view_of(reader.get_view());
      const bool native = is_native(series);
      if (native && !options.native_histograms) continue;
      ++(native ? request.histograms : request.samples);
      if (options.version_2) {
        transcode(series, families, symbols, out);
      } else {
        out.add_message(v1::kTimeSeries, series.data(), series.size());
      }
    }
  }
  if (options.version_2) {
    protozero::pbf_writer body(request.body);
    for (const std::string_view text : symbols.texts()) body.add_string(v2::kSymbols, text.data(), text.size());
    request.body += series_2;
  }
  return request;
}

}  // namespace omniwriter
