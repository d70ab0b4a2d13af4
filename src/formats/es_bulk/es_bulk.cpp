#include "formats/es_bulk/es_bulk.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/foreign_json.h"
#include "base/rfc3339.h"

namespace omniwriter {
namespace {

using nlohmann::json;

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json keyword() { return {{"type", "keyword"}, {"ignore_above", 8191}}; }  // the longest that Lucene surely takes
json type(const char* name) { return {{"type", name}}; }

// "type: reason" of one error.
std::string own_reason(const json& error) {
  const auto text_of = [&](const char* name) {
    const auto found = error.find(name);
    return found != error.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const std::string kind = text_of("type");
  const std::string reason = text_of("reason");
  return kind + (kind.empty() || reason.empty() ? "" : ": ") + reason;
}

}  // namespace

std::string elasticsearch_reason(const json& error) {
  constexpr int kMostCauses = 10;
  if (error.is_string()) return error.get<std::string>();
  if (!error.is_object()) return {};
  std::string text = own_reason(error);
  const auto add = [&](const json& cause) {
    const std::string reason = cause.is_object() ? own_reason(cause) : std::string();
    if (reason.empty() || text.find(reason) != std::string::npos) return;
    text += (text.empty() ? "" : "; caused by ") + reason;
  };
  const json* at = &error;
  for (int i = 0; i < kMostCauses && at->is_object() && at->contains("caused_by"); ++i) {
    at = &(*at)["caused_by"];
    add(*at);
  }
  if (const auto roots = error.find("root_cause"); roots != error.end() && roots->is_array()) {
    for (const json& root : *roots) add(root);
  }
  return text;
}

std::string encode_bulk_create(std::string_view index, std::string_view id, const json& document) {
  const json action{{"create", {{"_index", index}, {"_id", id}}}};
  return dump(action) + "\n" + dump(document) + "\n";
}

std::string encode_bulk_put(std::string_view index, std::string_view id, const json& document) {
  const json action{{"index", {{"_index", index}, {"_id", id}, {"version", 0}, {"version_type", "external_gte"}}}};
  return dump(action) + "\n" + dump(document) + "\n";
}

void append_bulk(std::string& body, std::string_view lines, std::int64_t version) {
  constexpr std::string_view kVersion = R"("version":)";
  const auto at = lines.starts_with(R"({"index":)") ? lines.find(kVersion) : lines.npos;  // texts have no bare quotes
  if (at == lines.npos) {
    body += lines;
    return;
  }
  const auto number = at + kVersion.size();
  body.append(lines.substr(0, number)).append(std::to_string(version)).append(lines.substr(number + 1));
}

std::string started_run(std::int64_t started_ns, std::string_view run_id, std::string_view test_name) {
  return fmt::format("{} {} {}", format_rfc3339(started_ns), run_id, test_name);
}

std::string encode_bulk_delete(std::string_view index, std::string_view id) {
  return dump(json{{"delete", {{"_index", index}, {"_id", id}}}}) + "\n";
}

Result<std::vector<BulkItem>> decode_bulk_reply(std::string_view body) {
  const json reply = parse_foreign_json(body);
  if (!reply.is_object() || !reply.contains("items") || !reply["items"].is_array()) {
    return fail(ErrorCode::refused, "the answer to a bulk request has no list of items");
  }
  std::vector<BulkItem> items;
  items.reserve(reply["items"].size());
  for (const json& entry : reply["items"]) {
    // Each is an object with one member, named after the action.
    const json* const item = entry.is_object() && entry.size() == 1 ? &entry.begin().value() : nullptr;
    if (item == nullptr || !item->is_object() || !item->contains("status") || !(*item)["status"].is_number_integer()) {
      return fail(ErrorCode::refused, "an item of the answer to a bulk request has no status");
    }
    items.push_back(
        {(*item)["status"].get<int>(), item->contains("error") ? elasticsearch_reason((*item)["error"]) : ""});
  }
  return items;
}

json load_test_mappings() {
  json response_time{{"type", "object"}, {"properties", json::object()}};
  for (const char* field : {"mean", "sum", "min", "p50", "p90", "p95", "p99", "p99_9", "max", "value"}) {
    response_time["properties"][field] = type("double");
  }
  json fields{{"response_time_seconds", response_time}};
  for (const char* field :
       {"doc_type", "testid",     "test_name",   "tool",           "endpoint",    "request",
        "status",   "error_type", "labels",      "tags",           "le_ms",       "alertname",
        "severity", "state_text", "value_text",  "threshold_text", "started_run", "phase",
        "check",    "metric",     "metric_type", "message",        "dimension",   "dimension_value"}) {
    fields[field] = keyword();
  }
  for (const char* field : {"@timestamp", "started", "ended", "first_seen", "last_seen"}) fields[field] = type("date");
  for (const char* field : {"samples", "errors", "bytes_received", "bytes_sent", "active_users", "active_users_max",
                            "bad_records", "interval_seconds", "count", "breached", "state", "passed", "failed"}) {
    fields[field] = type("long");
  }
  for (const char* field : {"error_ratio",
                            "throughput_rps",
                            "duration_seconds",
                            "cpu_percent",
                            "memory_mb",
                            "value",
                            "threshold",
                            "time_share",
                            "ratio",
                            "mean",
                            "sum",
                            "min",
                            "p50",
                            "p90",
                            "p95",
                            "p99",
                            "max",
                            "last",
                            "added",
                            "per_second"})
    fields[field] = type("double");
  fields["finished"] = type("boolean");
  return {{"dynamic", false}, {"_meta", {{"created_by", "omniwriter"}}}, {"properties", fields}};
}

std::string index_template(std::string_view name, std::string_view alias, bool composable) {
  json content{{"settings", {{"index", {{"number_of_shards", 1}}}}}, {"mappings", load_test_mappings()}};
  if (!alias.empty()) content["aliases"] = {{alias, json::object()}};
  json body{{"index_patterns", {std::string(name) + "-*"}}, {"version", kLoadTestTemplateVersion}};
  if (composable) {
    body["template"] = content;
    body["priority"] = kLoadTestTemplatePriority;
  } else {
    body.update(content);
    body["order"] = kLoadTestTemplatePriority;
  }
  return dump(body);
}

std::optional<int> load_test_template_version(const json& answer) {
  const json none;
  const auto at = [&](const json& value, const char* path) -> const json& {
    const json::json_pointer pointer(path);
    return value.contains(pointer) ? value[pointer] : none;
  };
  const json* found = &at(answer, "/index_templates/0/index_template");
  const json* content = &at(*found, "/template");
  if (found->is_null() && answer.is_object() && answer.size() == 1) {
    found = &answer.begin().value();  // the older kind: an object with one member, named after the template
    content = found;
  }
  if (at(*content, "/mappings/_meta/created_by") != "omniwriter") return std::nullopt;
  const json& version = at(*found, "/version");
  return version.is_number_integer() ? std::optional(version.get<int>()) : std::nullopt;
}

}  // namespace omniwriter
