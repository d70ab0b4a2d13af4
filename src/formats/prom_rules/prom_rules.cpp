#include "formats/prom_rules/prom_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace omniwriter {
namespace {

using std::chrono::seconds;

constexpr std::string_view kByRun = "by (test_name, testid)";
constexpr std::string_view kOnRun = "on (test_name, testid)";
constexpr PromWindow kRuleWindow{"5m", "15s"};  // kAlertWindow
// A counter that has not grown for this long stands still: longer than Prometheus and those who push take between
// two looks.
constexpr seconds kStandsStill{120};

// A double-quoted YAML scalar: JSON strings are some.
std::string yaml_text(std::string_view text) { return nlohmann::json(text).dump(); }

std::string selector(std::string_view metric, std::string_view matchers) {
  return matchers.empty() ? std::string(metric) : fmt::format("{}{{{}}}", metric, matchers);
}

std::string number(double value) { return fmt::format("{}", value); }

std::string requests(std::string_view matchers, std::string_view modifier = {}) {
  return fmt::format("sum {} ({}{})", kByRun, selector("load_test_requests_total", matchers), modifier);
}

// A run without errors has no such series.
std::string errors(std::string_view matchers) {
  return fmt::format("(sum {} ({}) or {} * 0)", kByRun, selector("load_test_errors_total", matchers),
                     requests(matchers));
}

std::string growth(const std::string& counter, std::string_view range, std::string_view step) {
  return fmt::format("increase(({})[{}:{}])", counter, range, step);
}

std::string going_on(std::string_view matchers, PromWindow window) {
  return fmt::format("{} > 0", growth(requests(matchers), fmt::format("{}s", kStandsStill.count()), window.step));
}

std::string gauge(std::string_view metric, std::string_view matchers) {
  return fmt::format("max {} ({})", kByRun, selector(metric, matchers));
}

std::string p95(const std::string& buckets) {
  // NaN, where nothing came in, is not >= 0.
  return fmt::format("histogram_quantile(0.95, sum by (test_name, testid, le) ({})) >= 0", buckets);
}
constexpr std::string_view kBuckets = "load_test_response_time_seconds_bucket";

// Of the whole run.
std::string whole_signal(AlertSignal signal, std::string_view matchers) {
  switch (signal) {
    case AlertSignal::error_ratio:
      return fmt::format("{} / ({} > 0)", errors(matchers), requests(matchers));
    case AlertSignal::response_time_p95:
      return p95(selector(kBuckets, matchers));
    case AlertSignal::throughput:
      return gauge("load_test_throughput_rps", matchers);
    default:
      return gauge("load_test_system_cpu_percent", matchers);
  }
}

// How long a run that was told of at once is looked at: long enough to fire, and to be seen firing.
seconds time_for_news(const AlertRule& rule) { return rule.hold + kAlertWindow; }

// Runs that have been known for less than `period`, and have not grown since. One that went on before has grown, or has
// been known for longer. `pushed_within`: a Prometheus that was started again knows nothing of what it knew.
std::string told_at_once(std::string_view matchers, seconds period, seconds pushed_within) {
  const std::string range = fmt::format("{}s", period.count());
  return fmt::format("({} unless {} unless {} > 0 unless {} (time() - push_time_seconds > {}))", requests(matchers),
                     requests(matchers, " offset " + range), growth(requests(matchers), range, kRuleWindow.step),
                     kOnRun, pushed_within.count());
}

std::string_view comparison(const AlertRule& rule) { return rule.signal == AlertSignal::throughput ? "<" : ">"; }

std::string duration(seconds length) {
  const auto count = length.count();
  return count % 60 == 0 && count > 0 ? fmt::format("{}m", count / 60) : fmt::format("{}s", count);
}

}  // namespace

std::string signal_expression(AlertSignal signal, std::string_view matchers, PromWindow window) {
  switch (signal) {
    case AlertSignal::error_ratio:
      return fmt::format("{} / ({} > 0)", growth(errors(matchers), window.range, window.step),
                         growth(requests(matchers), window.range, window.step));
    case AlertSignal::response_time_p95:
      return p95(fmt::format("increase({}[{}])", selector(kBuckets, matchers), window.range));
    case AlertSignal::throughput:
      // The slope: a rate would count the time before the run, too.
      return fmt::format("deriv(({})[{}:{}]) and {}", requests(matchers), window.range, window.step,
                         going_on(matchers, window));
    default:
      return fmt::format("{} and {}", gauge("load_test_system_cpu_percent", matchers), going_on(matchers, window));
  }
}

std::string watched_expression(const AlertRule& rule, std::string_view matchers, const PromRuleOptions& options) {
  const seconds period = time_for_news(rule);
  // A run that is over tells when it ended; one that pushes its own numbers may say so with every push.
  return fmt::format(
      "({}) unless {} (time() - {} > {}) or ({}) and {}", signal_expression(rule.signal, matchers, kRuleWindow), kOnRun,
      selector("load_test_run_end_time_seconds", matchers), kStandsStill.count(), whole_signal(rule.signal, matchers),
      told_at_once(matchers, period, std::min(period, options.stale_after)));
}

std::string alert_expression(const AlertRule& rule, const PromRuleOptions& options) {
  return fmt::format("({}) {} {}", watched_expression(rule, {}, options), comparison(rule), number(rule.threshold));
}

std::string_view summary_of(const AlertRule& rule) {
  switch (rule.signal) {
    case AlertSignal::error_ratio:
      return "High error rate detected";
    case AlertSignal::response_time_p95:
      return "High response time detected";
    case AlertSignal::throughput:
      return "Low throughput detected";
    default:
      return "High CPU usage detected";
  }
}

std::string description_of(const AlertRule& rule, Language language, std::string_view name, std::string_view value) {
  const bool pt = language == Language::pt_br;
  switch (rule.signal) {
    case AlertSignal::error_ratio:
      return fmt::format(fmt::runtime(pt ? "A taxa de erro de {} é {}" : "Error rate of {} is {}"), name, value);
    case AlertSignal::response_time_p95:
      return fmt::format(fmt::runtime(pt ? "O percentil 95 do tempo de resposta de {} é {}"
                                         : "95th percentile of the response time of {} is {}"),
                         name, value);
    case AlertSignal::throughput:
      return fmt::format(
          fmt::runtime(pt ? "O throughput de {} é {} requisições/s" : "Throughput of {} is {} requests/s"), name,
          value);
    default:
      return fmt::format(fmt::runtime(pt ? "O uso de CPU durante {} é {} %" : "CPU usage during {} is {} %"), name,
                         value);
  }
}

std::string value_template(const AlertRule& rule, std::string_view value) {
  switch (rule.signal) {
    case AlertSignal::error_ratio:
      return fmt::format("{{{{ {} | humanizePercentage }}}}", value);
    case AlertSignal::response_time_p95:
      return fmt::format("{{{{ {} | humanizeDuration }}}}", value);
    default:
      return fmt::format("{{{{ printf \"%.4g\" {} }}}}", value);
  }
}

std::string run_link_template(std::string_view dashboard) {
  return fmt::format(
      "{}&var-test={{{{ $labels.test_name | urlquery }}}}&var-run={{{{ $labels.testid | urlquery "
      "}}}}&from=now-1h&to=now",
      dashboard);
}

std::string encode_rule_file(std::span<const AlertRule> rules, const PromRuleOptions& options) {
  std::string out = fmt::format("groups:\n  - name: {}\n    rules:\n", kRuleGroup);
  bool any = false;
  for (const AlertRule& rule : rules) {
    if (!rule.enabled) continue;
    any = true;
    const std::string description =
        description_of(rule, options.language, "{{ $labels.test_name }}", value_template(rule, "$value"));
    out += fmt::format("      - alert: {}\n        expr: {}\n        for: {}\n", rule.alertname,
                       yaml_text(alert_expression(rule, options)), duration(rule.hold));
    out += fmt::format("        labels:\n          severity: {}\n", name_of(rule.severity));
    out += fmt::format("        annotations:\n          summary: {}\n          description: {}\n",
                       yaml_text(summary_of(rule)), yaml_text(description));
    if (!options.dashboard.empty()) {
      out += fmt::format("          dashboard: {}\n", yaml_text(run_link_template(options.dashboard)));
    }
  }
  if (!any) return fmt::format("groups:\n  - name: {}\n    rules: []\n", kRuleGroup);
  return out;
}

// Unit tests of the rules ---------------------------------------------------------------------------------------------

namespace {

/// Input series of one test, when which alert is to fire, and the value that its signal takes then.
struct Case {
  std::string name;
  std::vector<std::pair<std::string, std::string>> series;  // selector, values in promtool's notation
  const AlertRule* rule = nullptr;                          // the one that fires; null: none does
  std::string value = {};                                   // as the description shows it
  std::vector<seconds> fires_at = {};
  std::vector<seconds> silent_at = {};  // all alerts
};

constexpr seconds kStep{15};
constexpr seconds kLong{4 * 3600};
constexpr seconds kLookAfter{60};  // what a rule waits for

std::string series_of(std::string_view metric, std::string_view labels = {}) {
  return fmt::format(R"({}{{test_name="shop",testid="1"{}}})", metric, labels);
}
std::string standing(double value) { return fmt::format("{}+0x{}", number(value), kLong / kStep); }
// By so much a second, until it stands still.
std::string growing(double by_second, seconds until) {
  const auto steps = until / kStep;
  const double by = by_second * static_cast<double>(kStep.count());
  return fmt::format("0+{}x{} {}+0x{}", number(by), steps, number(by * static_cast<double>(steps)),
                     (kLong - until) / kStep);
}

// What a run looks like in which the rule is breached.
struct Breach {
  std::vector<std::pair<std::string, double>> counters;  // by so much a second
  std::vector<std::pair<std::string, double>> gauges;
  std::string value;
};

// `enough`: requests a second that are not too few.
Breach breach_of(const AlertRule& rule, double enough) {
  const auto some_requests = [](double by) {
    return std::pair(series_of("load_test_requests_total", R"(,endpoint="/a",status="200")"), by);
  };
  switch (rule.signal) {
    case AlertSignal::error_ratio: {
      const double ratio = (1 + rule.threshold) / 2;
      return {{some_requests((1 - ratio) * enough),
               {series_of("load_test_requests_total", R"(,endpoint="/b",status="500")"), ratio * enough},
               {series_of("load_test_errors_total", R"(,error_type="http_500")"), ratio * enough}},
              {},
              fmt::format("{:.4g}%", ratio * 100)};
    }
    case AlertSignal::response_time_p95: {
      // All samples in one bucket just above the threshold: the quantile is 95 % of the way through it.
      const double low = rule.threshold + 1;
      const double high = low + 1;
      const auto bucket = [&](double bound) {
        return series_of("load_test_response_time_seconds_bucket", fmt::format(R"(,endpoint="/a",le="{}")", bound));
      };
      return {{some_requests(enough),
               {bucket(low), 0},
               {bucket(high), enough},
               {series_of("load_test_response_time_seconds_bucket", R"(,endpoint="/a",le="+Inf")"), enough}},
              {},
              fmt::format("{:.4g}s", low + 0.95)};
    }
    case AlertSignal::throughput:
      return {{some_requests(rule.threshold / 2)},
              {{series_of("load_test_throughput_rps"), rule.threshold / 2}},
              fmt::format("{:.4g}", rule.threshold / 2)};
    default:
      return {{some_requests(enough)},
              {{series_of("load_test_system_cpu_percent"), (100 + rule.threshold) / 2}},
              fmt::format("{:.4g}", (100 + rule.threshold) / 2)};
  }
}

double enough_requests(std::span<const AlertRule> rules) {
  double enough = 0;
  for (const AlertRule& rule : rules) {
    if (rule.enabled && rule.signal == AlertSignal::throughput) enough = rule.threshold;
  }
  return enough + 1000;
}

// A run of `length`, watched while it goes on.
Case watched_run(const AlertRule& rule, double enough, seconds length, bool tells_its_end) {
  const Breach breach = breach_of(rule, enough);
  Case run{.name = fmt::format("{}, in a run that goes on and {}", rule.alertname,
                               tells_its_end ? "ends" : "is not heard of again"),
           .series = {},
           .rule = &rule,
           .value = breach.value};
  for (const auto& [selected, by_second] : breach.counters)
    run.series.emplace_back(selected, growing(by_second, length));
  for (const auto& [selected, value] : breach.gauges) run.series.emplace_back(selected, standing(value));
  if (tells_its_end) {
    run.series.emplace_back(series_of("load_test_run_end_time_seconds"),
                            fmt::format("_x{} {}+0x{}", length / kStep, length.count(), (kLong - length) / kStep));
  }
  run.fires_at = {length - kStep};
  const seconds over = length + (tells_its_end ? kStandsStill : kAlertWindow + kStep);
  for (const int minutes : {1, 2, 3, 5, 8, 10, 30, 60}) run.silent_at.push_back(over + seconds(60 * minutes));
  return run;
}

// A run that was pushed at once, when it was over.
Case pushed_run(const AlertRule& rule, double enough, bool long_ago) {
  constexpr double kSeconds = 600;
  const Breach breach = breach_of(rule, enough);
  Case run{.name = fmt::format("{}, in a run that was pushed {}", rule.alertname,
                               long_ago ? "long ago" : "when it was over"),
           .series = {},
           .rule = long_ago ? nullptr : &rule,
           .value = breach.value};
  for (const auto& [selected, by_second] : breach.counters)
    run.series.emplace_back(selected, standing(by_second * kSeconds));
  for (const auto& [selected, value] : breach.gauges) run.series.emplace_back(selected, standing(value));
  run.series.emplace_back(series_of("load_test_run_end_time_seconds"), standing(-1e9));
  run.series.emplace_back(R"(push_time_seconds{job="load_test",test_name="shop",testid="1"})",
                          standing(long_ago ? -1e9 : 0));
  const seconds moment = rule.hold + kLookAfter;
  (long_ago ? run.silent_at : run.fires_at).push_back(moment);
  const seconds over = time_for_news(rule) + seconds(60);
  for (const int minutes : {0, 1, 2, 3, 5, 8, 10, 30, 60}) run.silent_at.push_back(over + seconds(60 * minutes));
  return run;
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

std::string expected(const AlertRule& rule, const Case& run, const PromRuleOptions& options) {
  std::string out = fmt::format(
      "\n          - exp_labels:\n              severity: {}\n              test_name: shop\n              testid: "
      "\"1\"\n            exp_annotations:\n              summary: {}\n              description: {}\n",
      name_of(rule.severity), yaml_text(summary_of(rule)),
      yaml_text(description_of(rule, options.language, "shop", run.value)));
  if (!options.dashboard.empty()) {
    out += fmt::format("              dashboard: {}\n",
                       yaml_text(options.dashboard + "&var-test=shop&var-run=1&from=now-1h&to=now"));
  }
  return out;
}

std::string test_of(const Case& run, std::span<const AlertRule> rules, const PromRuleOptions& options) {
  std::string out =
      fmt::format("  - name: {}\n    interval: {}s\n    input_series:\n", yaml_text(run.name), kStep.count());
  for (const auto& [selected, values] : run.series) {
    out += fmt::format("      - series: {}\n        values: {}\n", yaml_text(selected), yaml_text(values));
  }
  out += "    alert_rule_test:\n";
  const auto look = [&](seconds moment, bool fires) {
    for (const AlertRule& rule : rules) {
      if (!rule.enabled) continue;
      out += fmt::format("      - eval_time: {}s\n        alertname: {}\n        exp_alerts:", moment.count(),
                         rule.alertname);
      out += fires && run.rule == &rule ? expected(rule, run, options) : " []\n";
    }
  };
  for (const seconds moment : run.fires_at) look(moment, true);
  for (const seconds moment : run.silent_at) look(moment, false);
  return out;
}

}  // namespace

std::string encode_rule_tests(std::span<const AlertRule> rules, const PromRuleOptions& options,
                              std::string_view rule_file) {
  std::string out =
      fmt::format("rule_files:\n  - {}\nevaluation_interval: {}s\ntests:\n", yaml_text(rule_file), kStep.count());
  const auto add = [&](const Case& run) { out += test_of(run, rules, options); };
  const double enough = enough_requests(rules);
  seconds longest{0};
  for (const AlertRule& rule : rules) {
    if (rule.enabled) longest = std::max(longest, rule.hold);
  }
  const seconds length = (longest / kStep + 1) * kStep + 2 * kAlertWindow;
  for (const AlertRule& rule : rules) {
    if (!rule.enabled || !can_be_breached(rule)) continue;
    add(watched_run(rule, enough, length, true));
    add(watched_run(rule, enough, length, false));
    if (options.stale_after > rule.hold + kLookAfter) add(pushed_run(rule, enough, false));
    add(pushed_run(rule, enough, true));
  }
  // Bounded by what the thresholds may be: nothing is too slow at 0 s, too few at infinitely many, too busy at 0 %.
  Case healthy{
      .name = "a healthy run that goes on and is not heard of again",
      .series = {{series_of("load_test_requests_total", R"(,endpoint="/a",status="200")"), growing(enough, length)},
                 {series_of("load_test_throughput_rps"), standing(enough)},
                 {series_of("load_test_system_cpu_percent"), standing(0)},
                 {series_of("load_test_response_time_seconds_bucket", R"(,endpoint="/a",le="1e-09")"),
                  growing(enough, length)},
                 {series_of("load_test_response_time_seconds_bucket", R"(,endpoint="/a",le="+Inf")"),
                  growing(enough, length)}}};
  for (seconds moment = seconds(60); moment <= length + 2 * kAlertWindow; moment += seconds(60)) {
    healthy.silent_at.push_back(moment);
  }
  add(healthy);
  return out;
}

}  // namespace omniwriter
