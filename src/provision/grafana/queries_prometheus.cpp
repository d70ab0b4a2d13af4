#include <fmt/format.h>

#include "formats/prom_rules/prom_rules.h"
#include "provision/grafana/queries.h"
#include "provision/rule_options.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

// Grafana's own way of putting a value into a query leaves quotation marks as they are, which then end the text.
// Between backticks nothing needs to be escaped but what is special to regular expressions.
constexpr std::string_view kRun = "test_name=~`${test:regex}`,testid=~`${run:regex}`";
constexpr std::string_view kEndpoint =
    "test_name=~`${test:regex}`,testid=~`${run:regex}`,endpoint=~`${endpoint:regex}`";
constexpr PromWindow kRecent{"$__rate_interval", "5s"};
constexpr PromWindow kAlert{"5m", "15s"};

// Where counters grow, what they grew by lately; where they stand still, as those of a finished run in the Pushgateway,
// all of it.
class Prometheus final : public Queries {
 public:
  explicit Prometheus(const Config& config) : config_(config) {}

  [[nodiscard]] std::string_view system() const override { return "prometheus"; }
  [[nodiscard]] std::string_view time_unit() const override { return "ms"; }
  [[nodiscard]] std::string_view heatmap_unit() const override { return "s"; }
  [[nodiscard]] std::string_view error_rate_now_unit() const override { return "percent"; }
  [[nodiscard]] std::string_view reducer(View /*view*/) const override { return "lastNotNull"; }
  [[nodiscard]] int firing() const override { return 2; }

  [[nodiscard]] json targets(View view) const override {
    switch (view) {
      case View::requests:
        return {instant(fmt::format("sum(load_test_requests_total{{{}}})", kRun))};
      case View::throughput_now:
        return {instant(fmt::format("max(load_test_throughput_rps{{{}}})", kRun))};
      case View::error_rate_now:
        return {instant(fmt::format(
            "100 * (sum(load_test_errors_total{{{0}}}) or vector(0)) / sum(load_test_requests_total{{{0}}})", kRun))};
      case View::response_time_now:
        return {instant(fmt::format(
            "1000 * histogram_quantile(0.95, sum by (le) (load_test_response_time_seconds_bucket{{{}}}))", kRun))};
      case View::throughput:
        return {range(
            fmt::format("sum by (test_name, testid) (rate(load_test_requests_total{{{0}}}[$__rate_interval])) > 0 "
                        "or max by (test_name, testid) (load_test_throughput_rps{{{0}}})",
                        kRun),
            "{{test_name}} {{testid}}")};
      case View::response_time:
        return {heatmap()};
      case View::quantiles:
        return {range(quantile(0.5, "le"), "p50", "A"), range(quantile(0.95, "le"), "p95", "B"),
                range(quantile(0.99, "le"), "p99", "C"), range(mean(), "mean", "D")};
      case View::error_rate:
        return {range(fmt::format("100 * ({})", signal_expression(AlertSignal::error_ratio, kRun, kRecent)),
                      "{{test_name}} {{testid}}")};
      case View::active_users:
        return {range(fmt::format("max by (test_name, testid) (load_test_active_users{{{}}})", kRun),
                      "{{test_name}} {{testid}}")};
      case View::system_resources:
        return {range(fmt::format("max by (test_name, testid) (load_test_system_cpu_percent{{{}}})", kRun),
                      "CPU {{test_name}} {{testid}}", "A"),
                range(fmt::format("max by (test_name, testid) (load_test_system_memory_mb{{{}}})", kRun),
                      "Memory {{test_name}} {{testid}}", "B")};
      case View::endpoint_throughput:
        return {range(
            fmt::format("sum by (endpoint) (rate(load_test_requests_total{{{0}}}[$__rate_interval])) > 0 or "
                        "sum by (endpoint) (sum by (test_name, testid, endpoint) (load_test_requests_total{{{0}}}) "
                        "/ on (test_name, testid) group_left sum by (test_name, testid) "
                        "(load_test_requests_total{{{1}}}) * on (test_name, testid) group_left max by (test_name, "
                        "testid) (load_test_throughput_rps{{{1}}}))",
                        kEndpoint, kRun),
            "{{endpoint}}")};
      case View::endpoint_quantile:
        return {range(quantile(0.95, "le, endpoint"), "{{endpoint}}")};
      case View::endpoints:
        return {table(fmt::format("sum by (endpoint) (load_test_requests_total{{{}}})", kEndpoint), "A"),
                table(fmt::format("1000 * sum by (endpoint) (load_test_response_time_seconds_sum{{{0}}}) / sum by "
                                  "(endpoint) (load_test_response_time_seconds_count{{{0}}})",
                                  kEndpoint),
                      "B"),
                table(fmt::format("1000 * histogram_quantile(0.95, sum by (le, endpoint) "
                                  "(load_test_response_time_seconds_bucket{{{}}}))",
                                  kEndpoint),
                      "C")};
      case View::active_alerts:
        return {table(alert_states(), "A")};
      default:
        return {range(fmt::format("max by (alertname) ({})", alert_states()), "{{alertname}}")};
    }
  }

  [[nodiscard]] std::vector<Column> columns(View view) const override {
    if (view == View::endpoints) {
      return {{"endpoint", "Endpoint", ""},
              {"Value #A", "Requests", "short"},
              {"Value #B", "Mean", "ms"},
              {"Value #C", "p95", "ms"},
              {"Time", "", ""}};
    }
    return {{"Value", "State", ""}, {"Value #A", "State", ""}, {"Time", "", ""}};
  }

  [[nodiscard]] json variable(std::string_view name) const override {
    const std::string query =
        name == "test" ? "label_values(load_test_requests_total, test_name)"
        : name == "run"
            ? "label_values(load_test_requests_total{test_name=~`${test:regex}`}, testid)"
            : "label_values(load_test_requests_total{test_name=~`${test:regex}`,testid=~`${run:regex}`}, endpoint)";
    return {{"query", query}, {"refId", "StandardVariableQuery"}};
  }

  [[nodiscard]] json signal(const AlertRule& rule) const override {
    return {{"expr", watched_expression(rule, {}, rule_options(config_))}, {"instant", true}, {"range", false}};
  }

 private:
  static json instant(const std::string& expression) {
    return {{"refId", "A"}, {"expr", expression}, {"instant", true}, {"range", false}};
  }
  static json range(const std::string& expression, const char* legend, const char* ref = "A") {
    return {{"refId", ref}, {"expr", expression}, {"legendFormat", legend}, {"range", true}, {"instant", false}};
  }
  static json table(const std::string& expression, const char* ref) {
    return {{"refId", ref}, {"expr", expression}, {"format", "table"}, {"instant", true}, {"range", false}};
  }

  static json heatmap() {
    const std::string expression = fmt::format(
        "sum by (le) (increase(load_test_response_time_seconds_bucket{{{0}}}[$__rate_interval])) and on () "
        "sum(increase(load_test_requests_total{{{0}}}[$__rate_interval])) > 0 or sum by (le) "
        "(load_test_response_time_seconds_bucket{{{0}}})",
        kRun);
    json target = range(expression, "{{le}}");
    target["format"] = "heatmap";
    return target;
  }

  // Nothing came in: NaN, which is not >= 0.
  static std::string quantile(double q, const char* by) {
    return fmt::format(
        "1000 * histogram_quantile({0}, sum by ({1}) "
        "(increase(load_test_response_time_seconds_bucket{{{2}}}[$__rate_interval]))) >= 0 or "
        "1000 * histogram_quantile({0}, sum by ({1}) (load_test_response_time_seconds_bucket{{{2}}}))",
        q, by, kEndpoint);
  }

  static std::string mean() {
    return fmt::format(
        "1000 * sum(increase(load_test_response_time_seconds_sum{{{0}}}[$__rate_interval])) / "
        "(sum(increase(load_test_response_time_seconds_count{{{0}}}[$__rate_interval])) > 0) or 1000 * "
        "sum(load_test_response_time_seconds_sum{{{0}}}) / sum(load_test_response_time_seconds_count{{{0}}})",
        kEndpoint);
  }

  // For each alert and run: 2 where it fires, 1 where its condition holds, 0 else. Whether the rules are in Prometheus,
  // in Grafana or nowhere yet.
  [[nodiscard]] std::string alert_states() const {
    std::string states;
    for (const AlertRule& rule : config_.alerts) {
      if (!rule.enabled) continue;
      const char* comparison = rule.signal == AlertSignal::throughput ? "<" : ">";
      states += fmt::format(
          "{}2 * max by (alertname, severity, test_name, testid) "
          "(ALERTS{{alertstate=\"firing\",alertname=\"{}\",{}}}) or label_replace(label_replace(({}) {} bool {}, "
          "\"alertname\", \"{}\", \"\", \"\"), \"severity\", \"{}\", \"\", \"\")",
          states.empty() ? "" : " or ", rule.alertname, kRun, signal_expression(rule.signal, kRun, kAlert), comparison,
          rule.threshold, rule.alertname, name_of(rule.severity));
    }
    return states.empty() ? "vector(0)" : states;
  }

  const Config& config_;
};

}  // namespace

std::unique_ptr<Queries> prometheus_queries(const Config& config) { return std::make_unique<Prometheus>(config); }

}  // namespace omniwriter::grafana
