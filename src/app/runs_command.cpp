#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/command.h"
#include "base/atomic_file.h"
#include "base/rfc3339.h"
#include "base/try.h"
#include "base/utf8.h"
#include "config/report_settings.h"
#include "integration/deliveries.h"
#include "integration/history_folder.h"
#include "model/translation.h"
#include "reports/display_width.h"
#include "reports/verdict_text.h"
#include "systems/grafana/dashboard_link.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxTagBytes = 200;

struct ListFlags {
  std::string test;
  std::vector<std::string> tags;
  std::string since;
  unsigned limit = 0;  // none
};

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json tags_as_json(const std::map<std::string, std::string>& tags) {
  Json result = Json::object();
  for (const auto& [name, value] : tags) result[name] = value;
  return result;
}

/// Opens the store and gives it to `use`, with the configuration.
template <typename Use>
Result<int> with_store(Program& program, const Use& use) {
  const auto config = TRY(load_config(program));
  const auto store = TRY(open_store(config));
  const auto text = TRY(use(*store, config));
  TRY(program.console.print(text));
  return kDone;
}

std::string list_as_json(const std::vector<RunRow>& rows) {
  Json runs = Json::array();
  for (const RunRow& row : rows) {
    const double ratio = row.samples == 0 ? 0.0 : static_cast<double>(row.errors) / static_cast<double>(row.samples);
    runs.push_back({{"run_id", row.run_id},
                    {"test_name", row.test_name},
                    {"tool", row.tool},
                    {"started", format_rfc3339(row.started_ns)},
                    {"read", row.read_ns ? Json(format_rfc3339(*row.read_ns)) : Json(nullptr)},
                    {"duration_seconds", row.duration_seconds},
                    {"samples", row.samples},
                    {"errors", row.errors},
                    {"error_ratio", ratio},
                    {"response_time_seconds", {{"p95", row.p95_seconds ? Json(*row.p95_seconds) : Json(nullptr)}}},
                    {"verdict", row.verdict.empty() ? Json(nullptr) : Json(row.verdict)},
                    {"tags", tags_as_json(row.tags)}});
  }
  return dump({{"runs", std::move(runs)}});
}

std::string seconds_text(std::int64_t ns) { return format_rfc3339(ns).substr(0, 19) + "Z"; }

std::string list_as_text(const std::vector<RunRow>& rows, Language language, std::optional<int> columns) {
  if (rows.empty()) return translated("no runs", language) + "\n";
  constexpr std::size_t kColumns = 10;
  constexpr std::size_t kFirstNumber = 6;  // from here on, columns are flush right
  // Where the terminal is narrow, the names of tests are shortened, and these columns left out, in this order.
  constexpr std::size_t kTest = 1;
  constexpr std::array<std::size_t, 5> kLeavable{5, 3, 6, 7, 4};
  constexpr int kLeastTest = 12;
  constexpr std::size_t kVerdict = 2;  // where any run was judged
  std::vector<std::array<std::string, kColumns>> table;
  if (language == Language::pt_br) {
    table.push_back(
        {"EXECUÇÃO", "TESTE", "VEREDITO", "FERRAMENTA", "INÍCIO", "LIDA", "DURAÇÃO", "AMOSTRAS", "ERROS", "P95"});
  } else {
    table.push_back({"RUN", "TEST", "VERDICT", "TOOL", "STARTED", "READ", "DURATION", "SAMPLES", "ERRORS", "P95"});
  }
  for (const RunRow& row : rows) {
    std::string tags;
    for (const auto& [name, value] : row.tags) tags += fmt::format(" {}={}", name, value);
    table.push_back({row.run_id, visible_text(row.test_name + tags),
                     row.verdict.empty() ? "–" : std::string(verdict_word(row.verdict, language)),
                     visible_text(row.tool), seconds_text(row.started_ns),
                     row.read_ns ? seconds_text(*row.read_ns) : "–", fmt::format("{:.1f} s", row.duration_seconds),
                     std::to_string(row.samples), std::to_string(row.errors),
                     row.p95_seconds ? fmt::format("{:.3f} s", *row.p95_seconds) : "–"});
  }
  std::array<int, kColumns> widest{};
  for (const auto& row : table) {
    for (std::size_t i = 0; i < kColumns; ++i) widest[i] = std::max(widest[i], display_width(row[i]));
  }
  std::array<bool, kColumns> shown{};
  shown.fill(true);
  shown[kVerdict] = std::ranges::any_of(rows, [](const RunRow& row) { return !row.verdict.empty(); });
  const auto needed = [&] {
    int sum = -2;
    for (std::size_t i = 0; i < kColumns; ++i) sum += shown[i] ? widest[i] + 2 : 0;
    return sum;
  };
  if (columns && needed() > *columns) {
    const int wanted = std::exchange(widest[kTest], std::min(widest[kTest], kLeastTest));
    for (const std::size_t column : kLeavable) {
      if (needed() > *columns) shown[column] = false;
    }
    widest[kTest] = std::clamp(widest[kTest] + *columns - needed(), widest[kTest], wanted);
    for (auto& row : table) row[kTest] = shortened(row[kTest], widest[kTest]);
  }
  std::string text;
  for (const auto& row : table) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (!shown[i]) continue;
      if (i > 0) text += "  ";
      text += i < kFirstNumber ? padded_right(row[i], widest[i]) : padded_left(row[i], widest[i]);
    }
    text += '\n';
  }
  return text;
}

/// A day, a moment, or so long ago: "12h", "7d", "2w".
Result<std::int64_t> read_since(const std::string& text, std::int64_t now_ns) {
  constexpr std::int64_t kNsPerHour = 3'600'000'000'000;
  constexpr std::int64_t kMostHours = 24 * 365 * 100;
  if (const auto moment = parse_rfc3339(text)) return *moment;
  if (const auto day = parse_rfc3339(text + "T00:00:00Z")) return *day;
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc() && unit + 1 == end && count >= 0 && count <= kMostHours) {
    const std::int64_t hours = *unit == 'h' ? 1 : *unit == 'd' ? 24 : *unit == 'w' ? 24 * 7 : 0;
    if (hours != 0 && count * hours <= kMostHours) return now_ns - count * hours * kNsPerHour;
  }
  return fail(ErrorCode::usage, "--since is a day (2026-11-23), a time (2026-11-23T15:29:36Z) or an age (12h, 7d, 2w)");
}

Result<int> list(Program& program, const ListFlags& flags) {
  std::int64_t since_ns = std::numeric_limits<std::int64_t>::min();
  if (!flags.since.empty()) {
    since_ns = TRY(read_since(flags.since, program.clock.wall_ns()));
  }
  std::vector<std::pair<std::string, std::string>> tags;
  for (const std::string& text : flags.tags) {
    tags.push_back(TRY(split_pair(text, "--tag")));
  }
  return with_store(program, [&](const RunStore& store, const Config& config) -> Result<std::string> {
    auto rows = TRY(store.list());
    std::erase_if(rows, [&](const RunRow& row) {
      const auto has = [&](const auto& tag) {
        const auto found = row.tags.find(tag.first);
        return found != row.tags.end() && found->second == tag.second;
      };
      return row.started_ns < since_ns || (!flags.test.empty() && row.test_name != flags.test) ||
             !std::ranges::all_of(tags, has);
    });
    if (flags.limit != 0 && rows.size() > flags.limit) rows.resize(flags.limit);
    return program.flags.json ? list_as_json(rows) : list_as_text(rows, config.spoken, program.console.columns());
  });
}

Result<int> show(Program& program, const std::string& name) {
  return with_store(program, [&](const RunStore& store, const Config& config) -> Result<std::string> {
    const std::string run_id = TRY(store.resolve(name));
    const bool json = program.flags.json;
    const Run run = TRY(store.load(run_id, json ? Timelines::none : Timelines::of_all_requests));
    const auto ledger = TRY(store.load_ledger(run_id));
    const auto judgement = TRY(store.load_judgement(run_id));
    const ReportInput input{.run = run,
                            .ledger = ledger,
                            .dashboard_url = dashboard_link(config, run, program.clock.wall_ns()),
                            .apdex = config.of<ReportSettings>().apdex,
                            .judgement = judgement ? &*judgement : nullptr};
    return json ? json_report(input) : terminal_summary(input, config.spoken, program.console.style());
  });
}

Result<int> tag(Program& program, const std::string& name, const std::vector<std::string>& tags) {
  return with_store(program, [&](RunStore& store, const Config&) -> Result<std::string> {
    const auto run_id = TRY(store.resolve(name));
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const std::string& text : tags) {
      pairs.push_back(TRY(split_pair(text, "runs tag")));
    }
    for (const auto& [key, value] : pairs) {
      TRY(store.tag(run_id, clean_utf8(key, kMaxTagBytes), clean_utf8(value, kMaxTagBytes)));
    }
    const Run run = TRY(store.load(run_id, Timelines::none));
    if (program.flags.json) return dump({{"run_id", run_id}, {"tags", tags_as_json(run.info.tags)}});
    if (program.flags.quiet) return std::string();
    std::string text = run_id;
    for (const auto& [key, value] : run.info.tags) text += fmt::format(" {}={}", key, value);
    return visible_text(text) + "\n";
  });
}

Result<int> remove(Program& program, const std::vector<std::string>& names) {
  return with_store(program, [&](RunStore& store, const Config& config) -> Result<std::string> {
    Spool spool = open_spool(config);
    std::vector<std::string> run_ids;  // all are found before the first is removed
    for (const std::string& name : names) {
      auto run_id = TRY(store.resolve(name));
      if (std::ranges::find(run_ids, run_id) == run_ids.end()) run_ids.push_back(std::move(run_id));
    }
    std::string text;
    for (const std::string& run_id : run_ids) {
      TRY(spool.remove(run_id));
      TRY(store.remove(run_id));
      text += run_id + "\n";
    }
    if (program.flags.json) return dump({{"removed", run_ids}});
    return program.flags.quiet ? std::string() : text;
  });
}

struct ExportFlags {
  std::vector<std::string> runs;
  std::string file;
};

Result<int> export_runs(Program& program, const ExportFlags& flags) {
  return with_store(program, [&](const RunStore& store, const Config& config) -> Result<std::string> {
    if (!flags.file.empty() && flags.runs.size() > 1) {
      return fail(ErrorCode::usage, "-o names one file: export one run to it");
    }
    if (!flags.file.empty() && is_same_file(flags.file, config.store)) {
      return fail(ErrorCode::usage, fmt::format("{} is the store: name another file", flags.file));
    }
    std::vector<std::pair<std::string, std::filesystem::path>> exported;  // all are found before the first is written
    for (const std::string& name : flags.runs) {
      const std::string run_id = TRY(store.resolve(name));
      const Run run = TRY(store.load(run_id, Timelines::none));
      const std::string file = history_file_name({run_id, run.info.test_name, run.started_ns, {}});
      exported.emplace_back(run_id, flags.file.empty() ? file : flags.file);
    }
    Json files = Json::array();
    std::string text;
    for (const auto& [run_id, file] : exported) {
      TRY(export_run(store, run_id, file));
      std::error_code error;
      files.push_back(
          {{"run_id", run_id}, {"file", file.string()}, {"bytes", std::filesystem::file_size(file, error)}});
      text += visible_text(file.string()) + "\n";
    }
    if (program.flags.json) return dump({{"exported", files}});
    return program.flags.quiet ? std::string() : text;
  });
}

Result<int> import_runs(Program& program, const std::vector<std::string>& files) {
  return with_store(program, [&](RunStore& store, const Config&) -> Result<std::string> {
    for (const std::string& file : files) TRY(read_run_file_head(file));  // before the first is imported
    std::vector<std::string> run_ids;
    std::string text;
    for (const std::string& file : files) {
      run_ids.push_back(TRY(import_run(store, file)));
      text += run_ids.back() + "\n";
    }
    if (program.flags.json) return dump({{"imported", run_ids}});
    return program.flags.quiet ? std::string() : text;
  });
}

}  // namespace

void add_runs_command(Command& table, Program& program) {
  Command& command = table.commands.emplace_back(
      Command{.name = "runs", .about = {"O histórico das execuções", "The history of runs"}});

  const auto filter = std::make_shared<ListFlags>();
  command.commands.push_back(
      {.name = "list",
       .about = {"Listar as execuções; a última a ser lida vem primeiro",
                 "List the runs; the last one read comes first"},
       .action = [&program, filter] { return list(program, *filter); },
       .options = {{.names = "--test",
                    .value = "NAME",
                    .about = {"Só as deste teste", "Only those of this test"},
                    .kept_in = &filter->test},
                   {.names = "--tag",
                    .value = "NAME=VALUE",
                    .about = {"Só as que têm esta etiqueta; repetível", "Only those with this tag; repeatable"},
                    .kept_in = &filter->tags},
                   {.names = "--since",
                    .value = "TIME",
                    .about = {"Só as que começaram desde então: 2026-11-23, 2026-11-23T15:29:36Z, ou há 12h, 7d, 2w",
                              "Only those that began since then: 2026-11-23, 2026-11-23T15:29:36Z, or 12h, 7d, 2w ago"},
                    .kept_in = &filter->since},
                   {.names = "--limit",
                    .value = "N",
                    .about = {"No máximo este número", "At most this many"},
                    .kept_in = &filter->limit,
                    .least = 1}}});

  const auto shown = std::make_shared<std::string>();
  command.commands.push_back(
      {.name = "show",
       .about = {"Mostrar uma execução", "Show a run"},
       .action = [&program, shown] { return show(program, *shown); },
       .options = {{.names = "RUN", .about = kRunHelp, .kept_in = shown.get(), .required = true}}});

  const auto tagged = std::make_shared<std::string>();
  const auto tags = std::make_shared<std::vector<std::string>>();
  command.commands.push_back(
      {.name = "tag",
       .about = {"Pôr etiquetas em uma execução; um valor vazio remove a etiqueta",
                 "Set tags of a run; an empty value removes the tag"},
       .action = [&program, tagged, tags] { return tag(program, *tagged, *tags); },
       .options = {{.names = "RUN", .about = kRunHelp, .kept_in = tagged.get(), .required = true},
                   {.names = "NAME=VALUE", .about = {"Etiquetas", "Tags"}, .kept_in = tags.get(), .required = true}}});

  const auto exported = std::make_shared<ExportFlags>();
  command.commands.push_back(
      {.name = "export",
       .about = {"Gravar cada execução em um arquivo pequeno, com tudo o que se sabe dela",
                 "Write each run to a small file, with all that is known of it"},
       .action = [&program, exported] { return export_runs(program, *exported); },
       .options = {{.names = "RUN", .about = kRunHelp, .kept_in = &exported->runs, .required = true},
                   {.names = "-o,--out",
                    .value = "FILE",
                    .about = {"Arquivo a gravar, de uma só execução; padrão: TESTE_ID.omnirun nesta pasta",
                              "File to write, of one run; default: TEST_ID.omnirun in this folder"},
                    .kept_in = &exported->file}}});

  const auto imported = std::make_shared<std::vector<std::string>>();
  command.commands.push_back(
      {.name = "import",
       .about = {"Guardar execuções que `runs export` gravou", "Store runs that `runs export` wrote"},
       .action = [&program, imported] { return import_runs(program, *imported); },
       .options = {{.names = "FILE",
                    .about = {"Arquivos de execuções exportadas", "Files of exported runs"},
                    .kept_in = imported.get(),
                    .required = true}}});

  const auto removed = std::make_shared<std::vector<std::string>>();
  command.commands.push_back(
      {.name = "rm",
       .about = {"Remover execuções guardadas", "Remove stored runs"},
       .action = [&program, removed] { return remove(program, *removed); },
       .options = {{.names = "RUN", .about = kRunHelp, .kept_in = removed.get(), .required = true}}});
}

}  // namespace omniwriter
