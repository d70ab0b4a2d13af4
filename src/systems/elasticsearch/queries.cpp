#include <fmt/format.h>

#include "systems/data_source.h"
#include "systems/elasticsearch/elasticsearch.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

// Within quotation marks no word of a name is taken for an operator.
constexpr std::string_view kTest = R"(test_name:"$test")";
constexpr std::string_view kRun = R"(test_name:"$test" AND testid:"$run")";

// `endpoint` is `*` where all are chosen, which fits the id of the run, too; the name of an endpoint does not.
std::string of_chosen(std::string_view whole, std::string_view of_endpoint) {
  return fmt::format(
      "((doc_type:{} AND testid:$endpoint) OR (doc_type:{} AND endpoint:$endpoint AND NOT testid:$endpoint))", whole,
      of_endpoint);
}
std::string of_endpoints(std::string_view doc_type) {
  return fmt::format("doc_type:{} AND endpoint:$endpoint", doc_type);
}
std::string of_dimension(std::string_view doc_type) {
  return fmt::format("doc_type:{} AND dimension:\"$dimension\"", doc_type);
}
std::string of_run(std::string_view doc_type) { return fmt::format("doc_type:{}", doc_type); }

struct Metric {
  const char* type;
  const char* field;
};

constexpr const char* kP95 = "response_time_seconds.p95";

json request(const std::string& documents, const char* ref) {
  return {{"refId", ref},
          {"query", fmt::format("{} AND {}", documents, kRun)},
          {"timeField", "@timestamp"},
          {"alias", ""},
          {"metrics", json::array()},
          {"bucketAggs", json::array()}};
}

void add_metrics(json& target, const std::vector<Metric>& metrics) {
  int id = 1;
  for (const Metric& metric : metrics) {
    target["metrics"].push_back({{"id", std::to_string(id++)}, {"type", metric.type}, {"field", metric.field}});
  }
}

json terms(const char* field, const char* id, int size, const char* order_by, const char* order) {
  return {
      {"id", id},
      {"type", "terms"},
      {"field", field},
      {"settings", {{"size", std::to_string(size)}, {"order", order}, {"orderBy", order_by}, {"min_doc_count", "1"}}}};
}

json over_time(const std::string& documents, const std::vector<Metric>& metrics, const char* by, const char* alias,
               const char* ref = "A") {
  json target = request(documents, ref);
  target["alias"] = alias;
  add_metrics(target, metrics);
  if (*by != 0) target["bucketAggs"].push_back(terms(by, "10", 100, "_term", "asc"));
  target["bucketAggs"].push_back({{"id", "20"},
                                  {"type", "date_histogram"},
                                  {"field", "@timestamp"},
                                  {"settings", {{"interval", "auto"}, {"min_doc_count", "1"}, {"trimEdges", "0"}}}});
  return target;
}

// One row for the run. Of several endpoints, ratios and durations are the worst: to divide sums takes scripts, which
// many clusters forbid.
json number(const std::vector<Metric>& metrics, const std::string& documents = of_chosen("run", "endpoint")) {
  json target = request(documents, "A");
  add_metrics(target, metrics);
  target["bucketAggs"].push_back(terms("testid", "10", 1, "_term", "asc"));
  return target;
}

// The largest ones.
json top(const char* field, const std::string& documents) {
  json target = request(documents, "A");
  add_metrics(target, {{"max", field}});
  target["bucketAggs"].push_back(terms("endpoint", "10", 10, "1", "desc"));
  return target;
}

// Documents as they are, the newest first.
json documents(const std::string& which, std::string_view of, int size) {
  json target = request(which, "A");
  target["query"] = fmt::format("{} AND {}", which, of);
  target["metrics"] = {{{"id", "1"}, {"type", "raw_data"}, {"settings", {{"size", std::to_string(size)}}}}};
  return target;
}

// Ratios of sums, which Elasticsearch itself gives to scripts only: Grafana divides.
json hidden_sum(const std::string& documents, const char* field, const char* ref, const char* by = "") {
  json target = over_time(documents, {{"sum", field}}, by, "", ref);
  target["hide"] = true;
  return target;
}
json math(const char* expression, const char* ref) {
  return {{"refId", ref},
          {"type", "math"},
          {"expression", expression},
          {"datasource", {{"type", "__expr__"}, {"uid", "__expr__"}}}};
}

class Elasticsearch final : public Queries {
 public:
  [[nodiscard]] std::string_view all_endpoints() const override { return "*"; }
  [[nodiscard]] std::string_view heatmap_unit() const override { return "ms"; }
  [[nodiscard]] int longest_gap_ms() const override { return 90'000; }
  [[nodiscard]] bool bytes_by_second() const override { return false; }
  [[nodiscard]] bool bound_to_time() const override { return true; }

  [[nodiscard]] std::vector<json> targets(View view) const override {
    const std::string slots = of_chosen("interval_total", "interval");
    switch (view) {
      case View::requests:
        return {number({{"sum", "samples"}})};
      case View::mean_throughput:
        return {number({{"sum", "throughput_rps"}})};
      case View::error_ratio:
        return {number({{"max", "error_ratio"}})};
      case View::mean:
        return {number({{"max", "response_time_seconds.mean"}})};
      case View::p95:
        return {number({{"max", kP95}})};
      case View::p99:
        return {number({{"max", "response_time_seconds.p99"}})};
      case View::bytes:
        return {number({{"max", "bytes_received"}, {"max", "bytes_sent"}}, of_run("run"))};
      case View::throughput:
        return {over_time("doc_type:interval_total AND testid:$endpoint", {{"avg", "throughput_rps"}}, "", "total"),
                over_time("doc_type:interval AND endpoint:$endpoint AND NOT testid:$endpoint",
                          {{"avg", "throughput_rps"}}, "endpoint", "{{term endpoint}}", "B")};
      case View::error_rate:
        return {hidden_sum(slots, "errors", "A"), hidden_sum(slots, "samples", "B"), math("$A / $B", "errors")};
      case View::response_time:
        return {over_time(of_run("bucket"), {{"sum", "count"}}, "le_ms", "{{term le_ms}}")};
      case View::quantiles:
        return {over_time(slots,
                          {{"max", "response_time_seconds.p50"}, {"max", kP95}, {"max", "response_time_seconds.p99"}},
                          "", "{{field}}"),
                hidden_sum(slots, "response_time_seconds.sum", "D"), hidden_sum(slots, "samples", "E"),
                math("$D / $E", "mean")};
      case View::load:
        return {over_time(of_run("interval_total"), {{"max", "active_users"}, {"avg", "throughput_rps"}, {"max", kP95}},
                          "", "{{field}}")};
      case View::errors_by_type:
        return {over_time(of_endpoints("error_interval"), {{"sum", "count"}}, "error_type", "{{term error_type}}")};
      case View::requests_by_status:
        return {over_time(of_endpoints("status"), {{"sum", "count"}}, "status", "{{term status}}")};
      case View::active_users:
        return {over_time(of_run("interval_total"), {{"max", "active_users"}}, "", "users")};
      case View::system_resources:
        return {over_time(of_run("interval_total"), {{"max", "cpu_percent"}, {"max", "memory_mb"}}, "", "{{field}}")};
      case View::bytes_over_time:
        return {
            over_time(of_run("interval_total"), {{"sum", "bytes_received"}, {"sum", "bytes_sent"}}, "", "{{field}}")};
      case View::endpoint_throughput:
        return {over_time(of_endpoints("interval"), {{"avg", "throughput_rps"}}, "endpoint", "{{term endpoint}}")};
      case View::endpoint_quantile:
        return {over_time(of_endpoints("interval"), {{"max", kP95}}, "endpoint", "{{term endpoint}}")};
      case View::runs:
        return {documents(of_run("run"), kTest, 200)};
      case View::endpoints:
        return {documents(of_endpoints("endpoint"), kRun, 1000)};
      case View::slowest:
        return {top(kP95, of_endpoints("endpoint"))};
      case View::most_failing:
        return {top("error_ratio", of_endpoints("endpoint") + " AND error_ratio:>0")};
      case View::active_alerts:
        return {documents(of_run("alert"), kRun, 100)};
      case View::phases: {
        const std::string of = of_endpoints("phase");
        return {hidden_sum(of, "sum", "A", "phase"), hidden_sum(of, "count", "B", "phase"), math("$A / $B", "C")};
      }
      case View::checks: {
        const std::string of = of_run("check");
        return {hidden_sum(of, "passed", "A", "check"), hidden_sum(of, "count", "B", "check"), math("$A / $B", "C")};
      }
      case View::dimension: {
        const std::string of = of_dimension("dimension");
        return {hidden_sum(of, "sum", "A", "dimension_value"), hidden_sum(of, "count", "B", "dimension_value"),
                math("$A / $B", "C")};
      }
      case View::dimension_values:
        return {documents(of_dimension("run_dimension"), kRun, 1000)};
      case View::endpoint_phases:
        return {documents(of_endpoints("run_phase"), kRun, 5000)};
      case View::check_results:
        return {documents(of_run("run_check"), kRun, 1000)};
      case View::error_messages:
        return {documents(of_endpoints("error_message"), kRun, 2000)};
      default:
        return {over_time(of_run("alert"), {{"max", "state"}}, "alertname", "{{term alertname}}")};
    }
  }

  [[nodiscard]] std::string_view named_by(View view) const override {
    if (view == View::phases) return "phase";
    if (view == View::checks) return "check";
    return view == View::dimension ? "dimension_value" : "";
  }

  [[nodiscard]] json transformations(View view) const override {
    if (view == View::runs) {
      return {{{"id", "convertFieldType"},
               {"options", {{"conversions", {{{"targetField", "ended"}, {"destinationType", "time"}}}}}}}};
    }
    if (view == View::endpoint_phases) {
      return {{{"id", "groupingToMatrix"},
               {"options",
                {{"columnField", "phase"}, {"rowField", "endpoint"}, {"valueField", "mean"}, {"emptyValue", "null"}}}}};
    }
    if (view != View::active_alerts) return json::array();
    json fields{{"alertname", {{"operation", "groupby"}, {"aggregations", json::array()}}}};
    for (const char* field : {"severity", "state", "value_text", "threshold_text", "testid"}) {
      fields[field] = {{"operation", "aggregate"}, {"aggregations", {"first"}}};
    }
    return {{{"id", "groupBy"}, {"options", {{"fields", std::move(fields)}}}}};
  }

  [[nodiscard]] std::vector<Column> columns(View view) const override {
    switch (view) {
      case View::runs:
        return {{"@timestamp", "from"},
                {"testid", "run"},
                {"duration_seconds", "duration"},
                {"samples", "requests"},
                {"throughput_rps", "throughput"},
                {"error_ratio", "errors"},
                {"response_time_seconds.mean", "mean"},
                {kP95, "p95"},
                {"ended", "to"}};
      case View::endpoints:
        return {{"endpoint", "endpoint"},
                {"samples", "requests"},
                {"throughput_rps", "throughput"},
                {"error_ratio", "errors"},
                {"response_time_seconds.mean", "mean"},
                {"response_time_seconds.p50", "p50"},
                {"response_time_seconds.p90", "p90"},
                {kP95, "p95"},
                {"response_time_seconds.p99", "p99"},
                {"response_time_seconds.max", "max"},
                {"bytes_received", "received"},
                {"time_share", "share"}};
      case View::slowest:
        return {{"endpoint", "endpoint"}, {"Max", "p95"}};
      case View::most_failing:
        return {{"endpoint", "endpoint"}, {"Max", "errors"}};
      case View::endpoint_phases:
        return phase_columns("endpoint\\phase");
      case View::dimension_values:
        return {{"dimension_value", "value"},
                {"count", "requests"},
                {"error_ratio", "errors"},
                {"mean", "mean"},
                {"p50", "p50"},
                {"p95", "p95"},
                {"p99", "p99"},
                {"max", "max"}};
      case View::check_results:
        return {{"check", "check"}, {"passed", "passed"}, {"failed", "failed"}, {"ratio", "share_passed"}};
      case View::error_messages:
        return {{"endpoint", "endpoint"}, {"error_type", "error_type"}, {"message", "message"}, {"count", "count"}};
      default:
        return {{"alertname", "alertname"},      {"severity (first)", "severity"},        {"state (first)", "state"},
                {"value_text (first)", "value"}, {"threshold_text (first)", "threshold"}, {"testid (first)", "run"}};
    }
  }

  // Grafana sorts by the term itself or by how often it comes, so that there is a term that begins with the time.
  [[nodiscard]] json variable(std::string_view name) const override {
    const auto terms_of = [](const char* field, std::string_view order, const std::string& documents) {
      return json{{"find", "terms"}, {"field", field}, {"order", order}, {"size", 1000}, {"query", documents}}.dump();
    };
    if (name == "test") {
      return {{"query", terms_of("started_run", "desc", of_run("run"))}, {"regex", R"(/^\S+ \S+ (.*)$/)"}};
    }
    if (name == "run") {
      return {{"query", terms_of("started_run", "desc", fmt::format("{} AND {}", of_run("run"), kTest))},
              {"regex", R"(/^\S+ (\S+) .*$/)"}};
    }
    if (name == "dimension") {
      return {{"query", terms_of("dimension", "asc", fmt::format("{} AND {}", of_run("run_dimension"), kRun))},
              {"regex", ""}};
    }
    return {{"query", terms_of("endpoint", "asc", fmt::format("{} AND {}", of_run("endpoint"), kRun))}, {"regex", ""}};
  }

  [[nodiscard]] json signal(const AlertRule& rule) const override {
    json target = over_time("", {{"max", "value"}}, "test_name", "");
    target["bucketAggs"].insert(target["bucketAggs"].begin() + 1, terms("testid", "11", 100, "_term", "asc"));
    target["query"] = fmt::format("doc_type:alert AND alertname:{}", rule.alertname);
    return target;
  }
};

}  // namespace

}  // namespace omniwriter::grafana

namespace omniwriter {

std::unique_ptr<grafana::Queries> elasticsearch_queries(const Config& /*config*/) {
  return std::make_unique<grafana::Elasticsearch>();
}

}  // namespace omniwriter
