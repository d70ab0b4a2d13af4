#include "formats/prom_text/prom_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "model/detail_points.h"
#include "model/histogram_conversions.h"
#include "model/metrics_over_time.h"

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

// An OpenMetrics counter "foo" has the sample "foo_total".
std::string_view name_of(const MetricFamily& family, PromText format) {
  std::string_view name = family.name;
  if (format == PromText::open_metrics && family.type == MetricType::counter && name.ends_with("_total")) {
    name.remove_suffix(6);
  }
  return name;
}

void append_head(std::string& out, const MetricFamily& family, PromText format) {
  const bool open_metrics = format == PromText::open_metrics;
  const std::string_view name = name_of(family, format);
  auto to = std::back_inserter(out);
  if (open_metrics) {
    fmt::format_to(to, "# TYPE {} {}\n", name, type_name(family.type));
    if (!family.unit.empty()) fmt::format_to(to, "# UNIT {} {}\n", name, family.unit);
  }
  fmt::format_to(to, "# HELP {} ", name);
  append_escaped(out, family.help, open_metrics);
  out += '\n';
  if (!open_metrics) fmt::format_to(to, "# TYPE {} {}\n", name, type_name(family.type));
}

// `time`: empty, or a timestamp with a space before it.
void append_point(std::string& out, const MetricFamily& family, const MetricPoint& point, PromText format,
                  std::span<const double> bucket_bounds, std::string_view time) {
  auto to = std::back_inserter(out);
  if (const auto* value = std::get_if<double>(&point.value)) {
    fmt::format_to(to, "{}{} {}{}\n", family.name, label_set(point.labels), number(*value), time);
    return;
  }
  if (!family.bounds.empty()) bucket_bounds = family.bounds;
  const std::string_view name = family.name;
  const Histogram& histogram = *std::get<const Histogram*>(point.value);
  const auto counts = classic_buckets(histogram, bucket_bounds);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::string le = format == PromText::open_metrics ? le_label(bucket_bounds[i]) : number(bucket_bounds[i]);
    fmt::format_to(to, "{}_bucket{} {}{}\n", name, label_set(point.labels, le), counts[i], time);
  }
  fmt::format_to(to, "{}_bucket{} {}{}\n", name, label_set(point.labels, "+Inf"), histogram.count(), time);
  const std::string labels = label_set(point.labels);
  fmt::format_to(to, "{}_sum{} {}{}\n", name, labels, number(histogram.sum_seconds()), time);
  fmt::format_to(to, "{}_count{} {}{}\n", name, labels, histogram.count(), time);
}

/// The lines of one family: those of a series stand together, in the order of time.
class SeriesLines {
 public:
  std::string& of(const Labels& labels) {
    const auto [at, added] = numbers_.try_emplace(label_set(labels), lines_.size());
    if (added) lines_.emplace_back();
    return lines_[at->second];
  }
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  void append_to(std::string& out) const {
    for (const std::string& lines : lines_) out += lines;
  }

 private:
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::string> lines_;
};

std::string timestamp(std::int64_t time_ms) { return fmt::format(" {}", static_cast<double>(time_ms) / 1000); }

constexpr std::int64_t kMostSlots = std::int64_t{1} << 40;  // to a step: more than any run has

// About so many lines tell of the endpoints and what else there is, and so many of all together.
std::size_t lines_of(const Run& run, std::int64_t slots_per_step, std::size_t bounds) {
  constexpr std::size_t kGauges = kToldQuantiles.size() + 1;  // and the mean
  std::size_t lines = 0;
  std::set<std::int64_t> all_steps;
  for (const Series& series : run.series) {
    if (!is_told(series.kind)) continue;
    const bool of_requests = series.kind == SampleKind::request;
    std::size_t steps = 1;
    std::optional<std::int64_t> last;
    for (const auto& [slot, tally] : series.timeline) {
      if (last == slot / slots_per_step) continue;
      last = slot / slots_per_step;
      if (of_requests) all_steps.insert(*last);
      ++steps;
    }
    if (of_requests) {
      lines +=
          steps * (bounds + 3 + run.by_status(series.total).size() + run.by_error_type(series.total).size() + kGauges);
    } else {
      lines +=
          steps * (is_phase(series.kind) || series.kind == SampleKind::timing ? kDetailBuckets.size() + 4 : kGauges);
    }
  }
  return lines + all_steps.size() * (kUsualMetrics + 2 * kGauges);
}

}  // namespace

std::string_view content_type(PromText format) {
  return format == PromText::open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                          : "text/plain; version=0.0.4; charset=utf-8";
}

std::string encode_prom_text(const std::vector<MetricFamily>& families, PromText format,
                             std::span<const double> bucket_bounds) {
  if (bucket_bounds.empty()) bucket_bounds = kDefaultResponseTimeBuckets;
  std::string out;
  for (const MetricFamily& family : families) {
    append_head(out, family, format);
    for (const MetricPoint& point : family.points) append_point(out, family, point, format, bucket_bounds, {});
  }
  if (format == PromText::open_metrics) out += "# EOF\n";
  return out;
}

std::string encode_open_metrics_over_time(const Run& run, const Labels& extra_labels,
                                          std::span<const double> bucket_bounds, std::size_t max_lines) {
  if (bucket_bounds.empty()) bucket_bounds = kDefaultResponseTimeBuckets;
  std::int64_t slots_per_step = 1;
  while (slots_per_step < kMostSlots && lines_of(run, slots_per_step, bucket_bounds.size()) > max_lines) {
    slots_per_step *= 2;
  }
  const auto families = load_test_families();
  std::vector<SeriesLines> lines(families.size());
  const auto record = [&](const MetricsAt& metrics) {
    if (metrics.ends) return;  // the format has no way to say so
    for (const MetricFamily& family : metrics.families) {
      const auto found = std::ranges::find(families, family.name, &MetricFamily::name);
      for (const MetricPoint& point : family.points) {
        std::string& out = lines[static_cast<std::size_t>(found - families.begin())].of(point.labels);
        append_point(out, family, point, PromText::open_metrics, bucket_bounds, timestamp(metrics.time_ms));
      }
    }
  };
  for (const Series& series : run.series) {
    if (is_told(series.kind)) visit_endpoint_over_time(run, series, extra_labels, slots_per_step, record);
  }
  visit_all_over_time(run, extra_labels, slots_per_step, record);
  std::string out;
  for (std::size_t i = 0; i < families.size(); ++i) {
    if (i >= kUsualMetrics && lines[i].empty()) continue;
    append_head(out, families[i], PromText::open_metrics);
    lines[i].append_to(out);
  }
  return out + "# EOF\n";
}

}  // namespace omniwriter
