#include <fmt/format.h>

#include "formats/prom_rules/prom_rules.h"
#include "model/alert_texts.h"
#include "model/histogram_conversions.h"
#include "systems/data_source.h"
#include "systems/prometheus/prometheus.h"

namespace omniwriter::grafana {
namespace {

using nlohmann::json;

// Grafana's own way of putting a value into a query leaves quotation marks as they are, which then end the text.
// Between backticks nothing needs to be escaped but what is special to regular expressions.
constexpr std::string_view kTest = "test_name=~`${test:regex}`";
constexpr std::string_view kRun = "test_name=~`${test:regex}`,testid=~`${run:regex}`";
// `endpoint` is `.*` where all are chosen, which fits the id of the run, too; the name of an endpoint does not.
constexpr std::string_view kAllChosen = "test_name=~`${test:regex}`,testid=~`${run:regex}`,testid=~`${endpoint:regex}`";
constexpr std::string_view kSomeChosen =
    "test_name=~`${test:regex}`,testid=~`${run:regex}`,testid!~`${endpoint:regex}`,endpoint=~`${endpoint:regex}`";
constexpr std::string_view kDimension =
    "test_name=~`${test:regex}`,testid=~`${run:regex}`,dimension=~`${dimension:regex}`";
constexpr std::string_view kChosen = "test_name=~`${test:regex}`,testid=~`${run:regex}`,endpoint=~`${endpoint:regex}`";

// Numbers are those of the run, wherever the dashboard looks: a run is found for as long as Prometheus keeps anything
// unless told otherwise, before the end of the dashboard's time and after it. Thereby they survive the end of the run,
// stale markers and groups that were removed from the Pushgateway.
constexpr std::string_view kEver = "[30d] offset -15d";
constexpr std::string_view kRecent = "[$__rate_interval]";
constexpr PromWindow kAlert{"5m", "15s"};
constexpr int kAlertStep = 15;

std::string last(std::string_view metric, std::string_view matchers) {
  return fmt::format("last_over_time({}{{{}}}{})", metric, matchers, kEver);
}

// A run may come on two ways (Pushgateway and remote write), which must not count twice.
std::string requests(std::string_view matchers, std::string_view by) {
  return fmt::format("sum {}(max by (testid, endpoint, status) ({}))", by, last("load_test_requests_total", matchers));
}
std::string errors(std::string_view matchers, std::string_view by) {
  return fmt::format("sum {}(max by (testid, endpoint, error_type) ({}))", by,
                     last("load_test_endpoint_errors_total", matchers));
}
// Of what has no error there is no series of errors.
std::string error_ratio(std::string_view matchers, std::string_view by) {
  const std::string all = requests(matchers, by);
  return fmt::format("({} or {} * 0) / {}", errors(matchers, by), all, all);
}

// What the run tells of all, or of the endpoints that are chosen.
std::string of_chosen(std::string_view all, std::string_view endpoint, std::string_view matcher) {
  return fmt::format("max({}) or max({})", last(all, fmt::format("{}{}", kAllChosen, matcher)),
                     last(endpoint, fmt::format("{}{}", kSomeChosen, matcher)));
}
std::string quantile(std::string_view q) {
  return of_chosen("load_test_run_response_time_seconds", "load_test_endpoint_response_time_seconds",
                   fmt::format(",quantile=\"{}\"", q));
}

// Until the last request so far. load_test_throughput_rps is that of a moment where history is told.
std::string duration(std::string_view by, std::string_view matchers) {
  return fmt::format("max {}({})", by, last("load_test_run_duration_seconds", matchers));
}

// Who pushes numbers of a moment tells the throughput with them.
std::string told_throughput(std::string_view by, std::string_view matchers) {
  return fmt::format("max {}({})", by, last("load_test_throughput_rps", matchers));
}

std::string rate(std::string_view metric, std::string_view matchers, std::string_view by) {
  return fmt::format("sum {}(rate({}{{{}}}{}))", by, metric, matchers, kRecent);
}

// From buckets, or from native histograms, whichever the run was told with. NaN, where nothing came in, is not >= 0.
std::string recent_from_histogram(std::string_view q, std::string_view by) {
  const std::string buckets =
      rate("load_test_response_time_seconds_bucket", kChosen, fmt::format("by (le{}{}) ", by.empty() ? "" : ", ", by));
  const std::string native = rate("load_test_response_time_seconds", kChosen, fmt::format("by ({}) ", by));
  return fmt::format("histogram_quantile({0}, {1}) >= 0 or histogram_quantile({0}, {2}) >= 0", q, buckets, native);
}

// Nothing once the run is over, but for the step that tells of its last seconds, and nothing five minutes after the
// last push of one that never ended.
std::string while_it_runs(const std::string& expression) {
  return fmt::format(
      "({}) unless on () last_over_time(load_test_run_end_time_seconds{{{}}}{} offset $__interval) "
      "unless on () (time() - push_time_seconds{{job=\"load_test\",{}}} > 300)",
      expression, kRun, kRecent, kRun);
}

// One column of a table: rows by their labels, and the name of the column as another.
std::string column(std::string_view name, std::string_view expression) {
  return fmt::format("label_replace({}, \"column\", \"{}\", \"\", \"\")", expression, name);
}

json instant(const std::string& expression, const char* legend = "", const char* ref = "A") {
  json target{{"refId", ref}, {"expr", expression}, {"instant", true}, {"range", false}};
  if (*legend != 0) target["legendFormat"] = legend;
  return target;
}
json range(const std::string& expression, const char* legend, const char* ref = "A") {
  return {{"refId", ref}, {"expr", expression}, {"legendFormat", legend}, {"range", true}, {"instant", false}};
}
json table(const std::string& expression, const char* ref = "A") {
  json target = instant(expression, "", ref);
  target["format"] = "table";
  return target;
}
std::vector<json> table(const std::vector<std::string>& columns) {
  return {table(fmt::format("{}", fmt::join(columns, " or ")))};
}

class Prometheus final : public Queries {
 public:
  explicit Prometheus(const Config& config) : config_(config) {}

  [[nodiscard]] std::string_view all_endpoints() const override { return ".*"; }
  [[nodiscard]] std::string_view heatmap_unit() const override { return "s"; }
  [[nodiscard]] int longest_gap_ms() const override { return 0; }
  [[nodiscard]] bool counts_by_second() const override { return true; }

  [[nodiscard]] Localized about_quantiles() const override {
    const Localized buckets = about_endpoint_quantiles();
    return {
        "Exatos (±0,27 %) a cada envio. De endpoints escolhidos, ou onde a entrega não os informa: " + buckets.pt_br,
        "Exact (±0.27 %) with each push. Of chosen endpoints, or where the delivery does not tell them: " + buckets.en};
  }
  [[nodiscard]] Localized about_endpoint_quantiles() const override {
    const double error = 100 * interpolation_error(config_.response_time_buckets);
    return {fmt::format("Estimado pelas faixas do histograma: até {:.0f} % acima ou abaixo do valor exato.", error),
            fmt::format("Estimated from the bands of the histogram: up to {:.0f} % above or below the exact value.",
                        error)};
  }

  [[nodiscard]] std::vector<json> targets(View view) const override {
    switch (view) {
      case View::requests:
        return {instant(requests(kChosen, ""))};
      case View::mean_throughput:
        return {instant(fmt::format("{} / on () ({} > 0) or {}", requests(kChosen, ""), duration("", kRun),
                                    told_throughput("", kAllChosen)))};
      case View::error_ratio:
        return {instant(error_ratio(kChosen, ""))};
      case View::mean:
        return {instant(of_chosen("load_test_run_response_time_mean_seconds",
                                  "load_test_endpoint_response_time_mean_seconds", ""))};
      case View::p95:
        return {instant(quantile("0.95"))};
      case View::p99:
        return {instant(quantile("0.99"))};
      case View::bytes:
        return {instant(fmt::format("max({})", last("load_test_bytes_received_total", kRun)), "received"),
                instant(fmt::format("max({})", last("load_test_bytes_sent_total", kRun)), "sent", "B")};
      case View::throughput:
        return {range(while_it_runs(fmt::format("label_replace({}, \"endpoint\", \"total\", \"\", \"\") > 0 or {} > 0",
                                                rate("load_test_requests_total", kAllChosen, ""),
                                                rate("load_test_requests_total", kSomeChosen, "by (endpoint) "))),
                      "{{endpoint}}")};
      case View::error_rate: {
        const std::string all = rate("load_test_requests_total", kChosen, "");
        return {range(while_it_runs(fmt::format("({} or {} * 0) / ({} > 0)",
                                                rate("load_test_endpoint_errors_total", kChosen, ""), all, all)),
                      "errors")};
      }
      case View::response_time:
        return heatmap();
      case View::quantiles:
        return {range(recent_quantile("0.5"), "p50", "A"), range(recent_quantile("0.95"), "p95", "B"),
                range(recent_quantile("0.99"), "p99", "C"), range(recent_mean(), "mean", "D")};
      case View::load:
        return {range(users(), "users", "A"),
                range(while_it_runs(rate("load_test_requests_total", kRun, "") + " > 0"), "throughput", "B"),
                range(recent_quantile("0.95"), "p95", "C")};
      case View::errors_by_type:
        return {range(while_it_runs(rate("load_test_endpoint_errors_total", kChosen, "by (error_type) ") + " > 0"),
                      "{{error_type}}")};
      case View::requests_by_status:
        return {range(while_it_runs(rate("load_test_requests_total", kChosen, "by (status) ") + " > 0"), "{{status}}")};
      case View::active_users:
        return {range(users(), "users")};
      case View::system_resources:
        return {range(while_it_runs(fmt::format("max(load_test_system_cpu_percent{{{}}})", kRun)), "cpu", "A"),
                range(while_it_runs(fmt::format("max(load_test_system_memory_mb{{{}}})", kRun)), "memory", "B")};
      case View::bytes_over_time:
        return {range(while_it_runs(rate("load_test_bytes_received_total", kRun, "") + " > 0"), "received", "A"),
                range(while_it_runs(rate("load_test_bytes_sent_total", kRun, "") + " > 0"), "sent", "B")};
      case View::endpoint_throughput:
        return {
            range(while_it_runs(rate("load_test_requests_total", kChosen, "by (endpoint) ") + " > 0"), "{{endpoint}}")};
      case View::endpoint_quantile:
        return {range(while_it_runs(recent_from_histogram("0.95", "endpoint")), "{{endpoint}}")};
      case View::runs:
        return runs();
      case View::endpoints:
        return endpoints();
      case View::slowest:
        return {
            table(fmt::format("topk(10, max by (endpoint) ({}))", last("load_test_endpoint_response_time_seconds",
                                                                       fmt::format("{},quantile=\"0.95\"", kChosen))))};
      case View::most_failing:
        return {table(fmt::format("topk(10, {} > 0)", error_ratio(kChosen, "by (endpoint) ")))};
      case View::active_alerts:
        return alerts();
      case View::phases:
        return {range(phases(), "{{phase}}")};
      case View::checks:
        return {range(while_it_runs(fmt::format(
                          "{} / ({} > 0)",
                          rate("load_test_checks_total", fmt::format("{},result=\"passed\"", kRun), "by (check) "),
                          rate("load_test_checks_total", kRun, "by (check) "))),
                      "{{check}}")};
      case View::dimension:
        return {range(while_it_runs(dimension_means()), "{{value}}")};
      case View::dimension_values:
        return dimension_values();
      case View::endpoint_phases:
        return {table(
            fmt::format("max by (endpoint, phase) ({})", last("load_test_phase_duration_mean_seconds", kChosen)))};
      case View::check_results:
        return table({column("passed", checks("passed")), column("failed", checks("failed")),
                      column("share", fmt::format("{0} / ({0} + {1})", checks("passed"), checks("failed")))});
      case View::error_messages:
        return {table(fmt::format("max by (endpoint, error_type, message) ({})",
                                  last("load_test_error_messages_total", kChosen)))};
      default:
        return {range(each_alert([](const AlertRule& rule) { return state(rule); }), "{{alertname}}")};
    }
  }

  [[nodiscard]] json transformations(View view) const override {
    const auto matrix = [](const char* row, const char* column = "column") -> json {
      return {
          {{"id", "groupingToMatrix"},
           {"options", {{"columnField", column}, {"rowField", row}, {"valueField", "Value"}, {"emptyValue", "null"}}}}};
    };
    if (view == View::runs) return matrix("testid");
    if (view == View::endpoints) return matrix("endpoint");
    if (view == View::endpoint_phases) return matrix("endpoint", "phase");
    if (view == View::check_results) return matrix("check");
    if (view == View::dimension_values) return matrix("value");
    if (view == View::active_alerts) return {{{"id", "merge"}, {"options", json::object()}}};
    return json::array();
  }

  [[nodiscard]] std::vector<Column> columns(View view) const override {
    switch (view) {
      case View::runs:
        return {{"from", "from"},
                {"testid\\column", "run"},
                {"duration", "duration"},
                {"requests", "requests"},
                {"throughput", "throughput"},
                {"errors", "errors"},
                {"mean", "mean"},
                {"p95", "p95"},
                {"to", "to"}};
      case View::endpoints:
        return {{"endpoint\\column", "endpoint"},
                {"requests", "requests"},
                {"throughput", "throughput"},
                {"errors", "errors"},
                {"mean", "mean"},
                {"0.5", "p50"},
                {"0.9", "p90"},
                {"0.95", "p95"},
                {"0.99", "p99"},
                {"1", "max"},
                {"share", "share"}};
      case View::slowest:
        return {{"endpoint", "endpoint"}, {"Value", "p95"}};
      case View::most_failing:
        return {{"endpoint", "endpoint"}, {"Value", "errors"}};
      case View::endpoint_phases:
        return phase_columns("endpoint\\phase");
      case View::dimension_values:
        return {{"value\\column", "value"},
                {"requests", "requests"},
                {"errors", "errors"},
                {"mean", "mean"},
                {"0.5", "p50"},
                {"0.95", "p95"},
                {"0.99", "p99"},
                {"1", "max"}};
      case View::check_results:
        return {{"check\\column", "check"}, {"passed", "passed"}, {"failed", "failed"}, {"share", "share_passed"}};
      case View::error_messages:
        return {{"endpoint", "endpoint"}, {"error_type", "error_type"}, {"message", "message"}, {"Value", "count"}};
      default:
        return {{"alertname", "alertname"}, {"severity", "severity"},   {"Value #A", "state"}, {"Value #B", "value"},
                {"unit", "unit"},           {"threshold", "threshold"}, {"testid", "run"}};
    }
  }

  // The label is last before the value and the time, and the only one.
  [[nodiscard]] json variable(std::string_view name) const override {
    const auto values_of = [](const char* label, const std::string& expression) -> json {
      return {{"query", {{"query", fmt::format("query_result({})", expression)}, {"refId", "StandardVariableQuery"}}},
              {"regex", fmt::format("/^\\{{{}=\"(.*)\"\\}} \\S+ \\S+$/", label)}};
    };
    const auto newest_first = [&](const char* label, std::string_view matchers) {
      return values_of(
          label, fmt::format("sort_desc(max by ({}) ({}))", label, last("load_test_run_start_time_seconds", matchers)));
    };
    if (name == "test") return newest_first("test_name", "");
    if (name == "run") return newest_first("testid", kTest);
    if (name == "dimension") {
      return values_of("dimension", fmt::format("count by (dimension) ({})",
                                                last("load_test_dimension_response_time_mean_seconds", kRun)));
    }
    return values_of("endpoint", fmt::format("count by (endpoint) ({})",
                                             last("load_test_endpoint_response_time_mean_seconds", kRun)));
  }

  [[nodiscard]] json signal(const AlertRule& rule) const override {
    return {{"expr", watched_expression(rule, {}, rule_options(config_))}, {"instant", true}, {"range", false}};
  }

 private:
  static std::string users() { return while_it_runs(fmt::format("max(load_test_active_users{{{}}})", kRun)); }

  // As the run tells it where all endpoints are chosen.
  static std::string recent_quantile(std::string_view q) {
    return while_it_runs(fmt::format("max(load_test_recent_response_time_seconds{{{},quantile=\"{}\"}}) or {}",
                                     kAllChosen, q, recent_from_histogram(q, "")));
  }

  // The means so far, each times its requests, tell that of the last stretch, whatever the histogram.
  static std::string recent_mean() {
    const std::string count = fmt::format("sum by (endpoint) (load_test_requests_total{{{}}})", kChosen);
    const std::string time = fmt::format(
        "sum(max by (endpoint) (load_test_endpoint_response_time_mean_seconds{{{}}}) * {})", kChosen, count);
    const std::string range = "[$__rate_interval:$__interval]";
    return while_it_runs(fmt::format("increase(({0}){2}) / (increase((sum({1})){2}) > 0)", time, count, range));
  }

  // Where histograms came as native ones alone, the means so far tell, each times its requests.
  static std::string phases() {
    const std::string by = "by (phase) ";
    const std::string requests = fmt::format("sum by (endpoint) (load_test_requests_total{{{}}})", kChosen);
    const std::string time = fmt::format(
        "sum by (phase) (max by (endpoint, phase) (load_test_phase_duration_mean_seconds{{{}}}) * on (endpoint) "
        "group_left () {})",
        kChosen, requests);
    const std::string range = "[$__rate_interval:$__interval]";
    return while_it_runs(
        fmt::format("{0} / ({1} > 0) or increase(({2}){4}) / on () group_left () (increase((sum({3})){4}) > 0)",
                    rate("load_test_phase_duration_seconds_sum", kChosen, by),
                    rate("load_test_phase_duration_seconds_count", kChosen, by), time, requests, range));
  }

  // Counts and sums come as series of their own, or within native histograms.
  static std::string dimension_means() {
    const std::string_view metric = "load_test_dimension_duration_seconds";
    const std::string by = "by (value) ";
    const std::string native = rate(metric, kDimension, by);
    return fmt::format("{} / ({} > 0) or histogram_sum({}) / (histogram_count({}) > 0)",
                       rate(fmt::format("{}_sum", metric), kDimension, by),
                       rate(fmt::format("{}_count", metric), kDimension, by), native, native);
  }
  static std::vector<json> dimension_values() {
    const auto each = [](const std::string& expression) { return fmt::format("max by (value) ({})", expression); };
    const std::string all =
        fmt::format("({} or {})", each(last("load_test_dimension_duration_seconds_count", kDimension)),
                    each(fmt::format("histogram_count({})", last("load_test_dimension_duration_seconds", kDimension))));
    return table(
        {column("requests", all),
         column("errors", fmt::format("{} / {}", each(last("load_test_dimension_errors_total", kDimension)), all)),
         column("mean", each(last("load_test_dimension_response_time_mean_seconds", kDimension))),
         fmt::format("max by (value, column) (label_replace({}, \"column\", \"$1\", \"quantile\", \"(.*)\"))",
                     last("load_test_dimension_response_time_seconds", kDimension))});
  }

  static std::string checks(std::string_view result) {
    return fmt::format("max by (check) ({})",
                       last("load_test_checks_total", fmt::format("{},result=\"{}\"", kRun, result)));
  }

  // Without the bands below the fastest and above the slowest request of the run: those whose count so far is none,
  // or all.
  static std::vector<json> heatmap() {
    const std::string whole = fmt::format(
        "sum by (le) (max by (le, endpoint) (last_over_time(load_test_response_time_seconds_bucket{{{}}}[30d] @ "
        "end() "
        "offset -15d)))",
        kChosen);
    const std::string all = fmt::format("max({})", whole);
    const std::string counts = fmt::format(
        "sum by (le) (increase(load_test_response_time_seconds_bucket{{{0}}}{1})) and on () "
        "sum(increase(load_test_requests_total{{{0}}}{1})) > 0",
        kChosen, kRecent);
    json target =
        range(while_it_runs(fmt::format("({0}) and on (le) (({1}) > 0 and on (le) (({1}) < on () group_left () {2} or "
                                        "label_replace({2}, \"le\", \"+Inf\", \"\", \"\")))",
                                        counts, whole, all)),
              "{{le}}");
    json native =
        range(while_it_runs(fmt::format("sum(increase(load_test_response_time_seconds{{{}}}{}))", kChosen, kRecent)),
              "", "B");
    target["format"] = "heatmap";
    native["format"] = "heatmap";
    return {target, native};
  }

  static std::vector<json> runs() {
    const auto each = [](std::string_view metric, std::string_view matcher = "") {
      return fmt::format("max by (testid) ({})", last(metric, fmt::format("{}{}", kTest, matcher)));
    };
    const std::string start = each("load_test_run_start_time_seconds");
    const std::string lasted = duration("by (testid) ", kTest);
    const std::string all = requests(kTest, "by (testid) ");
    // One that goes on has no end: what comes next shall be seen, too. Prometheus needs some time to learn of the
    // end.
    const std::string ended = each("load_test_run_end_time_seconds");
    return table({column("from", fmt::format("1000 * {}", start)),
                  column("to", fmt::format("1000 * (({} + 60) or ({} + {} + 900))", ended, start, lasted)),
                  column("duration", lasted), column("requests", all),
                  column("throughput",
                         fmt::format("({} / ({} > 0) or {})", all, lasted, told_throughput("by (testid) ", kTest))),
                  column("errors", error_ratio(kTest, "by (testid) ")),
                  column("mean", each("load_test_run_response_time_mean_seconds")),
                  column("p95", each("load_test_run_response_time_seconds", ",quantile=\"0.95\""))});
  }

  static std::vector<json> endpoints() {
    const std::string by = "by (endpoint) ";
    const auto mean = [&](std::string_view matchers) {
      return fmt::format("max {}({})", by, last("load_test_endpoint_response_time_mean_seconds", matchers));
    };
    const auto time = [&](std::string_view matchers) {
      return fmt::format("({} * {})", mean(matchers), requests(matchers, by));
    };
    return table(
        {column("requests", requests(kChosen, by)),
         column("throughput",
                fmt::format("{} / on () group_left () ({} > 0)", requests(kChosen, by), duration("", kRun))),
         column("errors", error_ratio(kChosen, by)), column("mean", mean(kChosen)),
         fmt::format("max by (endpoint, column) (label_replace({}, \"column\", \"$1\", \"quantile\", \"(.*)\"))",
                     last("load_test_endpoint_response_time_seconds", kChosen)),
         column("share", fmt::format("{} / on () group_left () sum({})", time(kChosen), time(kRun)))});
  }

  template <typename Make>
  [[nodiscard]] std::string each_alert(const Make& make) const {
    std::string all;
    for (const AlertRule& rule : config_.alerts) {
      if (!rule.enabled) continue;
      all += fmt::format(
          "{}label_replace(label_replace({}, \"alertname\", \"{}\", \"\", \"\"), \"severity\", \"{}\", \"\", \"\")",
          all.empty() ? "" : " or ", make(rule), rule.alertname, name_of(rule.severity));
    }
    return all.empty() ? "vector(0)" : all;
  }

  static std::string_view comparison(const AlertRule& rule) {
    return rule.signal == AlertSignal::throughput ? "<" : ">";
  }

  // 1 where the condition holds, 2 where it has held for as long as the rule wants: whoever evaluates the rule.
  static std::string state(const AlertRule& rule) {
    const std::string holds = fmt::format("(({}) {} bool {})", signal_expression(rule.signal, kRun, kAlert),
                                          comparison(rule), rule.threshold);
    if (rule.hold.count() == 0) return fmt::format("2 * {}", holds);
    return fmt::format("{0} * (1 + (sum_over_time({0}[{1}s:{2}s]) >= bool {3}))", holds, rule.hold.count(), kAlertStep,
                       (rule.hold.count() + kAlertStep - 1) / kAlertStep);
  }

  // Of the whole run, for those that were told of at once: they have no recent past.
  static std::string whole(AlertSignal signal) {
    const std::string by = "by (testid) ";
    switch (signal) {
      case AlertSignal::error_ratio:
        return error_ratio(kRun, by);
      case AlertSignal::response_time_p95:
        return fmt::format("max {}({})", by,
                           last("load_test_run_response_time_seconds", fmt::format("{},quantile=\"0.95\"", kRun)));
      case AlertSignal::throughput:
        return fmt::format("{} / ({} > 0)", requests(kRun, by), duration(by, kRun));
      default:
        return fmt::format("max {}({})", by, last("load_test_system_cpu_percent", kRun));
    }
  }

  // As they were last within the time of the dashboard.
  [[nodiscard]] std::vector<json> alerts() const {
    const auto lately = [](const std::string& recent, const std::string& else_whole) {
      return fmt::format("(max by (testid) (last_over_time(({})[$__range:$__interval])) or {})", recent, else_whole);
    };
    const auto with_texts = [this](const auto& make) {
      return each_alert([&](const AlertRule& rule) {
        return fmt::format(
            "label_replace(label_replace({}, \"threshold\", \"{}\", \"\", \"\"), \"unit\", \"{}\", \"\", \"\")",
            make(rule), threshold_text(rule), unit_of(rule.signal).name);
      });
    };
    return {table(with_texts([&](const AlertRule& rule) {
                    return lately(state(rule), fmt::format("2 * (({}) {} bool {})", whole(rule.signal),
                                                           comparison(rule), rule.threshold));
                  }),
                  "A"),
            table(with_texts([&](const AlertRule& rule) {
                    return fmt::format("{} * {}", unit_of(rule.signal).factor,
                                       lately(signal_expression(rule.signal, kRun, kAlert), whole(rule.signal)));
                  }),
                  "B")};
  }

  const Config& config_;
};

}  // namespace

}  // namespace omniwriter::grafana

namespace omniwriter {

std::unique_ptr<grafana::Queries> prometheus_queries(const Config& config) {
  return std::make_unique<grafana::Prometheus>(config);
}

}  // namespace omniwriter
