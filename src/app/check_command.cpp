#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/try.h"
#include "reports/terminal/text_table.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

std::string as_json(const std::vector<SystemState>& states) {
  nlohmann::ordered_json systems = nlohmann::ordered_json::array();
  for (const SystemState& state : states) {
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    for (const Finding& finding : state.findings) {
      findings.push_back({{"id", finding.id}, {"finding", finding.finding.en}, {"remedy", finding.remedy.en}});
    }
    systems.push_back({{"system", state.system},
                       {"configured", state.configured},
                       {"reachable", state.reachable},
                       {"version", state.version},
                       {"ok", state.ok},
                       {"findings", std::move(findings)}});
  }
  return nlohmann::ordered_json{{"systems", std::move(systems)}}.dump(
             -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

std::string as_text(const std::vector<SystemState>& states, Language language, bool color) {
  std::size_t widest_url = 0;
  std::size_t widest_version = 0;
  for (const SystemState& state : states) {
    widest_url = std::max(widest_url, state.url.size());
    widest_version = std::max(widest_version, state.version.size());
  }
  std::string text;
  for (const SystemState& state : states) {
    const std::string mark = !state.configured ? "–"
                             : state.ok        ? colored("✓", Color::green, color)
                                               : colored("✗", Color::red, color);
    std::string line = fmt::format("{} {:<13}  {:<{}}  {:<{}}  {}", mark, state.system, state.url, widest_url,
                                   state.version, widest_version, word_for(state).in(language));
    text += line + "\n";
    for (const Finding& finding : state.findings) {
      text += fmt::format("    {}\n      → {}\n", finding.finding.in(language), finding.remedy.in(language));
    }
  }
  if (std::ranges::none_of(states, &SystemState::configured)) {
    text +=
        language == Language::pt_br
            ? "Nenhum sistema configurado: defina GRAFANA_URL, PROMETHEUS_URL, … ou indique um arquivo com --config.\n"
            : "No system is configured: set GRAFANA_URL, PROMETHEUS_URL, … or name a file with --config.\n";
  }
  return text;
}

Result<int> check(Program& program) {
  const auto config = TRY(load_config(program));
  tell_of_unverified_servers(program, config);
  HttpClient http;
  const auto states = check_systems(config, http, program.clock);

  Result<void> printed;
  if (program.flags.json) {
    printed = program.console.print(as_json(states));
  } else if (!program.flags.quiet) {
    printed = program.console.print(as_text(states, config.spoken, program.console.style().color));
  }
  TRY(printed);
  const bool fault =
      std::ranges::any_of(states, [](const SystemState& state) { return state.configured && !state.ok; });
  return fault ? kSystemFault : kDone;
}

}  // namespace

void add_check_command(Command& table, Program& program) {
  table.commands.push_back({.name = "check",
                            .about = {"Verificar o estado de cada sistema, sem mudar nada",
                                      "Check the state of each system; changes nothing"},
                            .action = [&program] { return check(program); }});
}

}  // namespace omniwriter
