#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

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

/// A way to write a run down.
struct Form {
  std::string name;
  std::string ending;  ///< of files that hold it; empty where that tells nothing
  Timelines shown;     ///< what it shows of the course of the run
  std::string (*write)(const ReportInput& input, Language language);
};

const std::vector<Form>& forms() {
  static const std::vector<Form> kForms{
      {"md", ".md", Timelines::of_all_requests, markdown_report},
      {"html", ".html", Timelines::of_endpoints, html_report},
      {"json", ".json", Timelines::none, [](const ReportInput& input, Language) { return json_report(input); }},
      {"csv", ".csv", Timelines::of_endpoints, [](const ReportInput& input, Language) { return csv_report(input); }},
      {"junit", ".xml", Timelines::none, junit_report},
      {"pr", "", Timelines::none, pull_request_report},
      {"gitlab", "", Timelines::none, [](const ReportInput& input, Language) { return gitlab_report(input); }},
  };
  return kForms;
}

const Form& form_of(const ReportFlags& flags, bool json) {
  const auto named = [](std::string_view name) -> const Form& {
    return *std::ranges::find(forms(), name, &Form::name);
  };
  if (!flags.format.empty()) return named(flags.format);
  for (const Form& form : forms()) {
    if (!form.ending.empty() && flags.file.ends_with(form.ending)) return form;
  }
  return named(json ? "json" : "md");
}

std::vector<std::string> names_of_forms() {
  std::vector<std::string> names;
  for (const Form& form : forms()) names.push_back(form.name);
  return names;
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
  const Form& form = form_of(flags, program.flags.json);
  const std::string run_id = TRY(store->resolve(flags.run));
  const Run run = TRY(store->load(run_id, form.shown));
  const auto ledger = TRY(store->load_ledger(run_id));
  const auto judgement = TRY(store->load_judgement(run_id));

  const ReportInput input{.run = run,
                          .ledger = ledger,
                          .rules = config.alerts,
                          .dashboard_url = dashboard_link(config, run, program.clock.wall_ns()),
                          .apdex = config.of<ReportSettings>().apdex,
                          .judgement = judgement ? &*judgement : nullptr};
  const std::string text = form.write(input, config.lang);
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
                    .choices = names_of_forms()},
                   {.names = "-o,--out",
                    .value = "FILE",
                    .about = {"Arquivo a gravar; senão, a saída padrão", "File to write; default: stdout"},
                    .kept_in = &flags->file}}});
}

}  // namespace omniwriter
