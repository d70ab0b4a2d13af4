#include "formats/prom_text/prom_text.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "model/histogram_conversions.h"

namespace omniwriter {
namespace {

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);  // the shortest text that reads back as the same number
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void append_labels(std::string& out, const Labels& labels) {
  for (const auto& [name, value] : labels) {
    if (value.empty()) continue;
    if (out.back() != '{') out += ',';
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
  }
}

// "{a="b",le="1"}", or nothing where there is no label.
std::string label_set(const Labels& labels, std::string_view le = {}) {
  std::string text = "{";
  append_labels(text, labels);
  if (!le.empty()) text += fmt::format("{}le=\"{}\"", text.size() > 1 ? "," : "", le);
  text += '}';
  return text.size() == 2 ? std::string() : text;
}

std::string_view type_name(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    default:
      return "histogram";
  }
}

}  // namespace

std::string_view content_type(PromText format) {
  return format == PromText::open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                          : "text/plain; version=0.0.4; charset=utf-8";
}

std::string encode_prom_text(const std::vector<MetricFamily>& families, PromText format,
                             std::span<const double> bucket_bounds) {
  const bool open_metrics = format == PromText::open_metrics;
  if (bucket_bounds.empty()) bucket_bounds = kDefaultResponseTimeBuckets;
  std::string out;
  auto to = std::back_inserter(out);
  for (const MetricFamily& family : families) {
    // An OpenMetrics counter "foo" has the sample "foo_total".
    std::string_view name = family.name;
    if (open_metrics && family.type == MetricType::counter && name.ends_with("_total")) name.remove_suffix(6);
    if (open_metrics) {
      fmt::format_to(to, "# TYPE {} {}\n", name, type_name(family.type));
      if (!family.unit.empty()) fmt::format_to(to, "# UNIT {} {}\n", name, family.unit);
    }
    fmt::format_to(to, "# HELP {} ", name);
    append_escaped(out, family.help, open_metrics);
    out += '\n';
    if (!open_metrics) fmt::format_to(to, "# TYPE {} {}\n", name, type_name(family.type));

    for (const MetricPoint& point : family.points) {
      if (const auto* value = std::get_if<double>(&point.value)) {
        fmt::format_to(to, "{}{} {}\n", family.name, label_set(point.labels), number(*value));
        continue;
      }
      const Histogram& histogram = *std::get<const Histogram*>(point.value);
      const auto counts = classic_buckets(histogram, bucket_bounds);
      for (std::size_t i = 0; i < counts.size(); ++i) {
        const std::string le = open_metrics ? le_label(bucket_bounds[i]) : number(bucket_bounds[i]);
        fmt::format_to(to, "{}_bucket{} {}\n", name, label_set(point.labels, le), counts[i]);
      }
      fmt::format_to(to, "{}_bucket{} {}\n", name, label_set(point.labels, "+Inf"), histogram.count());
      const std::string labels = label_set(point.labels);
      fmt::format_to(to, "{}_sum{} {}\n", name, labels, number(histogram.sum_seconds()));
      fmt::format_to(to, "{}_count{} {}\n", name, labels, histogram.count());
    }
  }
  if (open_metrics) out += "# EOF\n";
  return out;
}

}  // namespace omniwriter
