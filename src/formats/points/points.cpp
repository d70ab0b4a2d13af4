#include "formats/points/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/csv_field.h"
#include "base/rfc3339.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

constexpr std::array<std::string_view, 15> kColumns{
    "requests", "errors", "throughput_rps", "mean",       "min",          "p50",         "p90",      "p95",
    "p99",      "max",    "bytes_received", "bytes_sent", "active_users", "cpu_percent", "memory_mb"};
// Of runs that have phases, checks or metrics.
constexpr std::array<std::string_view, 15> kDetailColumns{
    "type", "phase",  "dimension", "dimension_value", "check", "metric",     "metric_type", "count",
    "sum",  "passed", "failed",    "ratio",           "added", "per_second", "last"};

Json document(const Run& run, std::string_view type, std::int64_t time_ns) {
  return {{"type", type},
          {"time", format_rfc3339(time_ns)},
          {"testid", run.info.run_id},
          {"test_name", run.info.test_name},
          {"tool", run.info.tool}};
}

std::string finished(Json document, const Measures& measures, const ConfiguredLabels& labels) {
  for (const auto& [name, value] : measures) {
    std::visit([&, &key = name](const auto& number) { document[std::string(key)] = number; }, value);
  }
  if (!labels.empty()) document["labels"] = labels;
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string interval_json(const Run& run, const ConfiguredLabels& labels, const IntervalPoint& point) {
  Json json =
      document(run, point.endpoint != nullptr ? "interval" : "interval_total", point.start_seconds * kNsPerSecond);
  json["interval_seconds"] = run.interval_seconds;
  if (point.endpoint != nullptr) json["endpoint"] = point.endpoint->endpoint;
  return finished(std::move(json), point.measures, labels);
}

namespace {

Json detail_document(const Run& run, const std::string& type, std::int64_t time_ns, const DetailPoint& point) {
  Json json = document(run, type, time_ns);
  for (const auto& [name, value] : point.names) json[std::string(name)] = value;
  return json;
}

}  // namespace

std::string detail_json(const Run& run, const ConfiguredLabels& labels, const DetailPoint& point) {
  Json json = detail_document(run, std::string(point.type), point.start_seconds * kNsPerSecond, point);
  json["interval_seconds"] = run.interval_seconds;
  return finished(std::move(json), point.measures, labels);
}

std::string run_detail_json(const Run& run, const ConfiguredLabels& labels, const DetailPoint& point) {
  Json json = detail_document(run, fmt::format("run_{}", point.type), run.started_ns, point);
  return finished(std::move(json), point.measures, labels);
}

std::string error_message_json(const Run& run, const ConfiguredLabels& labels, const ErrorMessage& message) {
  Json json = document(run, "error_message", run.started_ns);
  json["endpoint"] = message.endpoint;
  json["error_type"] = message.error_type;
  json["message"] = message.message;
  json["first_seen"] = format_rfc3339(message.first_ns);
  json["last_seen"] = format_rfc3339(message.last_ns);
  json["example"] = message.example;
  return finished(std::move(json), {{"count", message.count}}, labels);
}

std::string run_json(const Run& run, const ConfiguredLabels& labels) {
  Json json = document(run, "run", run.started_ns);
  json["ended"] = format_rfc3339(run.ended_ns);
  if (run.reported) json["reported"] = true;
  if (!run.info.tags.empty()) json["tags"] = run.info.tags;
  return finished(std::move(json), run_measures(run), labels);
}

std::string sample_json(const Run& run, const ConfiguredLabels& labels, const KeptSample& sample,
                        bool has_response_time) {
  Json json = document(run, "sample", sample.start_ns);
  json["number"] = sample.number;
  json["endpoint"] = sample.endpoint;
  json["request"] = sample.request;
  json["status"] = sample.outcome->status;
  if (!sample.outcome->error_type.empty()) json["error_type"] = sample.outcome->error_type;
  Measures measures;
  if (has_response_time) measures.emplace_back("response_time", static_cast<double>(sample.duration_ns) / 1e9);
  if (run.knows_received) measures.emplace_back("bytes_received", sample.bytes_received);
  if (run.knows_sent) measures.emplace_back("bytes_sent", sample.bytes_sent);
  measures.emplace_back("requests", std::uint64_t{sample.repeat});
  return finished(std::move(json), measures, labels);
}

void write_interval_csv(const Run& run, const ConfiguredLabels& labels,
                        const std::function<void(std::string_view rows)>& put) {
  std::string label_values;
  std::string csv = "time,interval_seconds,testid,test_name,endpoint";
  for (const auto& [name, value] : labels) {
    csv += "," + csv_field(name);
    label_values += "," + csv_field(value);
  }
  const bool has_details = std::ranges::any_of(run.series, is_detail, &Series::kind);
  std::vector<std::string_view> columns(kColumns.begin(), kColumns.end());
  if (has_details) columns.insert(columns.end(), kDetailColumns.begin(), kDetailColumns.end());
  for (const std::string_view column : columns) csv += fmt::format(",{}", column);
  csv += "\r\n";
  put(csv);
  const std::string run_names = csv_field(run.info.run_id) + "," + csv_field(run.info.test_name);
  const auto put_row = [&](std::int64_t start_seconds, const PointNames& names, const Measures& measures) {
    const auto name_in = [&](std::string_view column) {
      const auto found = std::ranges::find(names, column, &PointNames::value_type::first);
      return found == names.end() ? std::string_view() : found->second;
    };
    csv = fmt::format("{},{},{},{}{}", format_rfc3339(start_seconds * kNsPerSecond), run.interval_seconds, run_names,
                      csv_field(name_in("endpoint")), label_values);
    for (const std::string_view column : columns) {
      csv += ',';
      csv += csv_field(name_in(column));
      const auto found = std::ranges::find(measures, column, &Measures::value_type::first);
      if (found == measures.end()) continue;
      std::visit([&](const auto& number) { csv += fmt::format("{}", number); }, found->second);
    }
    csv += "\r\n";
    put(csv);
  };
  for_each_interval_point(run, [&](const IntervalPoint& point) {
    PointNames names{{"type", point.endpoint != nullptr ? "interval" : "interval_total"}};
    if (point.endpoint != nullptr) names.emplace_back("endpoint", point.endpoint->endpoint);
    put_row(point.start_seconds, names, point.measures);
  });
  for_each_detail(run, [&](const DetailPoint& point) {
    PointNames names = point.names;
    names.emplace_back("type", point.type);
    put_row(point.start_seconds, names, point.measures);
  });
}

}  // namespace omniwriter
