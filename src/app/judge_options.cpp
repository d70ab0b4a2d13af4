#include "app/judge_options.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "app/command.h"
#include "base/try.h"
#include "config/judge_settings.h"
#include "config/values.h"
#include "formats/criteria/criteria.h"

namespace omniwriter {
namespace {

/// In place of those of the same sort.
void replace(std::vector<Criterion>& criteria, bool only_warn, std::vector<Criterion> by) {
  std::erase_if(criteria, [&](const Criterion& criterion) { return criterion.only_warns == only_warn; });
  std::ranges::move(by, std::back_inserter(criteria));
}

Result<std::vector<Criterion>> parse(const std::vector<std::string>& texts, bool only_warn) {
  std::vector<Criterion> criteria;
  for (const std::string& text : texts) {
    criteria.push_back(TRY(parse_criterion(text)));
    criteria.back().only_warns = only_warn;
  }
  return criteria;
}

Result<std::vector<Criterion>> read_file_of_criteria(const std::string& file) {
  constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
  const auto bytes = read_whole(file, kMaxFileBytes);
  if (!bytes) return fail(ErrorCode::usage, fmt::format("{}: {}", file, bytes.error()));
  auto criteria = read_criteria(*bytes);
  if (!criteria) return fail(ErrorCode::usage, fmt::format("{}: {}", file, criteria.error().message));
  return criteria;
}

}  // namespace

void add_judge_options(Command& command, JudgeOptions& options) {
  std::vector<Option> added{
      {.names = "--threshold",
       .value = "CRITERION",
       .about = {"O que a execução deve cumprir: \"p95<300ms\", \"errors<1%\"; repetível. Senão: código de saída 99",
                 "What the run must meet: \"p95<300ms\", \"errors<1%\"; repeatable. Else exit code 99"},
       .kept_in = &options.thresholds},
      {.names = "--warn",
       .value = "CRITERION",
       .about = {"O mesmo, mas só avisa; repetível", "The same, but it only warns; repeatable"},
       .kept_in = &options.warnings},
      {.names = "--criteria",
       .value = "FILE",
       .about = {"Arquivo com critérios (YAML, JSON, um por linha, ou thresholds do k6); repetível",
                 "File with criteria (YAML, JSON, one a line, or k6's thresholds); repeatable"},
       .kept_in = &options.files},
      {.names = "--baseline",
       .value = "SPEC",
       .about = {"Com o que comparar: last-passed, tag:NOME=VALOR, uma execução ou um arquivo. Se for pior: código de "
                 "saída 98",
                 "What to compare with: last-passed, tag:NAME=VALUE, a run or a file. If it is worse: exit code 98"},
       .kept_in = &options.baseline},
      {.names = "--strict",
       .about = {"Terminar com o código 97 se a execução for inconclusiva ou inválida",
                 "End with exit code 97 where the run is inconclusive or invalid"},
       .kept_in = &options.strict},
      {.names = "--history",
       .value = "DIR",
       .about = {"Pasta de execuções exportadas, para comparar também com elas",
                 "Folder of exported runs, to compare with those too"},
       .kept_in = &options.history}};
  command.options.insert(command.options.end(), added.begin(), added.end());
}

Result<void> apply(const JudgeOptions& options, Config& config) {
  auto& settings = config.of<JudgeSettings>();
  auto criteria = TRY(parse(options.thresholds, false));
  auto warnings = TRY(parse(options.warnings, true));
  for (const std::string& file : options.files) {
    auto read = TRY(read_file_of_criteria(file));
    for (Criterion& criterion : read) {
      (criterion.only_warns ? warnings : criteria).push_back(std::move(criterion));
    }
  }
  if (!criteria.empty()) replace(settings.criteria, false, std::move(criteria));
  if (!warnings.empty()) replace(settings.criteria, true, std::move(warnings));
  if (options.baseline) settings.baseline = *options.baseline;
  if (options.history) settings.history = *options.history;
  settings.strict = settings.strict || options.strict;
  return {};
}

int exit_code(const Judgement& judgement, const Config& config, bool delivery_incomplete) {
  if (const int code = exit_code_of(judgement, config.of<JudgeSettings>().strict); code != kDone) return code;
  return delivery_incomplete ? kDeliveryIncomplete : kDone;
}

}  // namespace omniwriter
