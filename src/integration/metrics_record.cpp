#include "integration/metrics_record.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/rfc3339.h"
#include "base/stable_hash.h"
#include "formats/es_bulk/es_bulk.h"
#include "formats/line_protocol/line_protocol.h"
#include "model/histogram_conversions.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxMembers = 200;

Result<double> number_of(const std::string& name, const json& value, double most) {
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (std::isfinite(number) && number >= 0 && number <= most) return number;
  return fail(ErrorCode::usage, fmt::format("{} must be a number from 0 to {}", name, most));
}

// All requests at the one response time that is known of them.
std::vector<HeatmapBucket> buckets_of(const MetricsUpdate& metrics) {
  Histogram times;
  times.add(std::llround(metrics.response_time_ms * 1e6), metrics.requests_count);
  return heatmap_buckets(times, {});
}

}  // namespace

Result<MetricsRecord> read_metrics_record(const json& record) {
  if (!record.is_object()) return fail(ErrorCode::usage, "the metrics must be a dictionary");
  if (record.size() > kMaxMembers) return fail(ErrorCode::usage, "the metrics have too many members");
  if (!record.contains("test_name") || !record["test_name"].is_string()) {
    return fail(ErrorCode::usage, "the metrics need a test_name");
  }
  MetricsRecord result;
  double error_rate = 0;
  for (const auto& [name, value] : record.items()) {
    const auto read = [&](double& into, double most) -> Result<void> {
      auto number = number_of(name, value, most);
      if (!number) return std::unexpected(std::move(number).error());
      into = *number;
      return {};
    };
    Result<void> good;
    double count = 0;
    if (name == "test_name") {
      result.metrics.test_name = value.get<std::string>();
    } else if (name == "requests_count") {
      good = read(count, 1e15);
      result.metrics.requests_count = static_cast<std::uint64_t>(count);
    } else if (name == "response_time_avg") {
      good = read(result.metrics.response_time_ms, 1e12);
    } else if (name == "error_rate") {
      good = read(error_rate, 1);
    } else if (name == "throughput") {
      good = read(result.metrics.throughput, 1e15);
    } else if (name == "active_users") {
      good = read(result.metrics.active_users, 4e9);
      result.has_users = true;
    } else if (name == "cpu_usage") {
      good = read(result.metrics.cpu_usage, 1e6);
      result.has_cpu = true;
    } else if (name == "memory_usage") {
      good = read(result.metrics.memory_usage, 1e15);
      result.has_memory = true;
    } else if (value.is_number()) {
      result.numbers[name] = value.get<double>();
    } else if (value.is_boolean()) {
      result.numbers[name] = value.get<bool>() ? 1 : 0;
    } else if (value.is_string()) {
      result.texts[name] = value.get<std::string>();
    } else if (!value.is_null()) {
      good = fail(ErrorCode::usage, fmt::format("{} must be a number or text", name));
    }
    if (!good) return std::unexpected(std::move(good).error());
  }
  const auto requests = static_cast<double>(result.metrics.requests_count);
  result.metrics.errors_count = static_cast<std::uint64_t>(std::llround(error_rate * requests));
  if (auto valid = check_update(result.metrics); !valid) return std::unexpected(std::move(valid).error());
  return result;
}

std::vector<OutputItem> influxdb_items(const MetricsRecord& record, const RecordContext& context) {
  const MetricsUpdate& metrics = record.metrics;
  LineTags tags{{"test_name", metrics.test_name}, {"testid", context.run_id}};
  tags.insert(tags.end(), context.labels.begin(), context.labels.end());
  LineFields fields{{"requests", metrics.requests_count},
                    {"errors", metrics.errors_count},
                    {"throughput_rps", metrics.throughput},
                    {"mean", metrics.response_time_ms / 1000}};
  std::vector<OutputItem> items;
  const auto emit = [&](const char* measurement, LineTags more_tags, LineFields these_fields, std::uint64_t samples) {
    more_tags.insert(more_tags.end(), tags.begin(), tags.end());
    items.push_back(
        {encode_line({measurement, std::move(more_tags), std::move(these_fields), context.time_ns}), samples});
  };
  emit("load_test_interval", LineTags{{"endpoint", LiveRun::kEndpoint}}, fields, 0);
  if (record.has_users) {
    fields.emplace_back("active_users", static_cast<std::uint64_t>(std::llround(metrics.active_users)));
  }
  if (record.has_cpu) fields.emplace_back("cpu_percent", metrics.cpu_usage);
  if (record.has_memory) fields.emplace_back("memory_mb", metrics.memory_usage);
  LineFields total = fields;
  for (const auto& [name, value] : record.numbers) total.emplace_back(name, value);
  for (const auto& [name, value] : record.texts) total.emplace_back(name, value);
  emit("load_test_interval_total", LineTags{}, std::move(total), 1);
  for (const auto& [upper_ms, count] : buckets_of(metrics)) {
    emit("load_test_buckets", LineTags{{"le_ms", upper_ms}}, LineFields{{"count", count}}, 0);
  }
  emit("load_test_endpoint", LineTags{{"endpoint", LiveRun::kEndpoint}}, fields, 0);
  emit("load_test_run", LineTags{}, std::move(fields), 0);
  return items;
}

std::vector<OutputItem> elasticsearch_items(const MetricsRecord& record, const RecordContext& context,
                                            const json& original) {
  const MetricsUpdate& metrics = record.metrics;
  const auto requests = static_cast<double>(metrics.requests_count);
  json common{{"@timestamp", format_rfc3339(context.time_ns)},
              {"testid", context.run_id},
              {"test_name", metrics.test_name},
              {"samples", metrics.requests_count},
              {"errors", metrics.errors_count},
              {"error_ratio", Run::rate(metrics.errors_count, requests)},
              {"throughput_rps", metrics.throughput},
              {"response_time_seconds",
               {{"mean", metrics.response_time_ms / 1000}, {"sum", metrics.response_time_ms / 1000 * requests}}}};
  for (const auto& [key, value] : context.labels) common["labels"].push_back(fmt::format("{}={}", key, value));
  const std::string index = fmt::format("{}-{}", context.index, format_day(context.time_ns));
  std::vector<OutputItem> items;
  const auto emit = [&](const char* type, json document, std::uint64_t samples) {
    document["doc_type"] = type;
    const auto id = stable_hash({context.run_id, type, fmt::format("{}", context.time_ns)});
    items.push_back({encode_bulk_create(index, id, document), samples});
  };
  json interval = common;
  interval["endpoint"] = LiveRun::kEndpoint;
  emit("interval", interval, 0);
  // What is said twice is said in our words: those fields have types that queries rely on.
  json total = original;
  total.update(common);
  if (record.has_users) total["active_users"] = metrics.active_users;
  if (record.has_cpu) total["cpu_percent"] = metrics.cpu_usage;
  if (record.has_memory) total["memory_mb"] = metrics.memory_usage;
  emit("interval_total", std::move(total), 1);
  for (const auto& [upper_ms, count] : buckets_of(metrics)) {
    emit("bucket",
         {{"@timestamp", common["@timestamp"]},
          {"testid", context.run_id},
          {"test_name", metrics.test_name},
          {"le_ms", upper_ms},
          {"count", count}},
         0);
  }
  emit("endpoint", std::move(interval), 0);
  common["started_run"] = started_run(context.time_ns, context.run_id, metrics.test_name);
  emit("run", std::move(common), 0);
  return items;
}

}  // namespace omniwriter
