#include "formats/prom_rules/prom_rules.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace omniwriter {
namespace {

constexpr std::string_view kByRun = "by (test_name, testid)";
constexpr PromWindow kRuleWindow{"5m", "15s"};  // kAlertWindow

// A double-quoted YAML scalar: JSON strings are some.
std::string yaml_text(std::string_view text) { return nlohmann::json(text).dump(); }

std::string selector(std::string_view metric, std::string_view matchers) {
  return matchers.empty() ? std::string(metric) : fmt::format("{}{{{}}}", metric, matchers);
}

std::string number(double value) { return fmt::format("{}", value); }

std::string error_ratio(std::string_view matchers, PromWindow window) {
  const std::string requests = fmt::format("sum {} ({})", kByRun, selector("load_test_requests_total", matchers));
  const std::string errors =
      fmt::format("(sum {} ({}) or {} * 0)", kByRun, selector("load_test_errors_total", matchers), requests);
  const std::string range = fmt::format("[{}:{}]", window.range, window.step);
  return fmt::format("increase({}{}) / (increase(({}){}) > 0) or {} / ({} > 0)", errors, range, requests, range, errors,
                     requests);
}

std::string quantile(double q, std::string_view matchers, PromWindow window) {
  const std::string buckets = selector("load_test_response_time_seconds_bucket", matchers);
  // NaN, where nothing came in, is not >= 0.
  return fmt::format(
      "histogram_quantile({0}, sum by (test_name, testid, le) (increase({1}[{2}]))) >= 0 or "
      "histogram_quantile({0}, sum by (test_name, testid, le) ({1})) >= 0",
      q, buckets, window.range);
}

std::string_view comparison(const AlertRule& rule) { return rule.signal == AlertSignal::throughput ? "<" : ">"; }

std::string duration(std::chrono::seconds seconds) {
  const auto count = seconds.count();
  return count % 60 == 0 && count > 0 ? fmt::format("{}m", count / 60) : fmt::format("{}s", count);
}

}  // namespace

std::string signal_expression(AlertSignal signal, std::string_view matchers, PromWindow window) {
  switch (signal) {
    case AlertSignal::error_ratio:
      return error_ratio(matchers, window);
    case AlertSignal::response_time_p95:
      return quantile(0.95, matchers, window);
    case AlertSignal::throughput:
      return fmt::format("max {} ({})", kByRun, selector("load_test_throughput_rps", matchers));
    default:
      return fmt::format("max {} ({})", kByRun, selector("load_test_system_cpu_percent", matchers));
  }
}

std::string alert_expression(const AlertRule& rule, const PromRuleOptions& options) {
  // Nobody pushes the rest of what is scraped elsewhere: it has no push time and is never stale.
  return fmt::format("({}) {} {} unless on (test_name, testid) (time() - push_time_seconds{{job=\"load_test\"}} > {})",
                     signal_expression(rule.signal, {}, kRuleWindow), comparison(rule), number(rule.threshold),
                     options.stale_after.count());
}

AlertTexts texts_of(const AlertRule& rule) {
  switch (rule.signal) {
    case AlertSignal::error_ratio:
      return {"High error rate detected", "Error rate of {{ $labels.test_name }} is {{ $value | humanizePercentage }}"};
    case AlertSignal::response_time_p95:
      return {"High response time detected",
              "95th percentile of the response time of {{ $labels.test_name }} is {{ $value | humanizeDuration }}"};
    case AlertSignal::throughput:
      return {"Low throughput detected",
              "Throughput of {{ $labels.test_name }} is {{ printf \"%.4g\" $value }} requests/s"};
    default:
      return {"High CPU usage detected", "CPU usage during {{ $labels.test_name }} is {{ printf \"%.4g\" $value }} %"};
  }
}

std::string encode_rule_file(std::span<const AlertRule> rules, const PromRuleOptions& options) {
  std::string out = fmt::format("groups:\n  - name: {}\n    rules:\n", kRuleGroup);
  bool any = false;
  for (const AlertRule& rule : rules) {
    if (!rule.enabled) continue;
    any = true;
    const AlertTexts texts = texts_of(rule);
    out += fmt::format("      - alert: {}\n        expr: {}\n        for: {}\n", rule.alertname,
                       yaml_text(alert_expression(rule, options)), duration(rule.hold));
    out += fmt::format("        labels:\n          severity: {}\n", name_of(rule.severity));
    out += fmt::format("        annotations:\n          summary: {}\n          description: {}\n",
                       yaml_text(texts.summary), yaml_text(texts.description));
  }
  if (!any) return fmt::format("groups:\n  - name: {}\n    rules: []\n", kRuleGroup);
  return out;
}

namespace {

/// Input series of one test, and the value that its signal takes.
struct Case {
  std::string name;
  std::vector<std::pair<std::string, std::string>> series;  // selector, values in promtool's notation
  std::string value;                                        // as the description shows it
};

constexpr int kSteps = 4 * 60;  // one a minute

std::string series_of(std::string_view metric, std::string_view labels = {}) {
  return fmt::format(R"({}{{test_name="shop",testid="1"{}}})", metric, labels);
}
std::string standing(double value) { return fmt::format("{}+0x{}", number(value), kSteps); }
std::string growing(double by) { return fmt::format("0+{}x{}", number(by), kSteps); }

// A run in which the rule is breached, finished or going on.
Case breach_of(const AlertRule& rule, bool goes_on) {
  const auto counter = [&](double value) { return goes_on ? growing(value) : standing(value); };
  const std::string name =
      fmt::format("{}, {}", rule.alertname, goes_on ? "in a run that goes on" : "in a finished run");
  switch (rule.signal) {
    case AlertSignal::error_ratio: {
      const double ratio = (1 + rule.threshold) / 2;
      return {name,
              {{series_of("load_test_requests_total", R"(,endpoint="/a",status="200")"), counter((1 - ratio) * 10'000)},
               {series_of("load_test_requests_total", R"(,endpoint="/b",status="500")"), counter(ratio * 10'000)},
               {series_of("load_test_errors_total", R"(,error_type="http_500")"), counter(ratio * 10'000)}},
              fmt::format("{:.4g}%", ratio * 100)};
    }
    case AlertSignal::response_time_p95: {
      // All samples in one bucket just above the threshold: the quantile is 95 % of the way through it.
      const double low = rule.threshold + 1;
      const double high = low + 1;
      const auto bucket = [&](double bound) { return fmt::format(R"(,endpoint="/a",le="{}")", bound); };
      constexpr std::string_view metric = "load_test_response_time_seconds_bucket";
      return {name,
              {{series_of(metric, bucket(low)), counter(0)},
               {series_of(metric, bucket(high)), counter(1000)},
               {series_of(metric, R"(,endpoint="/a",le="+Inf")"), counter(1000)}},
              fmt::format("{:.4g}s", low + 0.95)};
    }
    case AlertSignal::throughput:
      return {name,
              {{series_of("load_test_throughput_rps"), standing(rule.threshold / 2)}},
              fmt::format("{:.4g}", rule.threshold / 2)};
    default:
      return {name,
              {{series_of("load_test_system_cpu_percent"), standing((100 + rule.threshold) / 2)}},
              fmt::format("{:.4g}", (100 + rule.threshold) / 2)};
  }
}

// A breach without room for one (0 requests a second are never too few) is not expected to fire.
bool can_be_breached(const AlertRule& rule) {
  switch (rule.signal) {
    case AlertSignal::error_ratio:
      return rule.threshold < 1;
    case AlertSignal::response_time_p95:
      return rule.threshold < 50;  // humanizeDuration writes longer ones in minutes
    case AlertSignal::throughput:
      return rule.threshold > 0;
    default:
      return rule.threshold < 100;
  }
}

std::string description_with(const AlertRule& rule, std::string_view value) {
  std::string text = texts_of(rule).description;
  const auto replace = [&](std::string_view what, std::string_view by) {
    if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
  };
  replace("{{ $labels.test_name }}", "shop");
  for (const char* shown :
       {"{{ $value | humanizePercentage }}", "{{ $value | humanizeDuration }}", "{{ printf \"%.4g\" $value }}"}) {
    replace(shown, value);
  }
  return text;
}

std::string test_of(const Case& run, std::span<const AlertRule> rules, const AlertRule* fires) {
  std::string out = fmt::format("  - name: {}\n    interval: 1m\n    input_series:\n", yaml_text(run.name));
  for (const auto& [selected, values] : run.series) {
    out += fmt::format("      - series: {}\n        values: {}\n", yaml_text(selected), yaml_text(values));
  }
  out += "    alert_rule_test:\n";
  for (const AlertRule& rule : rules) {
    if (!rule.enabled) continue;
    const auto minutes = rule.hold.count() / 60 + 12;  // the window has passed, and then what the rule waits for
    out += fmt::format("      - eval_time: {}m\n        alertname: {}\n        exp_alerts:", minutes, rule.alertname);
    if (fires != &rule) {
      out += " []\n";
      continue;
    }
    out += fmt::format(
        "\n          - exp_labels:\n              severity: {}\n              test_name: shop\n              testid: "
        "\"1\"\n            exp_annotations:\n              summary: {}\n              description: {}\n",
        name_of(rule.severity), yaml_text(texts_of(rule).summary), yaml_text(description_with(rule, run.value)));
  }
  return out;
}

}  // namespace

std::string encode_rule_tests(std::span<const AlertRule> rules, std::string_view rule_file) {
  std::string out = fmt::format("rule_files:\n  - {}\nevaluation_interval: 1m\ntests:\n", yaml_text(rule_file));
  for (const AlertRule& rule : rules) {
    if (!rule.enabled || !can_be_breached(rule)) continue;
    out += test_of(breach_of(rule, false), rules, &rule);
    const bool from_counters = rule.signal == AlertSignal::error_ratio || rule.signal == AlertSignal::response_time_p95;
    if (from_counters) out += test_of(breach_of(rule, true), rules, &rule);
  }
  // Bounded by what the thresholds may be: nothing is too slow at 0 s, too few at infinitely many, too busy at 0 %.
  double throughput = 0;
  for (const AlertRule& rule : rules) {
    if (rule.signal == AlertSignal::throughput) throughput = rule.threshold;
  }
  const Case healthy{
      "a healthy run",
      {{series_of("load_test_requests_total", R"(,endpoint="/a",status="200")"), growing(6000)},
       {series_of("load_test_throughput_rps"), standing(throughput + 100)},
       {series_of("load_test_system_cpu_percent"), standing(0)},
       {series_of("load_test_response_time_seconds_bucket", R"(,endpoint="/a",le="1e-09")"), growing(6000)},
       {series_of("load_test_response_time_seconds_bucket", R"(,endpoint="/a",le="+Inf")"), growing(6000)}},
      ""};
  out += test_of(healthy, rules, nullptr);
  const Case stale{"a breach that was pushed long ago",
                   {{series_of("load_test_throughput_rps"), standing(0)},
                    {R"(push_time_seconds{job="load_test",test_name="shop",testid="1"})", standing(-1e9)}},
                   ""};
  out += test_of(stale, rules, nullptr);
  return out;
}

}  // namespace omniwriter
