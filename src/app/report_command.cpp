#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "app/command.h"
#include "base/atomic_file.h"
#include "pipeline/dashboard_link.h"

namespace omniwriter {
namespace {

struct ReportFlags {
  std::string run;
  std::string format;
  std::string file;
};

Result<int> report(const Program& program, const ReportFlags& flags) {
  const auto config = load_config(program);
  if (!config) return std::unexpected(config.error());
  if (is_same_file(flags.file, config->store)) {
    return fail(ErrorCode::usage, fmt::format("{} is the store: name another file", flags.file));
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
  const std::string format = !flags.format.empty() ? flags.format : program.flags.json ? "json" : "md";
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

void add_report_command(CLI::App& app, Program& program) {
  CLI::App& command = *app.add_subcommand("report", "Write the report of a stored run");
  const auto flags = std::make_shared<ReportFlags>();
  command.add_option("RUN", flags->run, "Run id, a unique beginning of one, a test name, or latest")
      ->required()
      ->type_name("");
  command.add_option("--format", flags->format, "md, html, json or csv; md unless --json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"md", "html", "json", "csv"}));
  command.add_option("-o,--out", flags->file, "File to write; else stdout")->type_name("FILE");
  add_common_flags(command, program.flags);
  command.callback([&program, flags] { program.action = [&program, flags] { return report(program, *flags); }; });
}

}  // namespace omniwriter
