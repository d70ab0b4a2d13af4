#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/command.h"
#include "base/atomic_file.h"
#include "base/try.h"
#include "config/judge_settings.h"
#include "integration/named_runs.h"
#include "judge/comparison.h"
#include "reports/comparison_report.h"
#include "reports/json/comparison_json.h"

namespace omniwriter {
namespace {

struct CompareFlags {
  std::vector<std::string> runs;
  std::vector<std::string> base;
  std::vector<std::string> candidate;
  std::string margin;
  std::vector<std::string> metrics;
  std::vector<std::string> same;
  std::string format;
  std::string file;
  bool all = false;
  bool strict = false;
};

// "0.1" or "10%".
std::optional<double> ratio_of(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0)) return std::nullopt;
  value = percent ? value / 100 : value;
  return value < 10 ? std::optional(value) : std::nullopt;
}

// Of "p99" or "p99.9".
std::optional<double> quantile_of(std::string_view name) {
  if (!name.starts_with('p')) return std::nullopt;
  name.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc() || end != name.data() + name.size() || !(value > 0) || !(value < 100)) return std::nullopt;
  return value / 100;
}

// Which runs are on which side.
Result<void> take_sides(CompareFlags& flags) {
  constexpr std::string_view kHint = "as in compare BASE CANDIDATE, or compare --base A --base B --candidate C";
  for (const std::string& run : flags.runs) {
    std::vector<std::string>& side = flags.base.empty() ? flags.base : flags.candidate;
    side.push_back(run);
  }
  if (flags.runs.size() > 2) {
    return fail_with_hint(ErrorCode::usage, "of more than two runs, --base and --candidate tell the side",
                          std::string(kHint));
  }
  if (flags.base.empty() || flags.candidate.empty()) {
    return fail_with_hint(ErrorCode::usage, "two runs are needed to compare", std::string(kHint));
  }
  return {};
}

Result<ComparisonSettings> settings_of(const CompareFlags& flags, const Config& config) {
  ComparisonSettings settings = config.of<JudgeSettings>().comparison;
  if (!flags.margin.empty()) {
    const auto margin = ratio_of(flags.margin);
    if (!margin) return fail(ErrorCode::usage, "--margin is a ratio above 0, as 0.1 or 10%");
    settings.margin = *margin;
  }
  for (const std::string& metric : flags.metrics) {
    const auto quantile = quantile_of(metric);
    if (!quantile) return fail(ErrorCode::usage, fmt::format("--metric is a percentile such as p99, not {}", metric));
    const auto known = [&](double q) { return std::abs(q - *quantile) < 1e-9; };
    if (std::ranges::none_of(settings.quantiles, known)) settings.quantiles.push_back(*quantile);
  }
  for (const std::string& same : flags.same) {
    const auto at = same.find('=');
    if (at == std::string::npos || at == 0 || at + 1 == same.size()) {
      return fail(ErrorCode::usage, fmt::format("--map takes OLD=NEW, not {}", same));
    }
    settings.same_endpoints[same.substr(at + 1)] = same.substr(0, at);
  }
  return settings;
}

Result<std::vector<RunDigest>> digests_of(const Config& config, const std::vector<std::string>& names) {
  std::vector<RunDigest> digests;
  for (const std::string& name : names) digests.push_back(TRY(named_digest(config, name)));
  return digests;
}

std::string format_of(const CompareFlags& flags, bool json) {
  if (!flags.format.empty()) return flags.format;
  if (json) return "json";
  for (const std::string ending : {"md", "html", "json"}) {
    if (flags.file.ends_with("." + ending)) return ending;
  }
  return flags.file.empty() || flags.file == "-" ? "text" : "md";
}

Result<int> compare_runs(const Program& program, const Config& config, CompareFlags flags) {
  TRY(take_sides(flags));
  const ComparisonSettings settings = TRY(settings_of(flags, config));
  if (!flags.file.empty() && is_same_file(flags.file, config.store)) {
    return fail(ErrorCode::usage, fmt::format("{} is the store: name another file", flags.file));
  }
  const auto base = TRY(digests_of(config, flags.base));
  const auto candidate = TRY(digests_of(config, flags.candidate));
  const Comparison comparison = compare(base, candidate, settings);
  const std::string format = format_of(flags, program.flags.json);
  const std::string text =
      format == "json"
          ? comparison_json(comparison).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"
      : format == "html" ? html_comparison_report(comparison, base, candidate, config.lang)
      : format == "md"   ? markdown_comparison_report(comparison, config.lang)
                         : terminal_comparison(comparison, flags.all, config.spoken, program.console.style());
  if (flags.file.empty() || flags.file == "-") {
    TRY(program.console.print(text));
  } else {
    TRY(write_file_atomically(flags.file, text));
  }
  if (comparison.verdict == ComparisonVerdict::worse && !comparison.within_margin) return kWorse;
  const bool strict = flags.strict || config.of<JudgeSettings>().strict;
  return comparison.verdict == ComparisonVerdict::inconclusive && strict ? kInconclusive : kDone;
}

}  // namespace

void add_compare_command(Command& table, Program& program) {
  const auto flags = std::make_shared<CompareFlags>();
  table.commands.push_back(
      {.name = "compare",
       .about = {"Comparar execuções: melhor, pior, sem mudança, ou não dá para dizer",
                 "Compare runs: better, worse, no change, or not to be told"},
       .action = [&program, flags]() -> Result<int> {
         const auto config = TRY(load_config(program));
         return compare_runs(program, config, *flags);
       },
       .options = {{.names = "RUN",
                    .about = {"Referência e candidata: execuções (id, nome do teste, latest) ou arquivos de resultados",
                              "Baseline and candidate: runs (an id, a test name, latest) or files of results"},
                    .kept_in = &flags->runs},
                   {.names = "--base",
                    .value = "RUN",
                    .about = {"Execução da referência; pode repetir", "A run of the baseline; may be repeated"},
                    .kept_in = &flags->base},
                   {.names = "--candidate",
                    .value = "RUN",
                    .about = {"Execução candidata; pode repetir", "A run of the candidate; may be repeated"},
                    .kept_in = &flags->candidate},
                   {.names = "--margin",
                    .value = "RATIO",
                    .about = {"Mudança que não faz mal: 0.1 ou 10%", "A change that does no harm: 0.1 or 10%"},
                    .kept_in = &flags->margin},
                   {.names = "--metric",
                    .value = "PERCENTILE",
                    .about = {"Outro percentil a comparar, como p99; pode repetir",
                              "Another percentile to compare, as p99; may be repeated"},
                    .kept_in = &flags->metrics},
                   {.names = "--map",
                    .value = "OLD=NEW",
                    .about = {"O endpoint OLD da referência é o NEW da candidata; pode repetir",
                              "The endpoint OLD of the baseline is NEW in the candidate; may be repeated"},
                    .kept_in = &flags->same},
                   {.names = "--all",
                    .about = {"Mostrar todos os endpoints, não só os que mudaram",
                              "Show all endpoints, not only those that changed"},
                    .kept_in = &flags->all},
                   {.names = "--strict",
                    .about = {"Sair com 97 se não dá para dizer", "Exit with 97 where it cannot be told"},
                    .kept_in = &flags->strict},
                   {.names = "--format",
                    .value = "FORMAT",
                    .about = {"Padrão: texto; com --out, o da extensão", "Default: text; with --out, by its ending"},
                    .kept_in = &flags->format,
                    .choices = {"text", "md", "html", "json"}},
                   {.names = "-o,--out",
                    .value = "FILE",
                    .about = {"Arquivo a gravar; senão, a saída padrão", "File to write; default: stdout"},
                    .kept_in = &flags->file}}});
}

}  // namespace omniwriter
