#include <fmt/format.h>

#include "provision/grafana/queries.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

constexpr std::string_view kRun = "test_name:$test AND testid:$run";

struct Metric {
  const char* type;
  const char* field;
};

// Percentiles of time slots are never averaged: a point that covers many slots shows the worst of them. Scripts are
// avoided, for many clusters forbid them.
class Elasticsearch final : public Queries {
 public:
  [[nodiscard]] std::string_view system() const override { return "elasticsearch"; }
  [[nodiscard]] std::string_view time_unit() const override { return "s"; }
  [[nodiscard]] std::string_view heatmap_unit() const override { return "ms"; }
  [[nodiscard]] std::string_view error_rate_now_unit() const override { return "percentunit"; }
  [[nodiscard]] std::string_view reducer(View view) const override {
    return view == View::requests ? "sum" : view == View::throughput_now ? "mean" : "lastNotNull";
  }
  [[nodiscard]] int firing() const override { return 1; }
  [[nodiscard]] bool table_of_series(View view) const override { return view == View::active_alerts; }

  [[nodiscard]] json targets(View view) const override {
    switch (view) {
      case View::requests:
        return {over_time("interval_total", {{"sum", "samples"}}, {}, "")};
      case View::throughput_now:
        return {over_time("interval_total", {{"avg", "throughput_rps"}}, {}, "")};
      case View::error_rate_now:
        return {over_time("run", {{"max", "error_ratio"}}, {}, "")};
      case View::response_time_now:
        return {over_time("run", {{"max", "response_time_seconds.p95"}}, {}, "")};
      case View::throughput:
        return {over_time("interval_total", {{"avg", "throughput_rps"}}, {"test_name", "testid"},
                          "{{term test_name}} {{term testid}}")};
      case View::response_time:
        return {over_time("bucket", {{"sum", "count"}}, {"le_ms"}, "{{term le_ms}}")};
      case View::quantiles:
        return {over_time("interval_total", {{"max", "response_time_seconds.p50"}}, {}, "p50", "A"),
                over_time("interval_total", {{"max", "response_time_seconds.p95"}}, {}, "p95", "B"),
                over_time("interval_total", {{"max", "response_time_seconds.p99"}}, {}, "p99", "C"),
                hidden_sum("response_time_seconds.sum", "D"),
                hidden_sum("samples", "E"),
                math("$D / $E", "mean")};
      case View::error_rate:
        return {hidden_sum("errors", "A"), hidden_sum("samples", "B"), math("100 * $A / $B", "errors")};
      case View::active_users:
        return {over_time("interval_total", {{"max", "active_users"}}, {"test_name", "testid"},
                          "{{term test_name}} {{term testid}}")};
      case View::system_resources:
        return {over_time("interval_total", {{"max", "cpu_percent"}}, {"test_name", "testid"},
                          "CPU {{term test_name}} {{term testid}}", "A"),
                over_time("interval_total", {{"max", "memory_mb"}}, {"test_name", "testid"},
                          "Memory {{term test_name}} {{term testid}}", "B")};
      case View::endpoint_throughput:
        return {over_time("interval AND endpoint:$endpoint", {{"avg", "throughput_rps"}}, {"endpoint"},
                          "{{term endpoint}}")};
      case View::endpoint_quantile:
        return {over_time("interval AND endpoint:$endpoint", {{"max", "response_time_seconds.p95"}}, {"endpoint"},
                          "{{term endpoint}}")};
      case View::endpoints:
        return {table("interval AND endpoint:$endpoint",
                      {{"sum", "samples"}, {"sum", "errors"}, {"max", "response_time_seconds.p95"}}, {"endpoint"})};
      case View::active_alerts:
        return {over_time("alert", {{"max", "breached"}}, {"alertname", "severity", "test_name", "testid"}, "")};
      default:
        return {over_time("alert", {{"max", "breached"}}, {"alertname"}, "{{term alertname}}")};
    }
  }

  [[nodiscard]] std::vector<Column> columns(View view) const override {
    if (view == View::endpoints) {
      return {{"endpoint", "Endpoint", ""},
              {"Sum samples", "Requests", "short"},
              {"Sum errors", "Errors", "short"},
              {"Sum", "Requests", "short"},
              {"Max response_time_seconds.p95", "p95 (worst interval)", "s"},
              {"Max", "p95 (worst interval)", "s"}};
    }
    return {{"Last *", "State", ""}, {"Last", "State", ""}, {"Field", "", ""}};
  }

  [[nodiscard]] json variable(std::string_view name) const override {
    if (name == "test") return R"({"find":"terms","field":"test_name","query":"doc_type:interval_total"})";
    if (name == "run") {
      return R"({"find":"terms","field":"testid","query":"doc_type:interval_total AND test_name:$test"})";
    }
    return R"({"find":"terms","field":"endpoint","query":"doc_type:interval AND test_name:$test AND testid:$run"})";
  }

  [[nodiscard]] json signal(const AlertRule& rule) const override {
    json target = over_time("alert", {{"max", "value"}}, {"test_name", "testid"}, "");
    target["query"] = fmt::format("doc_type:alert AND alertname:{}", rule.alertname);
    return target;
  }

 private:
  static json terms(const std::string& field, int id) {
    return {{"id", std::to_string(id)},
            {"type", "terms"},
            {"field", field},
            {"settings", {{"size", "100"}, {"order", "asc"}, {"orderBy", "_term"}, {"min_doc_count", "1"}}}};
  }

  static json query(std::string_view doc_type, const std::vector<Metric>& metrics,
                    const std::vector<std::string>& group_by, const char* ref) {
    json target{{"refId", ref},
                {"query", fmt::format("doc_type:{} AND {}", doc_type, kRun)},
                {"timeField", "@timestamp"},
                {"metrics", json::array()},
                {"bucketAggs", json::array()}};
    int id = 1;
    for (const Metric& metric : metrics) {
      target["metrics"].push_back({{"id", std::to_string(id++)}, {"type", metric.type}, {"field", metric.field}});
    }
    for (const std::string& field : group_by) target["bucketAggs"].push_back(terms(field, id++));
    return target;
  }

  static json over_time(std::string_view doc_type, const std::vector<Metric>& metrics,
                        const std::vector<std::string>& group_by, const char* alias, const char* ref = "A") {
    json target = query(doc_type, metrics, group_by, ref);
    target["alias"] = alias;
    target["bucketAggs"].push_back({{"id", "20"},
                                    {"type", "date_histogram"},
                                    {"field", "@timestamp"},
                                    {"settings", {{"interval", "auto"}, {"min_doc_count", "1"}, {"trimEdges", "0"}}}});
    return target;
  }
  static json table(std::string_view doc_type, const std::vector<Metric>& metrics,
                    const std::vector<std::string>& group_by) {
    return query(doc_type, metrics, group_by, "A");
  }

  // Ratios of sums, which Elasticsearch itself gives to scripts only: Grafana divides.
  static json hidden_sum(const char* field, const char* ref) {
    json target = over_time("interval_total", {{"sum", field}}, {}, "", ref);
    target["hide"] = true;
    return target;
  }
  static json math(const char* expression, const char* ref) {
    return {{"refId", ref},
            {"type", "math"},
            {"expression", expression},
            {"datasource", {{"type", "__expr__"}, {"uid", "__expr__"}}}};
  }
};

}  // namespace

std::unique_ptr<Queries> elasticsearch_queries(const Config& /*config*/) { return std::make_unique<Elasticsearch>(); }

std::unique_ptr<Queries> make_queries(std::string_view system, const Config& config) {
  if (system == "influxdb") return influxdb_queries(config);
  if (system == "elasticsearch") return elasticsearch_queries(config);
  return prometheus_queries(config);
}

}  // namespace omniwriter::grafana
