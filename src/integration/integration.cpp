#include "integration/integration.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ranges>

#include "base/atomic_file.h"
#include "base/try.h"
#include "config/report_settings.h"
#include "delivery/delivery.h"
#include "delivery/output_kind.h"
#include "integration/deliveries.h"
#include "integration/metrics_record.h"
#include "integration/output_choice.h"
#include "model/load_test_metrics.h"
#include "model/translation.h"
#include "store/run_store.h"
#include "systems/grafana/dashboard_link.h"
#include "systems/plan.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

using nlohmann::json;

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

// The output of that name; null where there is none.
const OutputKind* find_output(std::string_view name) {
  const auto found = std::ranges::find(output_kinds(), name, &OutputKind::name);
  return found == output_kinds().end() ? nullptr : *found;
}

}  // namespace

Integration::Integration(Config config, Clock& clock) : config_(std::move(config)), clock_(clock) {}
Integration::~Integration() = default;

Result<std::string> Integration::update_metrics(const MetricsUpdate& update) {
  TRY(check_update(update));
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
    for (const System* system : systems()) {
      if (!system->takes_updates) continue;
      problems_.with([&](auto& problems) { problems[std::string(whole_of(system->name))] = last.problem; });
    }
    return last.problem;
  });
}

Result<void> Integration::push(const std::string& test_name, const DeliveryOptions& options) {
  for (const System* system : systems()) {
    const std::string& target = system->url(config_);
    if (!system->takes_updates || target.empty()) continue;
    const Lock one_at_a_time(pushing_);
    const auto run = live_.with([&](auto& tests) { return tests.at(test_name).run(); });
    const auto output = TRY(find_output(system->name)->make(config_, target));
    std::vector<OutputItem> items;
    output->encode_live(run, {}, [&](OutputItem item) { items.push_back(std::move(item)); });
    const auto entry = send_now(std::move(items), *output, options, clock_, static_cast<std::uint64_t>(run.ended_ns));
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
  for (const std::string& name : names) TRY(push(name, live_options(config_)));
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

Result<void> Integration::send_items(const System& system, std::vector<OutputItem> items, const Run* so_far) {
  const auto output = TRY(find_output(system.name)->make(config_, system.url(config_)));
  if (so_far != nullptr) {
    const LiveNews no_slots{.fresh = {0, 0}, .recent = {}};
    output->encode_live(*so_far, no_slots, [&](OutputItem item) { items.push_back(std::move(item)); });
  }
  const auto entry =
      send_now(std::move(items), *output, live_options(config_), clock_, static_cast<std::uint64_t>(clock_.wall_ns()));
  if (!entry.closed()) return std::unexpected(error_of(entry));
  return {};
}

Result<bool> Integration::send_metrics(std::string_view name, const json& record) {
  const MetricsRecord read = TRY(read_metrics_record(record));
  const System* const system = find_system(name);
  if (system == nullptr || system->records == nullptr || system->url(config_).empty()) return false;
  const Lock one_at_a_time(recording_);
  const auto at = std::make_pair(std::string(name), read.metrics.test_name);
  const auto known = recorded_.find(at);
  LiveRun test = known != recorded_.end() ? known->second : LiveRun(at.second, start_of(at.second));
  const std::int64_t now = unique_time_ns();
  test.add(read.metrics, now);
  const Run so_far = test.run();
  TRY(send_items(*system, system->records->of(config_, read, test.head().info.run_id, now),
                 so_far.samples_of(SampleKind::request) > 0 ? &so_far : nullptr));
  recorded_.insert_or_assign(at, std::move(test));
  return true;
}

std::string Integration::provision(std::string_view system, std::string& note) {
  HttpClient http;
  for (const SystemPlan& plan : run_plan(config_, http, {.goal = PlanGoal::apply}, system)) {
    if (plan.error) return plan.error->message;
    note = plan.note.value_or("");
  }
  return {};
}

// Shows that more than reading is allowed: what waits goes there, and leaves a trace of who was here.
Result<void> Integration::write_to(std::string_view name) {
  for (const System* system : systems()) {
    if (whole_of(system->name) != name || system->url(config_).empty()) continue;
    if (system->takes_updates) TRY(push_all());
    if (system->records != nullptr) {
      TRY(send_items(*system, {system->records->of_integration(config_, unique_time_ns())}));
    }
  }
  return {};
}

SystemResult Integration::integrate(std::string_view system) {
  SystemResult result{
      .system = std::string(system), .configured = is_configured(config_, system), .ok = false, .problem = {}};
  if (!result.configured) return result;
  HttpClient http;
  for (const SystemState& state : check_systems(config_, http, clock_, system)) {
    if (state.configured && !state.ok && result.problem.empty()) result.problem = first_fault(state, config_.spoken);
  }
  std::string note;
  if (result.problem.empty()) result.problem = provision(system, note);
  if (result.problem.empty()) {
    if (auto written = write_to(system); !written) result.problem = written.error().message;
  }
  result.ok = result.problem.empty();
  problems_.with([&](auto& problems) { problems[result.system] = result.problem; });
  if (result.ok) result.problem = note;
  return result;
}

std::vector<SystemResult> Integration::integrate_all() {
  std::vector<SystemResult> results;
  // From the last to the first, as run_plan() does it.
  for (const System* system : systems() | std::views::reverse) {
    if (system->part_of.empty()) results.push_back(integrate(system->name));
  }
  std::ranges::reverse(results);
  const auto delivered = deliver_newest_run();
  for (SystemResult& result : results) {
    if (!result.ok) continue;
    if (!delivered) {
      result.problem = delivered.error().message;
      continue;
    }
    for (const LedgerEntry& entry : *delivered) {
      if (entry.closed() || whole_of(entry.output) != result.system) continue;
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
  const auto store = TRY(RunStore::open(config_.store));
  const auto runs = TRY(store->list());
  if (runs.empty()) return kept;
  kept.run = std::make_shared<Run>(TRY(store->load(runs.front().run_id)));
  kept.report.ledger = TRY(store->load_ledger(runs.front().run_id));
  return kept;
}

// What was delivered now; what was there already is not among it.
Result<std::vector<LedgerEntry>> Integration::deliver_newest_run() {
  const KeptReport kept = TRY(newest_run());
  if (!kept.run) return std::vector<LedgerEntry>{};
  const auto& ledger = kept.report.ledger;
  auto chosen = TRY(choose_outputs(output_kinds(), config_, {}));
  std::erase_if(chosen, [&](const ChosenOutput& output) {
    const bool delivered = std::ranges::any_of(
        ledger, [&](const LedgerEntry& entry) { return entry.output == output.kind->name && entry.closed(); });
    // One that did not integrate would only be waited for.
    const std::string system(whole_of(output.kind->name));
    const bool down =
        problems_.with([&](auto& problems) { return problems.contains(system) && !problems[system].empty(); });
    return delivered || down;
  });
  const auto destinations = TRY(make_destinations(config_, chosen));
  const auto store = TRY(RunStore::open(config_.store));
  return Deliveries(*store, config_, delivery_options(config_), clock_).deliver(*kept.run, destinations);
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
  for (const System* system : systems()) {
    if (system->take_stock != nullptr && !system->url(config_).empty()) system->take_stock(config_, http, inventory);
  }
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
  TRY(write_file_atomically(files.markdown, integration_report_markdown(kept.report, language)));
  TRY(write_file_atomically(files.json, integration_report_json(kept.report, language)));
  if (!kept.run) return files;
  files.html = config_.report_dir / fmt::format("integration_report_{}.html", stamp);
  const ReportInput input{.run = *kept.run,
                          .ledger = kept.report.ledger,
                          .systems = kept.report.systems,
                          .rules = config_.alerts,
                          .dashboard_url = kept.report.dashboard_url,
                          .apdex = config_.of<ReportSettings>().apdex};
  TRY(write_file_atomically(files.html, html_report(input, language)));
  return files;
}

std::string results_text(const std::vector<SystemResult>& results, Language language) {
  std::string text;
  for (const SystemResult& result : results) {
    const char* mark = !result.configured ? "–" : result.ok ? "✅" : "❌";
    const std::string_view not_configured = language == Language::pt_br ? " não configurado" : " not configured";
    text += fmt::format("{}: {}{}\n", title_of(result.system), mark, result.configured ? "" : not_configured);
    if (!result.problem.empty()) text += fmt::format("  {}\n", translated(result.problem, language));
  }
  return text;
}

}  // namespace omniwriter
