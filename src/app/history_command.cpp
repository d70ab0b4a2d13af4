#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "app/command.h"
#include "base/atomic_file.h"
#include "base/try.h"
#include "base/utf8.h"
#include "config/judge_settings.h"
#include "integration/named_runs.h"
#include "reports/history/history_report.h"

namespace omniwriter {
namespace {

struct HistoryFlags {
  std::string test;
  std::string metric = "p95";
  std::string format;
  std::string file;
  std::string folder;
  unsigned last = 0;  // all
};

Result<int> history(Program& program, const HistoryFlags& flags) {
  constexpr int kUsualColumns = 100;
  auto config = TRY(load_config(program));
  if (!flags.folder.empty()) config.of<JudgeSettings>().history = flags.folder;
  if (is_same_file(flags.file, config.store)) {
    return fail(ErrorCode::usage, fmt::format("{} is the store: name another file", flags.file));
  }
  auto found = TRY(runs_of_test(config, flags.test, flags.last));
  if (!program.flags.quiet) {
    for (const std::string& fault : found.left_out) program.console.note(fmt::format("left out: {}", fault));
  }
  if (found.runs.empty()) {
    return fail_with_hint(ErrorCode::not_found,
                          fmt::format("there is no run of a test \"{}\"", clean_utf8(flags.test, 200)),
                          "`omniwriter runs list` shows tests and runs");
  }
  HistoryInput input{.test_name = flags.test,
                     .runs = std::move(found.runs),
                     .verdicts = std::move(found.verdicts),
                     .history = {},
                     .metric = flags.metric};
  input.history = history_of(input.runs);
  const bool html = flags.format == "html" || (flags.format.empty() && flags.file.ends_with(".html"));
  const bool markdown = flags.format == "md" || (flags.format.empty() && flags.file.ends_with(".md"));
  const std::string text = program.flags.json ? history_json(input)
                           : html             ? history_html(input, config.lang)
                           : markdown
                               ? history_markdown(input, config.lang)
                               : history_text(input, config.spoken, program.console.columns().value_or(kUsualColumns));
  if (flags.file.empty() || flags.file == "-") return printed(program, text);
  TRY(write_file_atomically(flags.file, text));
  return kDone;
}

}  // namespace

void add_history_command(Command& table, Program& program) {
  const auto flags = std::make_shared<HistoryFlags>();
  table.commands.push_back(
      {.name = "history",
       .about = {"Mostrar como um teste evoluiu ao longo das execuções, e onde mudou de nível",
                 "Show how a test went over its runs, and where it changed"},
       .action = [&program, flags] { return history(program, *flags); },
       .options = {
           {.names = "TEST",
            .about = {"Nome de um teste", "Name of a test"},
            .kept_in = &flags->test,
            .required = true},
           {.names = "--metric",
            .value = "NAME",
            .about = {"Métrica da tabela; padrão: p95", "Metric of the table; default: p95"},
            .kept_in = &flags->metric,
            .choices = {"p50", "p95", "p99", "mean", "throughput", "error_ratio"}},
           {.names = "--last",
            .value = "N",
            .about = {"Só as últimas N execuções", "Only the last N runs"},
            .kept_in = &flags->last,
            .least = 1},
           {.names = "--history",
            .value = "DIR",
            .about = {"Pasta de execuções exportadas, além das guardadas",
                      "Folder of exported runs, besides those of the store"},
            .kept_in = &flags->folder},
           {.names = "--format",
            .value = "FORMAT",
            .about = {"Padrão: o da extensão de --out; senão, texto", "Default: by the ending of --out; else text"},
            .kept_in = &flags->format,
            .choices = {"text", "html", "md"}},
           {.names = "-o,--out",
            .value = "FILE",
            .about = {"Arquivo a gravar; senão, a saída padrão", "File to write; default: stdout"},
            .kept_in = &flags->file}}});
}

}  // namespace omniwriter
