#include <fmt/format.h>

#include <string>

#include "app/command.h"
#include "base/atomic_file.h"
#include "base/try.h"
#include "config/report_settings.h"
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
  const auto config = TRY(load_config(program));
  if (is_same_file(flags.file, config.store)) {
    return fail(ErrorCode::usage, fmt::format("{} is the store: name another file", flags.file));
  }
  if (!config.file.empty() && is_same_file(flags.file, config.file)) {
    return fail(ErrorCode::usage, fmt::format("{} is the configuration file: name another file", flags.file));
  }
  const auto store = TRY(open_store(config));
  const std::string format = format_of(flags, program.flags.json);
  const Timelines shown = format == "json" ? Timelines::none
                          : format == "md" ? Timelines::of_all_requests
                                           : Timelines::of_endpoints;
  const std::string run_id = TRY(store->resolve(flags.run));
  const Run run = TRY(store->load(run_id, shown));
  const auto ledger = TRY(store->load_ledger(run_id));
  const auto judgement = TRY(store->load_judgement(run_id));

  const ReportInput input{.run = run,
                          .ledger = ledger,
                          .rules = config.alerts,
                          .dashboard_url = dashboard_link(config, run, program.clock.wall_ns()),
                          .apdex = config.of<ReportSettings>().apdex,
                          .judgement = judgement ? &*judgement : nullptr};
  const std::string text = format == "json"   ? json_report(input)
                           : format == "html" ? html_report(input, config.lang)
                           : format == "csv"  ? csv_report(input)
                                              : markdown_report(input, config.lang);
  if (flags.file.empty() || flags.file == "-") {
    TRY(program.console.print(text));
    return kDone;
  }
  TRY(write_file_atomically(flags.file, text));
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
