#include <fmt/format.h>

#include <algorithm>

#include "app/command.h"
#include "base/try.h"
#include "integration/integration.h"

namespace omniwriter {
namespace {

Result<int> integrate(Program& program) {
  auto config = TRY(load_config(program));
  tell_of_unverified_servers(program, config);
  Integration integration(std::move(config), program.clock);
  const auto results = integration.integrate_all();
  const auto files = TRY(integration.write_reports());

  const Language spoken = integration.config().spoken;
  Result<void> printed;
  if (program.flags.json) {
    printed = program.console.print(integration_report_json(integration.report().report, integration.config().lang));
  } else if (!program.flags.quiet) {
    std::string text = results_text(results, spoken);
    for (const auto& file : {files.markdown, files.json, files.html}) {
      if (!file.empty()) text += file.string() + "\n";
    }
    printed = program.console.print(text);
  }
  TRY(printed);
  const bool fault =
      std::ranges::any_of(results, [](const SystemResult& result) { return result.configured && !result.ok; });
  return fault ? kSystemFault : kDone;
}

}  // namespace

void add_integrate_command(Command& table, Program& program) {
  table.commands.push_back({.name = "integrate",
                            .about = {"Verificar, provisionar, entregar e relatar, em cada sistema configurado",
                                      "Check, provision, deliver and report, in every system that is configured"},
                            .action = [&program] { return integrate(program); }});
}

}  // namespace omniwriter
