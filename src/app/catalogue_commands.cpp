#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/command.h"
#include "base/try.h"
#include "config/config_file.h"
#include "config/in_effect.h"
#include "delivery/output_kind.h"
#include "model/translation.h"
#include "reading/input.h"
#include "reading/summary_format.h"
#include "reports/display_width.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

/// Rows in columns as wide as their longest text.
std::string in_columns(const std::vector<std::array<std::string, 3>>& rows) {
  std::array<int, 3> widest{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widest[i] = std::max(widest[i], display_width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    text += fmt::format("{}  {}  {}\n", padded_right(row[0], widest[0]), padded_right(row[1], widest[1]), row[2]);
  }
  return text;
}

Result<int> formats(const Program& program) {
  const Language language = program.console.language();
  const bool pt = language == Language::pt_br;
  Json json = Json::array();
  std::vector<std::array<std::string, 3>> rows{
      {pt ? "FORMATO" : "FORMAT", pt ? "CONTÉM" : "HOLDS", pt ? "O QUE É" : "WHAT IT IS"}};
  const auto add = [&](const auto& format, bool samples) {
    json.push_back({{"format", format.name()},
                    {"tool", format.tool()},
                    {"samples", samples},
                    {"description", format.description()}});
    rows.push_back({std::string(format.name()), samples ? (pt ? "amostras" : "samples") : (pt ? "resumo" : "summary"),
                    translated(format.description(), language)});
  };
  for (const InputFormat* format : input_formats()) add(*format, true);
  for (const SummaryFormat* format : summary_formats()) add(*format, false);
  return printed(program, program.flags.json ? Json{{"formats", json}}.dump() + "\n" : in_columns(rows));
}

Result<int> outputs(const Program& program) {
  const Language language = program.console.language();
  const bool pt = language == Language::pt_br;
  Json json = Json::array();
  std::vector<std::array<std::string, 3>> rows{
      {pt ? "DESTINO" : "OUTPUT", pt ? "ALVO" : "TARGET", pt ? "O QUE É" : "WHAT IT IS"}};
  for (const OutputKind* kind : output_kinds()) {
    json.push_back({{"output", kind->name}, {"target", kind->target_help}, {"description", kind->description}});
    rows.push_back({std::string(kind->name), std::string(kind->target_help), translated(kind->description, language)});
  }
  return printed(program, program.flags.json ? Json{{"outputs", json}}.dump() + "\n" : in_columns(rows));
}

/// What is in effect, and where it comes from.
Result<int> show_config(Program& program) {
  const auto config = TRY(load_config(program));
  FoundConfigFile found;
  if (program.flags.config) {
    found.file = *program.flags.config;
  } else {
    found = find_config_file();
  }
  auto settings = TRY(settings_in_effect(found.file, program.environment));
  for (SettingInEffect& setting : settings) {
    if (setting.key == "store") setting.value = config.store.string();
    if (setting.key == "lang") setting.value = tag_of(config.lang);
    if (setting.key == "store" && program.flags.store) setting.from = "--store";
    if (setting.key == "lang" && program.flags.lang) setting.from = "--lang";
  }

  const bool pt = config.spoken == Language::pt_br;
  if (program.flags.json) {
    Json json = Json::array();
    for (const SettingInEffect& setting : settings) {
      json.push_back({{"setting", setting.key},
                      {"value", setting.value},
                      {"from", setting.from.empty() ? "default" : setting.from}});
    }
    Json ignored = Json::array();
    for (const auto& file : found.foreign) ignored.push_back(file.string());
    return printed(program, Json{{"file", found.file ? Json(found.file->string()) : Json(nullptr)},
                                 {"ignored", ignored},
                                 {"settings", json}}
                                    .dump() +
                                "\n");
  }
  std::string text;
  for (const auto& file : found.foreign) {
    text += translated(fmt::format("{}: not one setting in it is ours; it is ignored", file.string()), config.spoken) +
            "\n";
  }
  text += fmt::format("{}: {}\n\n", pt ? "Arquivo de configuração" : "Configuration file",
                      found.file ? found.file->string() : (pt ? "nenhum" : "none"));
  std::vector<std::array<std::string, 3>> rows{
      {pt ? "CONFIGURAÇÃO" : "SETTING", pt ? "DE" : "FROM", pt ? "VALOR" : "VALUE"}};
  for (const SettingInEffect& setting : settings) {
    rows.push_back({setting.key, setting.from.empty() ? (pt ? "padrão" : "default") : setting.from, setting.value});
  }
  return printed(program, text + in_columns(rows));
}

}  // namespace

void add_catalogue_commands(Command& table, Program& program) {
  table.commands.push_back({.name = "formats",
                            .about = {"Listar os formatos que podem ser lidos", "List the formats that can be read"},
                            .action = [&program] { return formats(program); }});
  table.commands.push_back({.name = "outputs",
                            .about = {"Listar os destinos e o que vai em -o DESTINO=ALVO",
                                      "List the outputs and what -o OUTPUT=TARGET takes"},
                            .action = [&program] { return outputs(program); }});
  table.commands.push_back({.name = "config",
                            .about = {"Mostrar as configurações em vigor, e de onde vem cada uma",
                                      "Show the settings in effect, and where each comes from"},
                            .action = [&program] { return show_config(program); }});
}

}  // namespace omniwriter
