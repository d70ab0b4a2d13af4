#include "integration/integration.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/atomic_file.h"
#include "base/rfc3339.h"
#include "base/stable_hash.h"
#include "check/check.h"
#include "delivery/dashboard_link.h"
#include "delivery/delivery.h"
#include "delivery/logins.h"
#include "delivery/output_kind.h"
#include "formats/es_bulk/es_bulk.h"
#include "formats/line_protocol/line_protocol.h"
#include "formats/prom_rules/prom_rules.h"
#include "integration/deliveries.h"
#include "integration/metrics_record.h"
#include "integration/output_choice.h"
#include "model/load_test_metrics.h"
#include "model/translation.h"
#include "provision/plan.h"
#include "provision/server.h"
#include "store/run_store.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> kSystems{"grafana", "prometheus", "elasticsearch", "influxdb"};

// The configuration with one system alone, so that nobody waits for the others. The Pushgateway is part of Prometheus.
Config only(const Config& config, std::string_view system) {
  Config one = config;
  if (system != "grafana") one.monitoring.grafana_url.clear();
  if (system != "prometheus") {
    one.monitoring.prometheus_url.clear();
    one.monitoring.prometheus_pushgateway.clear();
  }
  if (system != "elasticsearch") one.monitoring.elasticsearch_url.clear();
  if (system != "influxdb") one.monitoring.influxdb_url.clear();
  return one;
}

bool is_configured(const Config& config, std::string_view system) {
  const MonitoringConfig& systems = config.monitoring;
  if (system == "grafana") return !systems.grafana_url.empty();
  if (system == "prometheus") return !systems.prometheus_url.empty() || !systems.prometheus_pushgateway.empty();
  if (system == "elasticsearch") return !systems.elasticsearch_url.empty();
  return !systems.influxdb_url.empty();
}

std::string system_of(std::string_view output) { return output == "pushgateway" ? "prometheus" : std::string(output); }

// update_metrics() blocks the caller's test: give up after one request timeout, and at once where nobody is there.
DeliveryOptions live_options(const Config& config) {
  return {.request_timeout = config.delivery.request_timeout,
          .give_up_after = config.delivery.request_timeout,
          .give_up_connecting = std::chrono::milliseconds{0}};
}

Error error_of(const LedgerEntry& entry) {
  std::string message = entry.output;
  for (const std::string& problem : entry.problems) message += ": " + problem;
  const bool refused = entry.rejected > 0;
  return {refused ? ErrorCode::refused : ErrorCode::unreachable, message, !refused};
}

std::string first_fault(const SystemState& state, Language language) {
  for (const Finding& finding : state.findings) {
    if (finding.kind != FindingKind::fault) continue;
    return fmt::format("{}: {}; {}", state.system, finding.finding.in(language), finding.remedy.in(language));
  }
  return state.system;
}

json at(const json& from, const char* pointer) {
  const json::json_pointer path(pointer);
  return !from.is_discarded() && from.contains(path) ? from[path] : json::array();
}

// What of ours a system has, asked from it.
struct Inventory {
  std::optional<std::size_t> dashboards;
  std::optional<std::size_t> rules;
  std::optional<std::size_t> firing;
};

bool is_our_alert(const Config& config, std::string_view alertname) {
  return std::ranges::any_of(config.alerts, [&](const AlertRule& rule) { return rule.alertname == alertname; });
}

void ask_prometheus(const Config& config, HttpClient& http, Inventory& inventory) {
  if (config.monitoring.prometheus_url.empty()) return;
  Server server(http, config.monitoring.prometheus_url, prometheus_login(config.monitoring),
                config.delivery.request_timeout);
  const auto rules = server.get("/api/v1/rules?type=alert");
  const auto alerts = server.get("/api/v1/alerts");
  if (!rules || !rules->ok() || !alerts || !alerts->ok()) return;
  std::size_t count = 0;
  for (const json& group : at(rules->body, "/data/groups")) {
    if (text_at(group, "/name") == kRuleGroup) count += at(group, "/rules").size();
  }
  std::size_t firing = 0;
  for (const json& alert : at(alerts->body, "/data/alerts")) {
    if (text_at(alert, "/state") == "firing" && is_our_alert(config, text_at(alert, "/labels/alertname"))) ++firing;
  }
  inventory.rules = count;
  inventory.firing = firing;
}

// Rules may be in Prometheus, in Grafana, or in both: they are the same ones.
void ask_grafana(const Config& config, HttpClient& http, Inventory& inventory) {
  if (config.monitoring.grafana_url.empty()) return;
  Server server(http, config.monitoring.grafana_url, grafana_login(config.monitoring), config.delivery.request_timeout);
  const auto found = server.get("/api/search?type=dash-db&tag=omniwriter");
  if (found && found->ok() && found->body.is_array()) {
    inventory.dashboards = static_cast<std::size_t>(std::ranges::count_if(
        found->body, [](const json& entry) { return text_at(entry, "/uid").starts_with("omniwriter-"); }));
  }
  const auto rules = server.get("/api/prometheus/grafana/api/v1/rules");
  if (!rules || !rules->ok()) return;
  std::size_t count = 0;
  std::size_t firing = 0;
  for (const json& group : at(rules->body, "/data/groups")) {
    for (const json& rule : at(group, "/rules")) {
      if (!is_our_alert(config, text_at(rule, "/name"))) continue;
      ++count;
      for (const json& alert : at(rule, "/alerts")) {
        if (text_at(alert, "/state").starts_with("Alerting")) ++firing;
      }
    }
  }
  inventory.rules = std::max(inventory.rules.value_or(0), count);
  inventory.firing = std::max(inventory.firing.value_or(0), firing);
}

}  // namespace

Integration::Integration(Config config, Clock& clock) : config_(std::move(config)), clock_(clock) {}
Integration::~Integration() = default;

Result<std::string> Integration::update_metrics(const MetricsUpdate& update) {
  if (auto valid = check_update(update); !valid) return std::unexpected(std::move(valid).error());
  const std::int64_t now = clock_.wall_ns();
  live_.with(
      [&](auto& tests) { tests.try_emplace(update.test_name, update.test_name, now).first->second.add(update, now); });
  newest_live_.with([&](std::string& name) { name = update.test_name; });
  return push_soon(update.test_name);
}

// A test that tells of itself must not wait for us: one attempt, and after one that took its time a pause, so that no
// more than a tenth of the test's time is lost on a server that does not answer.
std::string Integration::push_soon(const std::string& test_name) {
  constexpr std::chrono::milliseconds kLongest{2'000};
  constexpr int kShareOfWaiting = 9;
  DeliveryOptions options = live_options(config_);
  options.request_timeout = std::min(options.request_timeout, kLongest);
  options.give_up_after = std::chrono::milliseconds{0};
  return missed_push_.with([&](MissedPush& last) {
    const auto begun = clock_.steady();
    if (begun < last.not_before) return last.problem;
    const auto pushed = push(test_name, options);
    const auto ended = clock_.steady();
    last.problem = pushed ? "" : pushed.error().message;
    last.not_before = pushed ? ended : ended + kShareOfWaiting * (ended - begun);
    problems_.with([&](auto& problems) { problems["prometheus"] = last.problem; });
    return last.problem;
  });
}

Result<void> Integration::push(const std::string& test_name, const DeliveryOptions& options) {
  const std::string& target = config_.monitoring.prometheus_pushgateway;
  if (target.empty()) return {};
  const Lock one_at_a_time(pushing_);
  const auto run = live_.with([&](auto& tests) { return tests.at(test_name).run(); });
  for (const OutputKind* kind : output_kinds()) {
    if (kind->name != "pushgateway") continue;
    auto output = kind->make(config_, target);
    if (!output) return std::unexpected(std::move(output).error());
    std::vector<OutputItem> items;
    (*output)->encode_live(run, {}, [&](OutputItem item) { items.push_back(std::move(item)); });
    const auto entry = send_now(std::move(items), **output, options, clock_, static_cast<std::uint64_t>(run.ended_ns));
    if (!entry.closed()) return std::unexpected(error_of(entry));
  }
  return {};
}

Result<void> Integration::push_all() {
  const auto names = live_.with([](auto& tests) {
    std::vector<std::string> all;
    all.reserve(tests.size());
    for (const auto& [name, test] : tests) {
      // One that send_metrics() named has told nothing here that could be pushed.
      if (test.head().samples_of(SampleKind::request) != 0 || !test.head().vitals.empty()) all.push_back(name);
    }
    return all;
  });
  for (const std::string& name : names) {
    if (auto pushed = push(name, live_options(config_)); !pushed) return pushed;
  }
  return {};
}

std::int64_t Integration::start_of(const std::string& test_name) {
  return live_.with([&](auto& tests) {
    return tests.try_emplace(test_name, test_name, clock_.wall_ns()).first->second.head().started_ns;
  });
}

std::int64_t Integration::unique_time_ns() {
  std::int64_t last = last_time_ns_.load();
  std::int64_t next = 0;
  do {
    next = std::max(clock_.wall_ns(), last + 1);
  } while (!last_time_ns_.compare_exchange_weak(last, next));
  return next;
}

Result<void> Integration::send_items(std::string_view output_name, std::vector<OutputItem> items, const Run* so_far) {
  const auto kind = std::ranges::find(output_kinds(), output_name, &OutputKind::name);
  if (kind == output_kinds().end()) return fail(ErrorCode::usage, fmt::format("there is no output {}", output_name));
  auto output = (*kind)->make(config_, (*kind)->configured_target(config_));
  if (!output) return std::unexpected(std::move(output).error());
  if (so_far != nullptr) {
    const LiveNews no_slots{.fresh = {0, 0}, .recent = {}};
    (*output)->encode_live(*so_far, no_slots, [&](OutputItem item) { items.push_back(std::move(item)); });
  }
  const auto entry =
      send_now(std::move(items), **output, live_options(config_), clock_, static_cast<std::uint64_t>(clock_.wall_ns()));
  if (!entry.closed()) return std::unexpected(error_of(entry));
  return {};
}

Result<bool> Integration::send_metrics(std::string_view system, const json& record) {
  auto read = read_metrics_record(record);
  if (!read) return std::unexpected(std::move(read).error());
  if (!is_configured(config_, system)) return false;
  const Lock one_at_a_time(recording_);
  const auto at = std::make_pair(std::string(system), read->metrics.test_name);
  const auto known = recorded_.find(at);
  LiveRun test = known != recorded_.end() ? known->second : LiveRun(at.second, start_of(at.second));
  const RecordContext context{.run_id = test.head().info.run_id,
                              .time_ns = unique_time_ns(),
                              .labels = config_.labels,
                              .index = config_.monitoring.elasticsearch_index};
  test.add(read->metrics, context.time_ns);
  const Run so_far = test.run();
  auto sent = send_items(
      system, system == "influxdb" ? influxdb_items(*read, context) : elasticsearch_items(*read, context, record),
      so_far.samples_of(SampleKind::request) > 0 ? &so_far : nullptr);
  if (!sent) return std::unexpected(std::move(sent).error());
  recorded_.insert_or_assign(at, std::move(test));
  return true;
}

// Shows that more than reading is allowed, and leaves a trace of who was here.
Result<void> Integration::write_log_entry(std::string_view system) {
  const std::int64_t now = unique_time_ns();
  if (system == "influxdb") {
    return send_items(system, {{encode_line({.measurement = "load_test_integration",
                                             .tags = {{"tool", "omniwriter"}},
                                             .fields = {{"ok", std::uint64_t{1}}},
                                             .timestamp_ns = now}),
                                1}});
  }
  const json document{{"@timestamp", format_rfc3339(now)},
                      {"doc_type", "integration"},
                      {"tool", "omniwriter"},
                      {"level", "info"},
                      {"message", "integration with Elasticsearch verified"}};
  const std::string index = fmt::format("{}-{}", config_.monitoring.elasticsearch_index, format_day(now));
  return send_items(system,
                    {{encode_bulk_create(index, stable_hash({"integration", fmt::format("{}", now)}), document), 1}});
}

std::string Integration::provision(std::string_view system, std::string& note) {
  HttpClient http;
  for (const SystemPlan& plan : run_plan(config_, http, {.goal = PlanGoal::apply}, {system})) {
    if (plan.error) return plan.error->message;
    note = plan.note.value_or("");
  }
  return {};
}

SystemResult Integration::integrate(std::string_view system) {
  SystemResult result{
      .system = std::string(system), .configured = is_configured(config_, system), .ok = false, .problem = {}};
  if (!result.configured) return result;
  HttpClient http;
  for (const SystemState& state : check_systems(only(config_, system), http, clock_)) {
    if (state.configured && !state.ok && result.problem.empty()) result.problem = first_fault(state, config_.spoken);
  }
  std::string note;
  if (result.problem.empty()) result.problem = provision(system, note);
  if (result.problem.empty()) {
    Result<void> written;
    if (system == "prometheus") {
      written = push_all();
    }
    if (system == "elasticsearch" || system == "influxdb") written = write_log_entry(system);
    if (!written) result.problem = written.error().message;
  }
  result.ok = result.problem.empty();
  problems_.with([&](auto& problems) { problems[result.system] = result.problem; });
  if (result.ok) result.problem = note;
  return result;
}

std::vector<SystemResult> Integration::integrate_all() {
  std::vector<SystemResult> results;
  // What Grafana shows comes before Grafana.
  for (const std::string_view system : {"elasticsearch", "influxdb", "prometheus", "grafana"}) {
    results.push_back(integrate(system));
  }
  std::ranges::sort(results, {}, [](const SystemResult& result) {
    return std::ranges::find(kSystems, result.system) - kSystems.begin();
  });
  const auto delivered = deliver_newest_run();
  for (SystemResult& result : results) {
    if (!result.ok) continue;
    if (!delivered) {
      result.problem = delivered.error().message;
      continue;
    }
    for (const LedgerEntry& entry : *delivered) {
      if (entry.closed() || system_of(entry.output) != result.system) continue;
      result.ok = false;
      result.problem = error_of(entry).message;
      problems_.with([&](auto& problems) { problems[result.system] = result.problem; });
    }
  }
  return results;
}

Result<KeptReport> Integration::newest_run() const {
  KeptReport kept;
  std::error_code error;
  if (config_.store.empty() || !std::filesystem::exists(config_.store, error)) return kept;
  auto store = RunStore::open(config_.store);
  if (!store) return std::unexpected(std::move(store).error());
  const auto runs = (*store)->list();
  if (!runs) return std::unexpected(runs.error());
  if (runs->empty()) return kept;
  auto run = (*store)->load(runs->front().run_id);
  if (!run) return std::unexpected(std::move(run).error());
  auto ledger = (*store)->load_ledger(runs->front().run_id);
  if (!ledger) return std::unexpected(std::move(ledger).error());
  kept.run = std::make_shared<Run>(*std::move(run));
  kept.report.ledger = *std::move(ledger);
  return kept;
}

// What was delivered now; what was there already is not among it.
Result<std::vector<LedgerEntry>> Integration::deliver_newest_run() {
  auto kept = newest_run();
  if (!kept) return std::unexpected(std::move(kept).error());
  if (!kept->run) return std::vector<LedgerEntry>{};
  const auto& ledger = kept->report.ledger;
  auto chosen = choose_outputs(output_kinds(), config_, {});
  if (!chosen) return std::unexpected(chosen.error());
  std::erase_if(*chosen, [&](const ChosenOutput& output) {
    const bool delivered = std::ranges::any_of(
        ledger, [&](const LedgerEntry& entry) { return entry.output == output.kind->name && entry.closed(); });
    // One that did not integrate would only be waited for.
    const std::string system = system_of(output.kind->name);
    const bool down =
        problems_.with([&](auto& problems) { return problems.contains(system) && !problems[system].empty(); });
    return delivered || down;
  });
  const auto destinations = make_destinations(config_, *chosen);
  if (!destinations) return std::unexpected(destinations.error());
  auto store = RunStore::open(config_.store);
  if (!store) return std::unexpected(std::move(store).error());
  return Deliveries(**store, config_, delivery_options(config_), clock_).deliver(*kept->run, *destinations);
}

KeptReport Integration::report() {
  KeptReport kept;
  const std::string live = newest_live_.with([](const std::string& name) { return name; });
  if (!live.empty()) {
    kept.run = live_.with([&](auto& tests) { return std::make_shared<Run>(tests.at(live).run()); });
  } else if (auto stored = newest_run(); stored) {
    kept = *std::move(stored);
  }
  IntegrationReport& report = kept.report;
  report.time_ns = clock_.wall_ns();
  report.run = kept.run.get();
  if (kept.run) {
    report.dashboard_url =
        live.empty() ? dashboard_link(config_, *kept.run, report.time_ns) : live_dashboard_link(config_, *kept.run);
  }
  report.rules = config_.alerts;
  HttpClient http;
  report.systems = check_systems(config_, http, clock_);
  problems_.with([&](auto& problems) {
    for (SystemState& state : report.systems) {
      const auto problem = problems.find(state.system);
      if (problem == problems.end() || problem->second.empty() || !state.ok) continue;
      state.ok = false;
      state.findings.insert(state.findings.begin(),
                            {.id = "integration_failed",
                             .finding = {translated(problem->second, Language::pt_br), problem->second},
                             .remedy = {"corrija e execute `omniwriter integrate` de novo",
                                        "mend that and run `omniwriter integrate` again"}});
    }
  });
  report.metrics = kCustomMetrics;
  Inventory inventory;
  ask_prometheus(config_, http, inventory);
  ask_grafana(config_, http, inventory);
  report.dashboards = inventory.dashboards;
  report.alert_rules = inventory.rules;
  report.firing_alerts = inventory.firing;
  return kept;
}

Result<ReportFiles> Integration::write_reports() {
  const KeptReport kept = report();
  std::error_code error;
  std::filesystem::create_directories(config_.report_dir, error);
  const std::string stamp = fmt::format("{}", kept.report.time_ns / 1'000'000'000);
  const Language language = config_.lang;
  ReportFiles files{.markdown = config_.report_dir / fmt::format("monitoring_integration_report_{}.md", stamp),
                    .json = config_.report_dir / fmt::format("integration_report_{}.json", stamp),
                    .html = {}};
  if (auto written = write_file_atomically(files.markdown, integration_report_markdown(kept.report, language));
      !written) {
    return std::unexpected(std::move(written).error());
  }
  if (auto written = write_file_atomically(files.json, integration_report_json(kept.report, language)); !written) {
    return std::unexpected(std::move(written).error());
  }
  if (!kept.run) return files;
  files.html = config_.report_dir / fmt::format("integration_report_{}.html", stamp);
  const ReportInput input{.run = *kept.run,
                          .ledger = kept.report.ledger,
                          .systems = kept.report.systems,
                          .rules = config_.alerts,
                          .dashboard_url = kept.report.dashboard_url};
  if (auto written = write_file_atomically(files.html, html_report(input, language)); !written) {
    return std::unexpected(std::move(written).error());
  }
  return files;
}

std::string results_text(const std::vector<SystemResult>& results, Language language) {
  std::string text;
  for (const SystemResult& result : results) {
    const char* mark = !result.configured ? "–" : result.ok ? "✅" : "❌";
    std::string title = result.system;
    if (title == "influxdb") {
      title = "InfluxDB";
    } else {
      title.front() = static_cast<char>(title.front() - 'a' + 'A');
    }
    const std::string_view not_configured = language == Language::pt_br ? " não configurado" : " not configured";
    text += fmt::format("{}: {}{}\n", title, mark, result.configured ? "" : not_configured);
    if (!result.problem.empty()) text += fmt::format("  {}\n", translated(result.problem, language));
  }
  return text;
}

}  // namespace omniwriter
