#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "base/split.h"
#include "base/url.h"
#include "base/utf8.h"
#include "config/criteria_setting.h"
#include "config/judge_settings.h"
#include "config/options.h"
#include "config/report_settings.h"
#include "config/vitals_settings.h"

namespace omniwriter {
namespace {

Config& whole(Config& config) { return config; }

// --- what is told of a run

Problem set_outputs(Config& config, const Setting& setting) {
  return read_text_map(setting, [&](const std::string& name, const std::string& target) -> Problem {
    if (target.empty()) return "must not be empty";
    if (target.find("://") != std::string::npos) {
      if (const auto url = parse_url(target); !url) return url.error().message;
    }
    config.outputs[name] = target;
    return {};
  });
}

Problem set_labels(Config& config, const Setting& setting) {
  return read_text_map(setting, [&](const std::string& name, const std::string& value) -> Problem {
    static const std::set<std::string> kTaken{"test_name", "endpoint", "status", "error_type", "testid",
                                              "le",        "quantile", "phase",  "dimension",  "value",
                                              "check",     "metric",   "result", "message"};
    if (kTaken.contains(name)) return "OmniWriter sets this label itself; choose another name";
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const bool valid = !name.empty() && letter(name.front()) && !name.starts_with("__") &&
                       std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
    if (!valid) return "a label name holds letters, digits and _, begins with no digit, and not with __";
    if (value.empty()) return "must not be empty";
    config.labels[name] = value;
    return {};
  });
}

Problem set_buckets(Config& config, const Setting& setting) {
  if (!setting.node.IsSequence()) return fmt::format("must be a list of numbers, not {}", kind_of(setting.node));
  constexpr std::size_t kMaxBuckets = 500;
  if (setting.node.size() == 0 || setting.node.size() > kMaxBuckets) {
    return fmt::format("must hold from 1 to {} numbers", kMaxBuckets);
  }
  std::vector<double> buckets;
  for (const auto& entry : setting.node) {
    const auto number = read_number(entry);
    if (!number) return number.error();
    if (*number <= 0) return fmt::format("must hold seconds greater than 0, but holds {}", entry.Scalar());
    if (!buckets.empty() && *number <= buckets.back()) return "must be in ascending order, without repetition";
    buckets.push_back(*number);
  }
  config.response_time_buckets = std::move(buckets);
  return {};
}

Problem set_endpoint_rules(EndpointSettings& endpoints, const Setting& setting) {
  constexpr std::size_t kMaxRules = 100;
  if (!setting.node.IsSequence()) return fmt::format("must be a list of rules, not {}", kind_of(setting.node));
  if (setting.node.size() > kMaxRules) return fmt::format("must hold at most {} rules", kMaxRules);
  endpoints.rules.clear();
  for (const auto& entry : setting.node) {
    const bool complete = entry.IsMap() && entry.size() == 2 && entry["match"] && entry["name"];
    if (!complete) return R"(each must hold "match", a regular expression, and "name")";
    auto pattern = read_text(entry["match"]);
    auto name = read_text(entry["name"]);
    if (!pattern || !name) return !pattern ? pattern.error() : name.error();
    if (name->empty()) return "the name of a rule must not be empty";
    if (const auto problem = problem_with_pattern(*pattern)) {
      return fmt::format("\"{}\" is no regular expression that can be used: {}", *pattern, *problem);
    }
    endpoints.rules.push_back({*std::move(pattern), *std::move(name)});
  }
  return {};
}

Problem set_dimensions(Config& config, const Setting& setting) {
  std::vector<std::string> names;
  if (setting.node.IsSequence()) {
    for (const auto& entry : setting.node) {
      auto name = read_text(entry);
      if (!name) return name.error();
      names.push_back(*std::move(name));
    }
  } else {
    const auto text = read_text(setting.node);
    if (!text) return text.error();
    for (const std::string_view name : split_at_commas(*text)) names.emplace_back(name);
  }
  if (const auto checked = check_dimensions(names); !checked) return checked.error().message;
  config.dimensions = std::move(names);
  return {};
}

void add_run_options(OptionTable& table) {
  Options<Config> options(table, "", "", whole);
  options.add("outputs.<name>", "", "Target of a further output, as in `-o name=target`.", set_outputs);
  table.options.back().help.address = true;
  options.add("labels.<name>", "", "A further label on every metric, besides `testid` (the run id).", set_labels);
  options.add("response_time_buckets", "",
              "Upper bounds, in seconds and ascending, of the classic histogram `load_test_response_time_seconds`. "
              "Empty: the built-in ones.",
              set_buckets);
  Options<Config> ours(table, "", "OMNIWRITER_", whole);
  ours.add("dimensions", "",
           "Tags or columns of result files, five at most, by which requests are compared besides their endpoint, as "
           "with `--by`: a list, or `scenario,region`.",
           set_dimensions);
  ours.flag("samples", &Config::samples,
            "Deliver every single sample too, as with `--samples`, to the outputs that can hold them: InfluxDB, "
            "Elasticsearch, Kafka.");

  Options<EndpointSettings> endpoints(table, "endpoints.", "",
                                      [](Config& config) -> EndpointSettings& { return config.endpoints; });
  endpoints.flag("fold", &EndpointSettings::fold,
                 "Ids in the names of requests become templates, as in `/orders/{id}`, so that runs stay comparable. "
                 "`false`: names stay as they are.");
  endpoints.add("rules", "",
                "List of rules that come before that, each with `match`, a regular expression (RE2: no looking around, "
                "no references back), and `name`, in which `$1` is its first group. The first that matches counts.",
                set_endpoint_rules);
}

// --- bounds

void add_limits(OptionTable& table) {
  constexpr std::size_t kOne = 1;
  Options<Limits> limits(table, "limits.", "", [](Config& config) -> Limits& { return config.limits; });
  limits.count("max_series", &Limits::max_series, 1, 1'000'000,
               "Endpoints kept apart; samples of further ones count under `__other__`.");
  limits.count("timeline_bytes", &Limits::timeline_bytes, kOne << 20, kOne << 36,
               "Most that the timeline may hold; packed on the disk it takes a sixth of that or less, and little "
               "memory. A run that needs more gets time slots of 2, 4, 8 … seconds.");
  limits.count("max_record_bytes", &Limits::max_record_bytes, kOne << 10, kOne << 30,
               "A longer record of a result file is one bad record.");
  limits.count("spool_bytes", &Limits::spool_bytes, kOne << 20, kOne << 50,
               "Most that may wait on the disk to be delivered. Beyond it the rest of a run is encoded when there is "
               "room.");
  limits.flag("drop_samples", &Limits::drop_samples,
              "Where single samples find no room among that: drop the oldest, and say so in the ledger. `false`: that "
              "is an error.");
}

void add_delivery_options(OptionTable& table) {
  Options<DeliverySettings> delivery(table, "delivery.", "",
                                     [](Config& config) -> DeliverySettings& { return config.delivery; });
  delivery.add("request_timeout_seconds", &DeliverySettings::request_timeout, read_seconds_into, "10",
               "How long one request to a server may take.");
  delivery.add("give_up_after_seconds", &DeliverySettings::give_up_after, read_seconds_into, "60",
               "An output that accepts nothing for this long is given up; what it did not get is pending.");
  delivery.add("give_up_connecting_after_seconds", "5",
               "The same, where nobody has answered so far and each try fails at once: a refused connection, an "
               "unknown host. Unless it is set, addresses of a file that was only found are given up after 0.5.",
               [](DeliverySettings& settings, const Setting& setting) {
                 return read_seconds_into(settings.give_up_connecting.emplace(), setting);
               });
  delivery.add("live_interval_seconds", &DeliverySettings::live_interval, read_seconds_into, "5",
               "How often outputs are told of a test that goes on.");
}

// --- alerts

Problem read_severity_into(Severity& target, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  for (const Severity severity : {Severity::info, Severity::warning, Severity::critical}) {
    if (*text != name_of(severity)) continue;
    target = severity;
    return {};
  }
  return "must be info, warning or critical";
}

template <std::size_t I>
void add_alert_options(OptionTable& table, std::string_view unit, std::string meaning) {
  const AlertRule rule = default_alert_rules()[I];
  Options<AlertRule> options(table, fmt::format("alerts.{}.", rule.id), "",
                             [](Config& config) -> AlertRule& { return config.alerts[I]; });
  const double most = rule.signal == AlertSignal::error_ratio ? 1 : rule.signal == AlertSignal::cpu ? 100 : 1e9;
  options.add(
      unit, &AlertRule::threshold,
      [most](double& target, const Setting& setting) { return read_threshold_into(target, setting, most); },
      fmt::format("{}", rule.threshold), std::move(meaning));
  options.add("severity", &AlertRule::severity, read_severity_into, std::string(name_of(rule.severity)),
              "`info`, `warning` or `critical`.");
  options.add("for_seconds", &AlertRule::hold, read_whole_seconds_into, fmt::format("{}", rule.hold.count()),
              "How long the condition must last before the alert fires.");
  options.add("enabled", &AlertRule::enabled, read_bool_into, "true", "`false`: there is no such alert.");
}

void add_alerts(OptionTable& table) {
  add_alert_options<0>(table, "ratio", "Share of failed requests, 0 to 1, above which `HighErrorRate` fires.");
  add_alert_options<1>(table, "seconds", "95th percentile of response times above which `HighResponseTime` fires.");
  add_alert_options<2>(table, "rps", "Requests a second below which `LowThroughput` fires.");
  add_alert_options<3>(table, "percent", "CPU use, 0 to 100, above which `HighCpuUsage` fires.");
}

// --- what a run is held against

Problem set_criteria(JudgeSettings& settings, const Setting& setting) {
  return read_criteria_into(settings.criteria, setting, false);
}

Problem set_warnings(JudgeSettings& settings, const Setting& setting) {
  return read_criteria_into(settings.criteria, setting, true);
}

void add_judge_options(OptionTable& table) {
  Options<JudgeSettings> options(table, "", "OMNIWRITER_");
  options.add(
      "criteria", "",
      "What must hold of a run, as with `--threshold`: a list of criteria such as `p95<300ms`; or, as k6 has "
      "thresholds, a group of lists by what each is about. One may be a group, too: `threshold`, `abortOnFail`, "
      "`delayAbortEval`. In the environment they are parted by `;`.",
      set_criteria);
  options.add("warn", "",
              "The same of what only warns, as with `--warn`. Where there is neither, the alerts below warn.",
              set_warnings);

  Options<ComparisonSettings> comparison(
      table, "judge.", "OMNIWRITER_JUDGE_",
      [](Config& config) -> ComparisonSettings& { return config.of<JudgeSettings>().comparison; });
  const auto ratio = [](double& target, const Setting& setting) { return read_threshold_into(target, setting, 1); };
  comparison.add("margin", &ComparisonSettings::margin, ratio, "0.1",
                 "How much worse than its baseline a run may be, as a ratio: 0.1 is 10 %.");
  comparison.add("noise_floor", &ComparisonSettings::noise_floor, ratio, "0.02",
                 "By how much equal runs are taken to differ where there are too few to measure it: one standard "
                 "deviation, as a ratio.");
  Options<JudgeSettings> judge(table, "judge.", "OMNIWRITER_JUDGE_");
  judge.text("baseline", &JudgeSettings::baseline,
             "What a run is compared with, as with `--baseline`: `last-passed`, `tag:NAME=VALUE`, a run, or a file. "
             "Empty: nothing.");
  judge.count("baseline_runs", &JudgeSettings::baseline_runs, 1, 100,
              "Most runs that it is compared with, where that names several; the newest count.");
  judge.flag("strict", &JudgeSettings::strict,
             "Whether a run that is inconclusive or invalid ends with exit code 97, as with `--strict`.");
  judge.add("history", &JudgeSettings::history, read_path_into, "",
            "Folder of exported runs that are compared with, too, as with `--history`.");
}

// --- what is beside a run: CPU, memory, and what a Prometheus knows

Problem set_queries(VitalsSettings& vitals, const Setting& setting) {
  constexpr std::size_t kMaxQueries = 50;
  constexpr std::size_t kMaxNameBytes = 100;
  auto problem = read_text_map(setting, [&](const std::string& name, const std::string& query) -> Problem {
    if (name.empty() || clean_utf8(name, kMaxNameBytes) != name) {
      return fmt::format("the name of a query is text on one line, of at most {} bytes", kMaxNameBytes);
    }
    if (query.empty()) return "must not be empty";
    vitals.queries[name] = query;
    return {};
  });
  if (!problem && vitals.queries.size() > kMaxQueries) return fmt::format("must hold at most {} queries", kMaxQueries);
  return problem;
}

void add_queries(OptionTable& table) {
  Options<VitalsSettings>(table, "vitals.", "")
      .add("queries.<name>", "",
           "PromQL that Prometheus is asked over the time of a run once that has ended, as in `db_connections: "
           "sum(pg_stat_activity_count)`: reports show its numbers beside the response times. `cpu_percent` and "
           "`memory_mb` stand for those of the load generator where they are not measured.",
           set_queries);
  Options<VitalsSettings> other(table, "vitals.prometheus_", "OMNIWRITER_VITALS_PROMETHEUS_");
  other.address("url", &VitalsSettings::prometheus_url,
                "Address of the Prometheus that is asked. Empty: `monitoring_config.prometheus_url`, with its "
                "certificates.");
  Options<HttpAccess> access(table, "vitals.prometheus_", "OMNIWRITER_VITALS_PROMETHEUS_",
                             [](Config& config) -> HttpAccess& { return config.of<VitalsSettings>().prometheus; });
  access.secret("token", &HttpAccess::token, "Token that is sent to it as `Authorization: Bearer`.", "the token");
  access.text("username", &HttpAccess::username, "User of Basic authentication at it. Empty: none.");
  access.secret("password", &HttpAccess::password, "Password of that user.", "the password");
  access.tls(&HttpAccess::tls, "it is");
  access.secrets_go_to({"vitals.prometheus_url", "monitoring_config.prometheus_url"});
}

void add_vitals(OptionTable& table) {
  Options<VitalsSettings> vitals(table, "vitals.", "OMNIWRITER_VITALS_");
  vitals.choice(
      "source", &VitalsSettings::source,
      {{"tool", VitalsSource::tool}, {"host", VitalsSource::host}, {"none", VitalsSource::none}},
      "What `run` and `follow` measure of CPU and memory, once a second: `tool`, the load tool with all that it starts "
      "(with `follow` only where `--pid` or a cgroup tells which that is); `host`, the whole machine; `none`, "
      "nothing.");
  vitals.text(
      "cgroup", &VitalsSettings::cgroup,
      "Control group (version 2) that the load tool runs in, as in `system.slice/k6.service`, measured in place "
      "of its processes.");
  add_queries(table);
}

// --- this program

Problem set_lang(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  const auto language = language_of(*text);
  if (!language) return "must be pt-BR or en";
  config.lang = config.spoken = *language;
  return {};
}

Problem set_store(Config& config, const Setting& setting) {
  const auto path = read_path(setting);
  if (!path) return path.error();
  if (setting.node.Scalar().empty()) return "must not be empty";
  config.store = path->lexically_normal();
  return {};
}

void add_report_options(OptionTable& table) {
  Options<ReportSettings> options(table, "report.", "OMNIWRITER_REPORT_");
  options.add("apdex_seconds", &ReportSettings::apdex, read_seconds_into, "0.5",
              "The T of Apdex: the response time that users are satisfied with. Up to four times of it they tolerate.");
  options.flag(
      "github", &ReportSettings::github,
      "In GitHub Actions, `ingest`, `follow` and `run` add the run to the summary of the step, and say what is "
      "wrong as annotations.");
}

void add_program_options(OptionTable& table) {
  Options<Config>(table, "", "", whole)
      .path("report_dir", &Config::report_dir, "Folder that `integrate` writes its reports to.");
  Options<Config> options(table, "", "OMNIWRITER_", whole);
  options.add("store", "",
              "SQLite file that keeps the runs. Empty: `$XDG_DATA_HOME/omniwriter/omniwriter.db`, or "
              "`~/.local/share/omniwriter/omniwriter.db`.",
              set_store);
  options.add("lang", "pt-BR",
              "Language: `pt-BR` or `en`; where it is not set, that of the locale. Where that tells none (`C`), the "
              "terminal speaks English.",
              set_lang);
}

}  // namespace

void declare_general_options(OptionTable& table) {
  add_run_options(table);
  add_limits(table);
  add_delivery_options(table);
  add_judge_options(table);
  add_vitals(table);
  add_report_options(table);
  add_program_options(table);
  add_tls_options(table, "tls.", "OMNIWRITER_TLS_", "all servers are",
                  [](Config& config) -> TlsSettings& { return config.tls; });
  add_alerts(table);
}

}  // namespace omniwriter
