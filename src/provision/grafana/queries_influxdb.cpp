#include <fmt/format.h>

#include "provision/grafana/queries.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

constexpr std::string_view kRun = R"("test_name" =~ /^$test$/ AND "testid" =~ /^$run$/ AND $timeFilter)";
constexpr std::string_view kEndpoint =
    R"("test_name" =~ /^$test$/ AND "testid" =~ /^$run$/ AND "endpoint" =~ /^$endpoint$/ AND $timeFilter)";

// Percentiles of time slots are never averaged: a point that covers many slots shows the worst of them.
class InfluxDb final : public Queries {
 public:
  [[nodiscard]] std::string_view system() const override { return "influxdb"; }
  [[nodiscard]] std::string_view time_unit() const override { return "ms"; }
  [[nodiscard]] std::string_view heatmap_unit() const override { return "ms"; }
  [[nodiscard]] std::string_view error_rate_now_unit() const override { return "percent"; }
  [[nodiscard]] std::string_view reducer(View /*view*/) const override { return "lastNotNull"; }
  [[nodiscard]] int firing() const override { return 1; }

  [[nodiscard]] json targets(View view) const override {
    switch (view) {
      case View::requests:
        return {series(R"(sum("requests"))", "load_test_interval_total", kRun, "", "")};
      case View::throughput_now:
        return {series(R"(mean("throughput_rps"))", "load_test_interval_total", kRun, "", "")};
      case View::error_rate_now:
        return {series(R"(100 * sum("errors") / sum("requests"))", "load_test_interval_total", kRun, "", "")};
      case View::response_time_now:
        return {series(R"(1000 * max("p95"))", "load_test_run", kRun, "", "")};
      case View::throughput:
        return {over_time(R"(mean("throughput_rps"))", "load_test_interval_total", kRun, R"("test_name", "testid")",
                          "$tag_test_name $tag_testid")};
      case View::response_time:
        return {over_time(R"(sum("count"))", "load_test_buckets", kRun, R"("le_ms")", "$tag_le_ms")};
      case View::quantiles:
        return {over_time(R"(1000 * max("p50") AS "p50", 1000 * max("p95") AS "p95", 1000 * max("p99") AS "p99")",
                          "load_test_interval_total", kRun, "", "$col"),
                mean_over_time()};
      case View::error_rate:
        return {over_time(R"(100 * sum("errors") / sum("requests"))", "load_test_interval_total", kRun,
                          R"("test_name", "testid")", "$tag_test_name $tag_testid")};
      case View::active_users:
        return {over_time(R"(max("active_users"))", "load_test_interval_total", kRun, R"("test_name", "testid")",
                          "$tag_test_name $tag_testid")};
      case View::system_resources:
        return {over_time(R"(max("cpu_percent"))", "load_test_interval_total", kRun, R"("test_name", "testid")",
                          "CPU $tag_test_name $tag_testid"),
                over_time(R"(max("memory_mb"))", "load_test_interval_total", kRun, R"("test_name", "testid")",
                          "Memory $tag_test_name $tag_testid", "B")};
      case View::endpoint_throughput:
        return {
            over_time(R"(mean("throughput_rps"))", "load_test_interval", kEndpoint, R"("endpoint")", "$tag_endpoint")};
      case View::endpoint_quantile:
        return {over_time(R"(1000 * max("p95"))", "load_test_interval", kEndpoint, R"("endpoint")", "$tag_endpoint")};
      case View::endpoints:
        return {table(R"(sum("requests") AS "requests", 100 * sum("errors") / sum("requests") AS "errors", )"
                      R"(1000 * max("p95") AS "p95")",
                      "load_test_interval", kEndpoint, R"("endpoint")")};
      case View::active_alerts:
        return {table(R"(last("breached") AS "state", last("value") AS "value", last("threshold") AS "threshold")",
                      "load_test_alerts", kRun, R"("alertname", "severity", "test_name", "testid")")};
      default:
        return {over_time(R"(max("breached"))", "load_test_alerts", kRun, R"("alertname")", "$tag_alertname")};
    }
  }

  [[nodiscard]] std::vector<Column> columns(View view) const override {
    if (view == View::endpoints) {
      return {{"endpoint", "Endpoint", ""},
              {"requests", "Requests", "short"},
              {"errors", "Errors", "percent"},
              {"p95", "p95 (worst interval)", "ms"},
              {"Time", "", ""}};
    }
    return {{"state", "State", ""}, {"value", "Value", ""}, {"threshold", "Threshold", ""}, {"Time", "", ""}};
  }

  [[nodiscard]] json variable(std::string_view name) const override {
    if (name == "test") return R"(SHOW TAG VALUES FROM "load_test_interval_total" WITH KEY = "test_name")";
    if (name == "run") {
      return R"(SHOW TAG VALUES FROM "load_test_interval_total" WITH KEY = "testid" WHERE "test_name" =~ /^$test$/)";
    }
    return R"(SHOW TAG VALUES FROM "load_test_interval" WITH KEY = "endpoint" WHERE "test_name" =~ /^$test$/)";
  }

  [[nodiscard]] json signal(const AlertRule& rule) const override {
    return {{"rawQuery", true},
            {"resultFormat", "time_series"},
            {"query", fmt::format(R"(SELECT last("value") FROM "load_test_alerts" WHERE "alertname" = '{}' AND )"
                                  R"($timeFilter GROUP BY "test_name", "testid")",
                                  rule.alertname)}};
  }

 private:
  static json series(std::string_view select, std::string_view from, std::string_view where, std::string_view by,
                     const char* alias, const char* ref = "A") {
    return {{"refId", ref},
            {"rawQuery", true},
            {"resultFormat", "time_series"},
            {"alias", alias},
            {"query", fmt::format(R"(SELECT {} FROM "{}" WHERE {}{}{})", select, from, where,
                                  by.empty() ? "" : " GROUP BY ", by)}};
  }
  static json over_time(std::string_view select, std::string_view from, std::string_view where, std::string_view by,
                        const char* alias, const char* ref = "A") {
    const std::string group = fmt::format("time($__interval){}{} fill(none)", by.empty() ? "" : ", ", by);
    return series(select, from, where, group, alias, ref);
  }
  // Of all requests, not of the means of slots.
  static json mean_over_time() {
    json target = series("", "", "", "", "mean", "B");
    target["query"] = fmt::format(
        R"(SELECT 1000 * sum("seconds") / sum("requests") FROM (SELECT "mean" * "requests" AS "seconds", "requests" )"
        R"(FROM "load_test_interval_total" WHERE {0}) WHERE $timeFilter GROUP BY time($__interval) fill(none))",
        kRun);
    return target;
  }
  static json table(std::string_view select, std::string_view from, std::string_view where, std::string_view by) {
    json target = series(select, from, where, by, "");
    target["resultFormat"] = "table";
    return target;
  }
};

}  // namespace

std::unique_ptr<Queries> influxdb_queries(const Config& /*config*/) { return std::make_unique<InfluxDb>(); }

}  // namespace omniwriter::grafana
