#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/atomic_file.h"
#include "delivery/dashboard_link.h"
#include "model/translation.h"
#include "provision/plan.h"
#include "provision/rule_options.h"
#include "reports/terminal/text_table.h"

namespace omniwriter {
namespace {

struct Flags {
  bool force = false;
  std::string folder;
  std::string format = "prometheus";
};

/// Where what was applied is looked at: the newest run, where there is one.
std::string dashboard_of_newest_run(const Program& program, const Config& config) {
  std::error_code error;
  if (config.monitoring.grafana_url.empty() || !std::filesystem::exists(config.store, error)) {
    return dashboard_link(config);
  }
  const auto store = open_store(config);
  if (!store) return dashboard_link(config);
  const auto run_id = (*store)->resolve("latest");
  if (!run_id) return dashboard_link(config);
  const auto run = (*store)->load(*run_id, Timelines::none);
  return run ? dashboard_link(config, *run, program.clock.wall_ns()) : dashboard_link(config);
}

std::string as_json(const std::vector<SystemPlan>& plans, const std::string& dashboard_url) {
  nlohmann::ordered_json changes = nlohmann::ordered_json::array();
  nlohmann::ordered_json systems = nlohmann::ordered_json::array();
  for (const SystemPlan& plan : plans) {
    for (const Change& change : plan.changes) {
      changes.push_back({{"system", change.system},
                         {"kind", change.kind},
                         {"id", change.id},
                         {"title", change.title},
                         {"action", name_of(change.action)},
                         {"details", change.details}});
    }
    systems.push_back({{"system", plan.system},
                       {"ok", !plan.error},
                       {"error", plan.error ? plan.error->message : ""},
                       {"note", plan.note.value_or("")}});
  }
  nlohmann::ordered_json json{{"changes", std::move(changes)}, {"systems", std::move(systems)}};
  if (!dashboard_url.empty()) json["dashboard_url"] = dashboard_url;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

struct Mark {
  std::string_view sign;
  Color color;
};
Mark mark_of(Action action) {
  switch (action) {
    case Action::create:
      return {"+", Color::green};
    case Action::update:
      return {"~", Color::yellow};
    case Action::drift:
      return {"!", Color::yellow};
    case Action::remove:
      return {"-", Color::red};
    case Action::skip:
      return {"✗", Color::red};
    default:
      return {"=", Color::dim};
  }
}

std::string as_text(const std::vector<SystemPlan>& plans, PlanGoal goal, Language language, bool color, bool verbose) {
  const auto say = [&](std::string_view sentence) { return translated(sentence, language); };
  std::string text;
  std::size_t pending = 0;
  std::size_t drifted = 0;
  for (const SystemPlan& plan : plans) {
    text += fmt::format("{}\n", plan.system);
    for (const Change& change : plan.changes) {
      const Mark mark = mark_of(change.action);
      text += fmt::format("  {} {:<14} {}  {}\n", colored(mark.sign, mark.color, color), change.kind, change.id,
                          change.title == change.id ? "" : change.title);
      const bool shown = verbose || change.action == Action::drift || change.action == Action::update ||
                         change.action == Action::skip || (goal == PlanGoal::destroy && change.action == Action::keep);
      if (shown) {
        for (const std::string& detail : change.details) text += fmt::format("      {}\n", say(detail));
      }
      if (change.action == Action::drift) ++drifted;
      const bool changes =
          change.action == Action::create || change.action == Action::update || change.action == Action::remove;
      if (changes) ++pending;
    }
    if (plan.changes.empty() && !plan.error) text += fmt::format("  {}\n", say("nothing to create here"));
    if (plan.error) {
      text += fmt::format("  {} {}\n", colored("✗", Color::red, color), say(plan.error->message));
    }
    if (plan.note) text += fmt::format("  → {}\n", say(*plan.note));
  }
  if (plans.empty()) {
    return say("No system is configured: set GRAFANA_URL, PROMETHEUS_URL, … or name a file with --config.") + "\n";
  }
  const char* done = goal == PlanGoal::look ? "to change" : "changed";
  return text +
         say(fmt::format("{} {}{}", pending, done,
                         drifted == 0 ? ""
                                      : fmt::format(", {} changed by somebody else and left alone (--force "
                                                    "overrides)",
                                                    drifted))) +
         "\n";
}

Result<int> write_files(const Program& program, const Config& config, const std::filesystem::path& folder) {
  std::string listed;
  for (const ProviderKind* kind : provider_kinds()) {
    // Files for Grafana need no Grafana that can be reached.
    if (!kind->configured(config) && kind->system != "grafana") continue;
    for (const auto& [path, content] : kind->files(config)) {
      const auto file = folder / path;
      std::error_code error;
      std::filesystem::create_directories(file.parent_path(), error);
      if (auto written = write_file_atomically(file, content); !written) {
        return std::unexpected(std::move(written).error());
      }
      listed += file.string() + "\n";
    }
  }
  if (listed.empty()) {
    return fail(ErrorCode::usage, "no system is configured: set PROMETHEUS_URL, INFLUXDB_URL or ELASTICSEARCH_URL");
  }
  if (!program.flags.quiet) {
    if (auto printed = program.console.print(listed); !printed) return std::unexpected(std::move(printed).error());
  }
  return kDone;
}

Result<int> provision(Program& program, const PlanOptions& options, const std::string& folder) {
  constexpr int kChangePending = 2;
  const auto config = load_config(program);
  if (!config) return std::unexpected(config.error());
  if (!folder.empty()) return write_files(program, *config, folder);
  tell_of_unverified_servers(program, *config);
  HttpClient http;
  const auto plans = run_plan(*config, http, options);
  const std::string dashboard =
      options.goal == PlanGoal::apply ? dashboard_of_newest_run(program, *config) : std::string();
  Result<void> printed;
  if (program.flags.json) {
    printed = program.console.print(as_json(plans, dashboard));
  } else if (!program.flags.quiet) {
    std::string text =
        as_text(plans, options.goal, config->spoken, program.console.style().color, program.flags.verbose);
    if (!dashboard.empty()) text += fmt::format("Dashboard: {}\n", dashboard);
    printed = program.console.print(text);
  }
  if (!printed) return std::unexpected(std::move(printed).error());
  const bool refused = std::ranges::any_of(
      plans, [](const SystemPlan& plan) { return plan.error && plan.error->code == ErrorCode::refused; });
  if (refused && !program.flags.quiet) {
    program.console.note("what each login may do: omniwriter check");
  }
  if (std::ranges::any_of(plans, [](const SystemPlan& plan) { return plan.error.has_value(); })) return kSystemFault;
  const bool pending =
      options.goal == PlanGoal::look && std::ranges::any_of(plans, [](const SystemPlan& plan) {
        return std::ranges::any_of(plan.changes, [](const Change& change) {
          return change.action == Action::create || change.action == Action::update || change.action == Action::remove;
        });
      });
  return pending ? kChangePending : kDone;
}

Result<int> rules(Program& program, const std::string& format) {
  const auto config = load_config(program);
  if (!config) return std::unexpected(config.error());
  std::string text;
  if (format == "prometheus") {
    text = encode_rule_file(config->alerts, rule_options(*config));
  } else if (format == "promtool-test") {
    text = encode_rule_tests(config->alerts, rule_options(*config), "load_test_alerts.yml");
  } else {
    Config with_rules = *config;
    with_rules.grafana.alert_rules = Choice::yes;
    for (const ProviderKind* kind : provider_kinds()) {
      if (kind->system != "grafana") continue;
      for (const auto& [path, content] : kind->files(with_rules)) {
        if (path.find("alerting") != std::string::npos) text = content;
      }
    }
    if (text.empty()) {
      return fail(ErrorCode::usage,
                  "Grafana's rules need to know what they read: set PROMETHEUS_URL, INFLUXDB_URL or ELASTICSEARCH_URL");
    }
  }
  if (auto printed = program.console.print(text); !printed) return std::unexpected(std::move(printed).error());
  return kDone;
}

}  // namespace

void add_provision_commands(Command& table, Program& program) {
  const auto add = [&](const char* name, const Localized& about, PlanGoal goal) {
    const auto flags = std::make_shared<Flags>();
    Command command{.name = name, .about = about, .action = [&program, flags, goal] {
                      return provision(program, {.goal = goal, .force = flags->force}, flags->folder);
                    }};
    if (goal == PlanGoal::look) {
      command.options.push_back(
          {.names = "--out",
           .value = "DIR",
           .about = {"Gravar em arquivos, para provisionamento por arquivos, sem consultar nenhum servidor",
                     "Write files for file provisioning; asks no server"},
           .kept_in = &flags->folder});
    } else {
      command.options.push_back(
          {.names = "--force",
           .about = {"Mudar também o que outra pessoa alterou", "Also change what somebody else has changed"},
           .kept_in = &flags->force});
    }
    table.commands.push_back(std::move(command));
  };
  add("plan",
      {"Mostrar o que apply mudaria; código de saída 2 se houver algo",
       "Show what apply would change; exit code 2 if anything"},
      PlanGoal::look);
  add("apply",
      {"Criar dashboards, fontes de dados, regras de alerta, modelos e bancos",
       "Make dashboards, data sources, alert rules, templates and databases"},
      PlanGoal::apply);
  add("destroy", {"Remover o que apply criou; os resultados ficam", "Remove what apply made; results stay"},
      PlanGoal::destroy);

  const auto flags = std::make_shared<Flags>();
  table.commands.push_back(
      {.name = "rules",
       .about = {"Mostrar as regras de alerta", "Print the alert rules"},
       .action = [&program, flags] { return rules(program, flags->format); },
       .options = {{.names = "--format",
                    .value = "FORMAT",
                    .about = {"Padrão: prometheus; promtool-test são testes unitários dessas regras",
                              "Default: prometheus; promtool-test are unit tests of those rules"},
                    .kept_in = &flags->format,
                    .choices = {"prometheus", "grafana", "promtool-test"}}}});
}

}  // namespace omniwriter
