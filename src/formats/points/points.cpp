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

Json document(const Run& run, const char* type, std::int64_t time_ns) {
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
  std::string csv = "time,interval_seconds,testid,test_name,endpoint";
  std::string label_values;
  for (const auto& [name, value] : labels) {
    csv += "," + csv_field(name);
    label_values += "," + csv_field(value);
  }
  for (const std::string_view column : kColumns) csv += fmt::format(",{}", column);
  csv += "\r\n";
  put(csv);
  const std::string names = csv_field(run.info.run_id) + "," + csv_field(run.info.test_name);
  for_each_interval_point(run, [&](const IntervalPoint& point) {
    csv = fmt::format("{},{},{},{}{}", format_rfc3339(point.start_seconds * kNsPerSecond), run.interval_seconds, names,
                      point.endpoint != nullptr ? csv_field(point.endpoint->endpoint) : "", label_values);
    for (const std::string_view column : kColumns) {
      csv += ',';
      const auto found = std::ranges::find(point.measures, column, &Measures::value_type::first);
      if (found == point.measures.end()) continue;
      std::visit([&](const auto& number) { csv += fmt::format("{}", number); }, found->second);
    }
    csv += "\r\n";
    put(csv);
  });
}

}  // namespace omniwriter
