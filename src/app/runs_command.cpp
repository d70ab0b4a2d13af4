#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/rfc3339.h"
#include "base/utf8.h"
#include "integration/deliveries.h"
#include "pipeline/dashboard_link.h"
#include "reports/display_width.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxTagBytes = 200;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json tags_as_json(const std::map<std::string, std::string>& tags) {
  Json result = Json::object();
  for (const auto& [name, value] : tags) result[name] = value;
  return result;
}

/// Opens the store and gives it to `use`, with the configuration.
template <typename Use>
Result<int> with_store(const Program& program, const Use& use) {
  const auto config = load_config(program);
  if (!config) return std::unexpected(config.error());
  const auto store = open_store(*config);
  if (!store) return std::unexpected(store.error());
  const Result<std::string> text = use(**store, *config);
  if (!text) return std::unexpected(text.error());
  if (auto printed = program.console.print(*text); !printed) return std::unexpected(std::move(printed).error());
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
                    {"tags", tags_as_json(row.tags)}});
  }
  return dump({{"runs", std::move(runs)}});
}

std::string seconds_text(std::int64_t ns) { return format_rfc3339(ns).substr(0, 19) + "Z"; }

std::string list_as_text(const std::vector<RunRow>& rows) {
  if (rows.empty()) return "no runs\n";
  constexpr std::size_t kColumns = 9;
  constexpr std::size_t kFirstNumber = 5;  // from here on, columns are flush right
  std::vector<std::array<std::string, kColumns>> table{
      {"RUN", "TEST", "TOOL", "STARTED", "READ", "DURATION", "SAMPLES", "ERRORS", "P95"}};
  for (const RunRow& row : rows) {
    std::string tags;
    for (const auto& [name, value] : row.tags) tags += fmt::format(" {}={}", name, value);
    table.push_back({row.run_id, visible_text(row.test_name + tags), visible_text(row.tool),
                     seconds_text(row.started_ns), row.read_ns ? seconds_text(*row.read_ns) : "–",
                     fmt::format("{:.1f} s", row.duration_seconds), std::to_string(row.samples),
                     std::to_string(row.errors), row.p95_seconds ? fmt::format("{:.3f} s", *row.p95_seconds) : "–"});
  }
  std::array<int, kColumns> widest{};
  for (const auto& row : table) {
    for (std::size_t i = 0; i < kColumns; ++i) widest[i] = std::max(widest[i], display_width(row[i]));
  }
  std::string text;
  for (const auto& row : table) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (i > 0) text += "  ";
      text += i < kFirstNumber ? padded_right(row[i], widest[i]) : padded_left(row[i], widest[i]);
    }
    text += '\n';
  }
  return text;
}

Result<int> list(const Program& program) {
  return with_store(program, [&](const RunStore& store, const Config&) -> Result<std::string> {
    const auto rows = store.list();
    if (!rows) return std::unexpected(rows.error());
    return program.flags.json ? list_as_json(*rows) : list_as_text(*rows);
  });
}

Result<int> show(const Program& program, const std::string& name) {
  return with_store(program, [&](const RunStore& store, const Config& config) -> Result<std::string> {
    const auto run_id = store.resolve(name);
    if (!run_id) return std::unexpected(run_id.error());
    const auto run = store.load(*run_id);
    if (!run) return std::unexpected(run.error());
    const auto ledger = store.load_ledger(*run_id);
    if (!ledger) return std::unexpected(ledger.error());
    const ReportInput input{
        .run = *run, .ledger = *ledger, .dashboard_url = dashboard_link(config, *run, program.clock.wall_ns())};
    return program.flags.json ? json_report(input) : terminal_summary(input, config.lang, program.console.style());
  });
}

Result<int> tag(const Program& program, const std::string& name, const std::vector<std::string>& tags) {
  return with_store(program, [&](RunStore& store, const Config&) -> Result<std::string> {
    const auto run_id = store.resolve(name);
    if (!run_id) return std::unexpected(run_id.error());
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const std::string& text : tags) {
      auto pair = split_pair(text, "runs tag");
      if (!pair) return std::unexpected(std::move(pair).error());
      pairs.push_back(*std::move(pair));
    }
    for (const auto& [key, value] : pairs) {
      if (auto set = store.tag(*run_id, clean_utf8(key, kMaxTagBytes), clean_utf8(value, kMaxTagBytes)); !set) {
        return std::unexpected(std::move(set).error());
      }
    }
    const auto run = store.load(*run_id);
    if (!run) return std::unexpected(run.error());
    if (program.flags.json) return dump({{"run_id", *run_id}, {"tags", tags_as_json(run->info.tags)}});
    if (program.flags.quiet) return std::string();
    std::string text = *run_id;
    for (const auto& [key, value] : run->info.tags) text += fmt::format(" {}={}", key, value);
    return visible_text(text) + "\n";
  });
}

Result<int> remove(const Program& program, const std::vector<std::string>& names) {
  return with_store(program, [&](RunStore& store, const Config& config) -> Result<std::string> {
    Spool spool = open_spool(config);
    std::vector<std::string> run_ids;  // all are found before the first is removed
    for (const std::string& name : names) {
      auto run_id = store.resolve(name);
      if (!run_id) return std::unexpected(std::move(run_id).error());
      if (std::ranges::find(run_ids, *run_id) == run_ids.end()) run_ids.push_back(*std::move(run_id));
    }
    std::string text;
    for (const std::string& run_id : run_ids) {
      if (auto removed = spool.remove(run_id); !removed) return std::unexpected(std::move(removed).error());
      if (auto removed = store.remove(run_id); !removed) return std::unexpected(std::move(removed).error());
      text += run_id + "\n";
    }
    if (program.flags.json) return dump({{"removed", run_ids}});
    return program.flags.quiet ? std::string() : text;
  });
}

}  // namespace

void add_runs_command(CLI::App& app, Program& program) {
  constexpr const char* kRunHelp = "Run id, a unique beginning of one, a test name, or latest";
  CLI::App& command = *app.add_subcommand("runs", "The history of runs");
  command.require_subcommand(1);

  CLI::App& list_command = *command.add_subcommand("list", "List the runs, first what was read last");
  list_command.callback([&program] { program.action = [&program] { return list(program); }; });

  CLI::App& show_command = *command.add_subcommand("show", "Show a run");
  const auto shown = std::make_shared<std::string>();
  show_command.add_option("RUN", *shown, kRunHelp)->required()->type_name("");
  show_command.callback([&program, shown] { program.action = [&program, shown] { return show(program, *shown); }; });

  CLI::App& tag_command = *command.add_subcommand("tag", "Set tags of a run; an empty value removes one");
  const auto tagged = std::make_shared<std::string>();
  const auto tags = std::make_shared<std::vector<std::string>>();
  tag_command.add_option("RUN", *tagged, kRunHelp)->required()->type_name("");
  tag_command.add_option("NAME=VALUE", *tags, "Tags")->required()->type_name("");
  tag_command.callback(
      [&program, tagged, tags] { program.action = [&program, tagged, tags] { return tag(program, *tagged, *tags); }; });

  CLI::App& remove_command = *command.add_subcommand("rm", "Remove runs from the store");
  const auto removed = std::make_shared<std::vector<std::string>>();
  remove_command.add_option("RUN", *removed, kRunHelp)->required()->type_name("");
  remove_command.callback(
      [&program, removed] { program.action = [&program, removed] { return remove(program, *removed); }; });

  add_common_flags(command, program.flags);
  for (CLI::App* each : {&list_command, &show_command, &tag_command, &remove_command}) {
    add_common_flags(*each, program.flags);
  }
}

}  // namespace omniwriter
