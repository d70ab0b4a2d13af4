#include <fmt/format.h>

#include <string>

#include "app/command.h"
#include "base/atomic_file.h"
#include "systems/grafana/dashboard_link.h"

namespace omniwriter {
namespace {

struct ReportFlags {
  std::string run;
  std::string format;
  std::string file;
};

std::string format_of(const ReportFlags& flags, bool json) {
  if (!flags.format.empty()) return flags.format;
  for (const std::string ending : {"md", "html", "json", "csv"}) {
    if (flags.file.ends_with("." + ending)) return ending;
  }
  return json ? "json" : "md";
}

Result<int> report(Program& program, const ReportFlags& flags) {
  const auto config = load_config(program);
  if (!config) return std::unexpected(config.error());
  if (is_same_file(flags.file, config->store)) {
    return fail(ErrorCode::usage, fmt::format("{} is the store: name another file", flags.file));
  }
  if (!config->file.empty() && is_same_file(flags.file, config->file)) {
    return fail(ErrorCode::usage, fmt::format("{} is the configuration file: name another file", flags.file));
  }
  auto store = open_store(*config);
  if (!store) return std::unexpected(std::move(store).error());
  const auto run_id = (*store)->resolve(flags.run);
  if (!run_id) return std::unexpected(run_id.error());
  const auto run = (*store)->load(*run_id);
  if (!run) return std::unexpected(run.error());
  const auto ledger = (*store)->load_ledger(*run_id);
  if (!ledger) return std::unexpected(ledger.error());

  const ReportInput input{.run = *run,
                          .ledger = *ledger,
                          .rules = config->alerts,
                          .dashboard_url = dashboard_link(*config, *run, program.clock.wall_ns())};
  const std::string format = format_of(flags, program.flags.json);
  const std::string text = format == "json"   ? json_report(input)
                           : format == "html" ? html_report(input, config->lang)
                           : format == "csv"  ? csv_report(input)
                                              : markdown_report(input, config->lang);
  if (flags.file.empty() || flags.file == "-") {
    if (auto printed = program.console.print(text); !printed) return std::unexpected(std::move(printed).error());
    return kDone;
  }
  if (auto written = write_file_atomically(flags.file, text); !written)
    return std::unexpected(std::move(written).error());
  return kDone;
}

}  // namespace

void add_report_command(Command& table, Program& program) {
  const auto flags = std::make_shared<ReportFlags>();
  table.commands.push_back(
      {.name = "report",
       .about = {"Gravar o relatório de uma execução guardada", "Write the report of a stored run"},
       .action = [&program, flags] { return report(program, *flags); },
       .options = {{.names = "RUN", .about = kRunHelp, .kept_in = &flags->run, .required = true},
                   {.names = "--format",
                    .value = "FORMAT",
                    .about = {"Padrão: o da extensão de --out; senão md, ou json com --json",
                              "Default: by the ending of --out; else md, or json with --json"},
                    .kept_in = &flags->format,
                    .choices = {"md", "html", "json", "csv"}},
                   {.names = "-o,--out",
                    .value = "FILE",
                    .about = {"Arquivo a gravar; senão, a saída padrão", "File to write; default: stdout"},
                    .kept_in = &flags->file}}});
}

}  // namespace omniwriter
