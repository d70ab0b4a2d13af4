#include <fmt/format.h>

#include "systems/data_source.h"
#include "systems/influxdb/influxdb.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

// `:regex` escapes whatever a name holds. A variable in the way of the data source would be left as it is where the
// name begins with a number.
constexpr std::string_view kTest = R"("test_name" =~ /^${test:regex}$/)";
constexpr std::string_view kRun = R"("test_name" =~ /^${test:regex}$/ AND "testid" =~ /^${run:regex}$/)";
// `endpoint` is `.*` where all are chosen, which fits the id of the run, too; the name of an endpoint does not.
constexpr std::string_view kAllChosen = R"("testid" =~ /^${endpoint:regex}$/)";
constexpr std::string_view kSomeChosen = R"("testid" !~ /^${endpoint:regex}$/ AND "endpoint" =~ /^${endpoint:regex}$/)";
constexpr std::string_view kDimension = R"("dimension" =~ /^${dimension:regex}$/)";
constexpr std::string_view kEndpoint = R"("endpoint" =~ /^${endpoint:regex}$/)";

// All requests, or those of the endpoints that are chosen.
constexpr std::string_view kIntervals = R"("load_test_interval_total", "load_test_interval")";
std::string chosen() { return fmt::format(R"((({} AND "endpoint" = '') OR ({})))", kAllChosen, kSomeChosen); }

json query(const std::string& text, const char* format, const char* alias = "", const char* ref = "A") {
  json target{{"refId", ref}, {"rawQuery", true}, {"resultFormat", format}, {"query", text}};
  if (*alias != 0) target["alias"] = alias;
  return target;
}

json over_time(std::string_view select, std::string_view from, std::string_view where, std::string_view by,
               const char* alias, const char* ref = "A") {
  return query(
      fmt::format(R"(SELECT {} FROM {} WHERE {}{}{} AND $timeFilter GROUP BY time($__interval){}{} fill(none))", select,
                  from, kRun, where.empty() ? "" : " AND ", where, by.empty() ? "" : ", ", by),
      "time_series", alias, ref);
}

// The points of the run and its endpoints lie at its start, wherever the dashboard looks.
std::string of_chosen(std::string_view select) {
  return fmt::format(R"(SELECT {} FROM "load_test_run", "load_test_endpoint" WHERE {} AND {})", select, kRun, chosen());
}
json number(std::string_view select, const char* alias = "") { return query(of_chosen(select), "time_series", alias); }

json table(std::string_view select, std::string_view from, const std::string& where, const std::string& behind) {
  return query(fmt::format(R"(SELECT {} FROM "{}" WHERE {} {})", select, from, where, behind), "table");
}

class InfluxDb final : public Queries {
 public:
  [[nodiscard]] std::string_view all_endpoints() const override { return ".*"; }
  [[nodiscard]] std::string_view heatmap_unit() const override { return "ms"; }
  [[nodiscard]] int longest_gap_ms() const override { return 90'000; }

  [[nodiscard]] std::vector<json> targets(View view) const override {
    const std::string of_endpoints = fmt::format("{} AND {}", kRun, kEndpoint);
    switch (view) {
      case View::requests:
        return {number(R"(sum("requests"))")};
      case View::mean_throughput:
        return {number(R"(sum("throughput_rps"))")};
      case View::error_ratio:
        return {number(R"(sum("errors") / sum("requests"))")};
      case View::mean:
        return {number(R"(max("mean"))")};
      case View::p95:
        return {number(R"(max("p95"))")};
      case View::p99:
        return {number(R"(max("p99"))")};
      case View::bytes:
        return {query(fmt::format(R"(SELECT last("bytes_received") AS "received", last("bytes_sent") AS "sent" FROM )"
                                  R"("load_test_run" WHERE {})",
                                  kRun),
                      "time_series", "$col")};
      case View::throughput:
        return {over_time(R"(mean("throughput_rps"))", R"("load_test_interval_total")", kAllChosen, "", "total"),
                over_time(R"(mean("throughput_rps"))", R"("load_test_interval")", kSomeChosen, R"("endpoint")",
                          "$tag_endpoint", "B")};
      case View::error_rate:
        return {over_time(R"(sum("errors") / sum("requests"))", kIntervals, chosen(), "", "errors")};
      case View::response_time:
        return {over_time(R"(sum("count"))", R"("load_test_buckets")", "", R"("le_ms")", "$tag_le_ms")};
      case View::quantiles:
        return {over_time(R"(max("p50") AS "p50", max("p95") AS "p95", max("p99") AS "p99")", kIntervals, chosen(), "",
                          "$col"),
                mean_over_time()};
      case View::load:
        return {over_time(R"(max("active_users") AS "users", mean("throughput_rps") AS "throughput", )"
                          R"(max("p95") AS "p95")",
                          R"("load_test_interval_total")", "", "", "$col")};
      case View::errors_by_type:
        return {over_time(R"(sum("count"))", R"("load_test_errors")", kEndpoint, R"("error_type")", "$tag_error_type")};
      case View::requests_by_status:
        return {over_time(R"(sum("count"))", R"("load_test_status")", kEndpoint, R"("status")", "$tag_status")};
      case View::active_users:
        return {over_time(R"(max("active_users"))", R"("load_test_interval_total")", "", "", "users")};
      case View::system_resources:
        return {over_time(R"(max("cpu_percent") AS "cpu", max("memory_mb") AS "memory")",
                          R"("load_test_interval_total")", "", "", "$col")};
      case View::bytes_over_time:
        return {bytes_over_time()};
      case View::endpoint_throughput:
        return {over_time(R"(mean("throughput_rps"))", R"("load_test_interval")", kEndpoint, R"("endpoint")",
                          "$tag_endpoint")};
      case View::endpoint_quantile:
        return {over_time(R"(max("p95"))", R"("load_test_interval")", kEndpoint, R"("endpoint")", "$tag_endpoint")};
      case View::runs:
        return {table(R"("testid", "ended" / 1000000 AS "ended", "duration_seconds", "requests", "throughput_rps", )"
                      R"("errors" / "requests" AS "error_ratio", "mean", "p95")",
                      "load_test_run", std::string(kTest), "ORDER BY time DESC LIMIT 200")};
      case View::endpoints:
        return {table(R"("endpoint", "requests", "throughput_rps", "error_ratio", "mean", "p50", "p90", "p95", "p99", )"
                      R"("max", "bytes_received", "time_share")",
                      "load_test_endpoint", of_endpoints, "")};
      case View::slowest:
        return {table(R"("endpoint", "p95")", "load_test_endpoint", of_endpoints, "")};
      case View::most_failing:
        return {table(R"("endpoint", "error_ratio")", "load_test_endpoint", of_endpoints + R"( AND "error_ratio" > 0)",
                      "")};
      case View::active_alerts:
        return {
            table(R"(last("state") AS "state", last("value_text") AS "value", last("threshold_text") AS "threshold")",
                  "load_test_alerts", std::string(kRun), R"(GROUP BY "alertname", "severity", "testid")")};
      case View::phases:
        return {
            over_time(R"(sum("sum") / sum("count"))", R"("load_test_phase")", kEndpoint, R"("phase")", "$tag_phase")};
      case View::checks:
        return {over_time(R"(sum("passed") / sum("count"))", R"("load_test_check")", "", R"("check")", "$tag_check")};
      case View::dimension:
        return {over_time(R"(sum("sum") / sum("count"))", R"("load_test_dimension")", kDimension,
                          R"("dimension_value")", "$tag_dimension_value")};
      case View::dimension_values:
        return {table(R"("dimension_value", "count", "error_ratio", "mean", "p50", "p95", "p99", "max")",
                      "load_test_run_dimension", fmt::format("{} AND {}", kRun, kDimension), "")};
      case View::endpoint_phases:
        return {table(R"("endpoint", "phase", "mean")", "load_test_run_phase", of_endpoints, "")};
      case View::check_results:
        return {table(R"("check", "passed", "failed", "ratio")", "load_test_run_check", std::string(kRun), "")};
      case View::error_messages:
        return {table(R"("endpoint", "error_type", "message", "count")", "load_test_error_message", of_endpoints, "")};
      default:
        return {over_time(R"(max("state"))", R"("load_test_alerts")", "", R"("alertname")", "$tag_alertname")};
    }
  }

  [[nodiscard]] json transformations(View view) const override {
    if (view != View::endpoint_phases) return json::array();
    return {{{"id", "groupingToMatrix"},
             {"options",
              {{"columnField", "phase"}, {"rowField", "endpoint"}, {"valueField", "mean"}, {"emptyValue", "null"}}}}};
  }

  [[nodiscard]] std::vector<Column> columns(View view) const override {
    switch (view) {
      case View::runs:
        return {{"Time", "from"},
                {"testid", "run"},
                {"duration_seconds", "duration"},
                {"requests", "requests"},
                {"throughput_rps", "throughput"},
                {"error_ratio", "errors"},
                {"mean", "mean"},
                {"p95", "p95"},
                {"ended", "to"}};
      case View::endpoints:
        return {{"endpoint", "endpoint"},
                {"requests", "requests"},
                {"throughput_rps", "throughput"},
                {"error_ratio", "errors"},
                {"mean", "mean"},
                {"p50", "p50"},
                {"p90", "p90"},
                {"p95", "p95"},
                {"p99", "p99"},
                {"max", "max"},
                {"bytes_received", "received"},
                {"time_share", "share"}};
      case View::slowest:
        return {{"endpoint", "endpoint"}, {"p95", "p95"}};
      case View::most_failing:
        return {{"endpoint", "endpoint"}, {"error_ratio", "errors"}};
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
        return {{"alertname", "alertname"}, {"severity", "severity"},   {"state", "state"},
                {"value", "value"},         {"threshold", "threshold"}, {"testid", "run"}};
    }
  }

  // Tags come with fields only; the first column of texts counts.
  [[nodiscard]] json variable(std::string_view name) const override {
    const auto newest_first = [](const char* tag, const std::string& where) -> json {
      return {
          {"query", fmt::format(R"(SELECT "{}", "requests" FROM "load_test_run"{} ORDER BY time DESC)", tag, where)},
          {"regex", ""}};
    };
    if (name == "test") return newest_first("test_name", "");
    if (name == "run") return newest_first("testid", fmt::format(" WHERE {}", kTest));
    if (name == "dimension") {
      return {{"query",
               fmt::format(R"(SHOW TAG VALUES FROM "load_test_run_dimension" WITH KEY = "dimension" WHERE {})", kRun)},
              {"regex", ""}};
    }
    return {{"query", fmt::format(R"(SHOW TAG VALUES FROM "load_test_endpoint" WITH KEY = "endpoint" WHERE {})", kRun)},
            {"regex", ""}};
  }

  [[nodiscard]] json signal(const AlertRule& rule) const override {
    return {{"rawQuery", true},
            {"resultFormat", "time_series"},
            {"query", fmt::format(R"(SELECT last("value") FROM "load_test_alerts" WHERE "alertname" = '{}' AND )"
                                  R"($timeFilter GROUP BY "test_name", "testid")",
                                  rule.alertname)}};
  }

 private:
  // Of all requests, not of the means of slots.
  static json mean_over_time() {
    return query(
        fmt::format(
            R"(SELECT sum("seconds") / sum("requests") FROM (SELECT "mean" * "requests" AS "seconds", "requests" )"
            R"(FROM {} WHERE {} AND {}) WHERE $timeFilter GROUP BY time($__interval) fill(none))",
            kIntervals, kRun, chosen()),
        "time_series", "mean", "B");
  }
  // A second, however long the slots are: requests and requests a second tell it.
  static json bytes_over_time() {
    return query(
        fmt::format(
            R"(SELECT mean("received") AS "received", mean("sent") AS "sent" FROM (SELECT "bytes_received" * )"
            R"("throughput_rps" / "requests" AS "received", "bytes_sent" * "throughput_rps" / "requests" AS "sent" )"
            R"(FROM "load_test_interval_total" WHERE {}) WHERE $timeFilter GROUP BY time($__interval) fill(none))",
            kRun),
        "time_series", "$col");
  }
};

}  // namespace

}  // namespace omniwriter::grafana

namespace omniwriter {

std::unique_ptr<grafana::Queries> influxdb_queries(const Config& /*config*/) {
  return std::make_unique<grafana::InfluxDb>();
}

}  // namespace omniwriter
