#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command.h"
#include "pipeline/input.h"
#include "pipeline/output_kind.h"
#include "pipeline/summary_format.h"
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
  const bool pt = program.language == Language::pt_br;
  Json json = Json::array();
  std::vector<std::array<std::string, 3>> rows{
      {pt ? "FORMATO" : "FORMAT", pt ? "CONTÉM" : "HOLDS", pt ? "O QUE É" : "WHAT IT IS"}};
  const auto add = [&](const auto& format, bool samples) {
    json.push_back({{"format", format.name()},
                    {"tool", format.tool()},
                    {"samples", samples},
                    {"description", format.description()}});
    rows.push_back({std::string(format.name()), samples ? (pt ? "amostras" : "samples") : (pt ? "resumo" : "summary"),
                    std::string(format.description())});
  };
  for (const InputFormat* format : input_formats()) add(*format, true);
  for (const SummaryFormat* format : summary_formats()) add(*format, false);
  return printed(program, program.flags.json ? Json{{"formats", json}}.dump() + "\n" : in_columns(rows));
}

Result<int> outputs(const Program& program) {
  const bool pt = program.language == Language::pt_br;
  Json json = Json::array();
  std::vector<std::array<std::string, 3>> rows{
      {pt ? "DESTINO" : "OUTPUT", pt ? "ALVO" : "TARGET", pt ? "O QUE É" : "WHAT IT IS"}};
  for (const OutputKind* kind : output_kinds()) {
    json.push_back({{"output", kind->name}, {"target", kind->target_help}, {"description", kind->description}});
    rows.push_back({std::string(kind->name), std::string(kind->target_help), std::string(kind->description)});
  }
  return printed(program, program.flags.json ? Json{{"outputs", json}}.dump() + "\n" : in_columns(rows));
}

}  // namespace

void add_catalogue_commands(Command& table, Program& program) {
  table.commands.push_back({.name = "formats",
                            .about = {"Listar os formatos que podem ser lidos", "List the formats that can be read"},
                            .action = [&program] { return formats(program); }});
  table.commands.push_back({.name = "outputs",
                            .about = {"Listar os destinos, e o que -o DESTINO=ALVO leva",
                                      "List the outputs, and what -o OUTPUT=TARGET takes"},
                            .action = [&program] { return outputs(program); }});
}

}  // namespace omniwriter
