#include "app/repeated_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/rfc3339.h"
#include "base/try.h"
#include "config/judge_settings.h"
#include "config/report_settings.h"
#include "integration/judging.h"
#include "model/translation.h"
#include "reports/format_numbers.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr std::string_view kTag = "repeat";

/// "20261123T152936Z"
std::string name_of_group(std::int64_t now_ns) {
  std::string name = format_rfc3339(now_ns).substr(0, 19) + "Z";
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  return name;
}

/// In the order in which they were made.
Result<std::vector<std::string>> runs_of_group(const RunStore& store, const std::string& group) {
  auto rows = TRY(store.list());
  std::erase_if(rows, [&](const RunRow& row) {
    const auto tag = row.tags.find(std::string(kTag));
    return tag == row.tags.end() || tag->second != group;
  });
  std::ranges::sort(rows, {}, &RunRow::started_ns);
  std::vector<std::string> run_ids;
  for (const RunRow& row : rows) run_ids.push_back(row.run_id);
  return run_ids;
}

/// The gravest of all; see verdict_of().
Judgement gravest(const std::vector<Judgement>& judgements) {
  const auto rank = [](const Judgement& judgement) {
    if (!judgement.verdict) return 0;
    switch (*judgement.verdict) {
      case Verdict::fail:
        return 4;
      case Verdict::inconclusive:
        return 3;
      case Verdict::warn:
        return 2;
      default:
        return 1;
    }
  };
  return *std::ranges::max_element(judgements, {}, rank);
}

class RepeatedRuns {
 public:
  RepeatedRuns(Program& program, const IngestOptions& options, Config config)
      : program_(program), config_(std::move(config)), options_(options) {}

  Result<int> run(unsigned times, const RunOnce& once) {
    const std::string group = name_of_group(program_.clock.wall_ns());
    options_.tags.push_back(fmt::format("{}={}", kTag, group));
    options_.judge.baseline = "";  // all of them are compared with it, once they are there
    Program each = program_;
    if (each.flags.json) each.flags.quiet = true;  // one object is printed, in the end
    each.flags.json = false;

    const auto store = TRY(open_store(config_));
    std::vector<std::string> run_ids;
    std::vector<int> codes;
    for (unsigned i = 0; i < times; ++i) {
      if (!program_.flags.quiet) program_.console.note(fmt::format("run {} of {}", i + 1, times));
      const Attempt attempt = TRY(once(each, options_));
      codes.push_back(attempt.code);
      auto found = TRY(runs_of_group(*store, group));
      if (found.size() == run_ids.size()) return attempt.code;  // it has told why there is nothing to be judged
      run_ids = std::move(found);
      if (attempt.stopped) break;
    }
    return judge_all(*store, group, run_ids, codes);
  }

 private:
  Result<int> judge_all(RunStore& store, const std::string& group, const std::vector<std::string>& run_ids,
                        const std::vector<int>& codes) {
    std::vector<Run> runs;
    for (const std::string& run_id : run_ids) runs.push_back(TRY(store.load(run_id)));
    const auto judgements = judge_together(config_, runs);
    for (std::size_t i = 0; i < runs.size(); ++i) TRY(store.save_judgement(run_ids[i], judgements[i]));
    TRY(print(store, group, runs, judgements));
    return code_of(gravest(judgements), codes);
  }

  // As of a single run: the judgement first, then the tool, then what else there is.
  [[nodiscard]] int code_of(const Judgement& judgement, const std::vector<int>& codes) const {
    const auto ended_with = [&](int code) { return std::ranges::count(codes, code) != 0; };
    if (ended_with(kFailed)) return kFailed;  // also where a test was stopped for a criterion that holds again
    if (const int code = exit_code(judgement, config_, false); code == kFailed || code == kWorse) return code;
    const auto of_tool = std::ranges::find_if(
        codes, [](int code) { return code != kDone && code != kInconclusive && code != kDeliveryIncomplete; });
    if (of_tool != codes.end()) return *of_tool;
    return exit_code(judgement, config_, ended_with(kDeliveryIncomplete));
  }

  Result<void> print(const RunStore& store, const std::string& group, const std::vector<Run>& runs,
                     const std::vector<Judgement>& judgements) const {
    const Judgement overall = gravest(judgements);
    if (program_.flags.json) {
      nlohmann::ordered_json all = nlohmann::ordered_json::array();
      for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto ledger = TRY(store.load_ledger(runs[i].info.run_id));
        all.push_back(nlohmann::ordered_json::parse(json_report({.run = runs[i],
                                                                 .ledger = ledger,
                                                                 .apdex = config_.of<ReportSettings>().apdex,
                                                                 .judgement = &judgements[i]})));
      }
      const nlohmann::ordered_json object{
          {"repeat", group},
          {"verdict", overall.verdict ? nlohmann::ordered_json(name_of(*overall.verdict)) : nlohmann::ordered_json()},
          {"runs", std::move(all)}};
      return program_.console.print(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }
    if (program_.flags.quiet) return {};
    const Language language = config_.spoken;
    const bool pt = language == Language::pt_br;
    std::string text = fmt::format("\n{}\n", pt ? fmt::format("{} execuções (repeat={})", runs.size(), group)
                                                : fmt::format("{} runs (repeat={})", runs.size(), group));
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const Tally total = runs[i].total();
      text += fmt::format("  {}  p50 {}  p95 {}  {}  {}\n", runs[i].info.run_id,
                          format_time(total.quantile(0.5), language), format_time(total.quantile(0.95), language),
                          verdict_word(standing_of(judgements[i]), language), verdict_reason(judgements[i], language));
    }
    if (overall.comparison) text += comparison_text(*overall.comparison, language) + "\n";
    if (overall.verdict) {
      text +=
          fmt::format("{}: {}\n", pt ? "Todas juntas" : "All together", verdict_word(standing_of(overall), language));
    }
    return program_.console.print(text);
  }

  Program& program_;
  Config config_;
  IngestOptions options_;
};

}  // namespace

Result<int> repeat(Program& program, const IngestOptions& options, unsigned times, const RunOnce& once) {
  if (options.run_id) return fail(ErrorCode::usage, "--run-id is of one run: leave it out with --repeat");
  Config config = TRY(load_config(program));
  TRY(apply(options.judge, config));
  TRY(check_baseline(config));
  return RepeatedRuns(program, options, std::move(config)).run(times, once);
}

}  // namespace omniwriter
