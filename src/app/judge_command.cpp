#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/command.h"
#include "app/judge_options.h"
#include "base/try.h"
#include "config/judge_settings.h"
#include "config/report_settings.h"
#include "integration/judging.h"
#include "integration/named_runs.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

struct JudgeFlags {
  std::string run;
  unsigned last = 0;  // none
  JudgeOptions options;
};

Result<int> judge_one(const Program& program, const Config& config, const std::string& name) {
  const Run run = TRY(named_run(config, name));
  const Judgement judgement = judge_run(config, run);
  const ReportInput input{
      .run = run, .ledger = {}, .apdex = config.of<ReportSettings>().apdex, .judgement = &judgement};
  if (program.flags.json) {
    TRY(program.console.print(json_report(input)));
  } else if (!program.flags.quiet) {
    TRY(program.console.print(terminal_summary(input, config.spoken, program.console.style())));
  }
  return exit_code(judgement, config, false);
}

/// How a criterion would have ended the runs of a test.
struct Record {
  std::string criterion;
  std::size_t broken = 0;
  std::size_t open = 0;  ///< inconclusive
  std::string last_run;  ///< in which it was broken
  std::string last_value;
};

Result<std::vector<Run>> last_runs(const RunStore& store, const std::string& name, std::size_t most) {
  const std::string run_id = TRY(store.resolve(name));
  const auto rows = TRY(store.list());
  const auto named = std::ranges::find(rows, run_id, &RunRow::run_id);
  std::vector<Run> runs;
  for (const RunRow& row : rows) {
    if (named == rows.end() || row.test_name != named->test_name) continue;
    if (runs.size() == most) break;
    runs.push_back(TRY(store.load(row.run_id)));
  }
  return runs;
}

Result<int> try_on_history(const Program& program, const Config& config, const JudgeFlags& flags) {
  const auto& criteria = config.of<JudgeSettings>().criteria;
  if (criteria.empty())
    return fail(ErrorCode::usage, "--last tries criteria: name some with --threshold or --criteria");
  const auto store = TRY(open_store(config));
  const auto runs = TRY(last_runs(*store, flags.run, flags.last));
  std::vector<Record> records;
  for (const Run& run : runs) {
    const Judgement judgement = judge(run, criteria);
    for (std::size_t i = 0; i < judgement.criteria.size(); ++i) {
      const CriterionResult& result = judgement.criteria[i];
      if (records.size() == i) records.push_back({.criterion = result.criterion, .last_run = {}, .last_value = {}});
      if (result.verdict == Verdict::inconclusive) ++records[i].open;
      if (result.verdict != Verdict::fail && result.verdict != Verdict::warn) continue;
      ++records[i].broken;
      if (!records[i].last_run.empty()) continue;  // the newest came first
      records[i].last_run = run.info.run_id;
      records[i].last_value = text_of(result, config.spoken).observed;
    }
  }
  if (program.flags.json) {
    Json all = Json::array();
    for (const Record& record : records) {
      all.push_back({{"criterion", record.criterion},
                     {"broken", record.broken},
                     {"inconclusive", record.open},
                     {"last_broken", record.last_run.empty() ? Json() : Json(record.last_run)}});
    }
    return printed(program, Json{{"runs", runs.size()}, {"criteria", std::move(all)}}.dump(
                                -1, ' ', false, Json::error_handler_t::replace) +
                                "\n");
  }
  const bool pt = config.spoken == Language::pt_br;
  std::string text;
  for (const Record& record : records) {
    text += fmt::format(
        fmt::runtime(pt ? "{}: não cumprido em {} das últimas {} execuções" : "{}: not met in {} of the last {} runs"),
        record.criterion, record.broken, runs.size());
    if (record.open != 0) {
      text += fmt::format(fmt::runtime(pt ? ", inconclusivo em {}" : ", inconclusive in {}"), record.open);
    }
    if (record.broken != 0) {
      text += fmt::format(fmt::runtime(pt ? "; a mais recente: {} ({})" : "; the newest: {} ({})"), record.last_run,
                          record.last_value);
    }
    text += '\n';
  }
  return printed(program, text);
}

Result<int> judge_stored(Program& program, const JudgeFlags& flags) {
  Config config = TRY(load_config(program));
  TRY(apply(flags.options, config));
  TRY(check_baseline(config));
  if (flags.last != 0) return try_on_history(program, config, flags);
  return judge_one(program, config, flags.run);
}

}  // namespace

void add_judge_command(Command& table, Program& program) {
  const auto flags = std::make_shared<JudgeFlags>();
  Command command{.name = "judge",
                  .about = {"Julgar uma execução outra vez, por outros critérios; nada é guardado",
                            "Judge a run once more, by other criteria; nothing is stored"},
                  .action = [&program, flags] { return judge_stored(program, *flags); },
                  .options = {{.names = "RUN", .about = kRunHelp, .kept_in = &flags->run, .required = true},
                              {.names = "--last",
                               .value = "N",
                               .about = {"Experimentar os critérios nas últimas N execuções desse teste",
                                         "Try the criteria on the last N runs of that test"},
                               .kept_in = &flags->last,
                               .least = 1,
                               .most = 10'000}}};
  add_judge_options(command, flags->options);
  table.commands.push_back(std::move(command));
}

}  // namespace omniwriter
