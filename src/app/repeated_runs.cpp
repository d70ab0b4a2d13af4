#include "app/repeated_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/criteria_watch.h"
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

/// Of each criterion the gravest result. A run of which it cannot be told says nothing where another does.
Judgement as_one(const std::vector<Judgement>& judgements) {
  const auto rank = [](const CriterionResult& result) {
    switch (result.verdict) {
      case Verdict::fail:
        return 3;
      case Verdict::warn:
        return 2;
      case Verdict::pass:
        return 1;
      default:
        return 0;
    }
  };
  Judgement all = judgements.front();
  for (const Judgement& one : std::span(judgements).subspan(1)) {
    for (const CriterionResult& result : one.criteria) {
      const auto same = std::ranges::find(all.criteria, result.criterion, &CriterionResult::criterion);
      if (same == all.criteria.end()) {
        all.criteria.push_back(result);
      } else if (rank(result) > rank(*same)) {
        *same = result;
      }
    }
    for (const Concern& concern : one.concerns) {
      const auto same = std::ranges::find(all.concerns, concern.check, &Concern::check);
      if (same == all.concerns.end()) {
        all.concerns.push_back(concern);
      } else if (concern.level > same->level) {
        *same = concern;
      }
    }
  }
  if (std::ranges::any_of(judgements, [](const Judgement& one) { return one.verdict.has_value(); })) {
    all.verdict = verdict_of(all);
  }
  return all;
}

/// "FAILED: 1 of 2 criteria not met"; empty where there is no verdict.
std::string verdict_text(const Judgement& judgement, Language language) {
  const std::string reason = verdict_reason(judgement, language);
  return fmt::format("{}{}{}", verdict_word(standing_of(judgement), language), reason.empty() ? "" : ": ", reason);
}

class RepeatedRuns {
 public:
  RepeatedRuns(Program& program, const IngestOptions& options, Config config)
      : program_(program), config_(std::move(config)), options_(options) {}

  Result<int> run(RepeatPlan plan, const RunOnce& once) {
    group_ = name_of_group(program_.clock.wall_ns());
    options_.tags.push_back(fmt::format("{}={}", kTag, group_));
    options_.judge.baseline = "";  // all of them are compared with it, once they are there
    Program each = program_;
    if (each.flags.json) each.flags.quiet = true;  // one object is printed, in the end
    each.flags.json = false;

    const auto store = TRY(open_store(config_));
    std::vector<int> codes;
    for (unsigned i = 0; i < plan.times; ++i) {
      tell_of_the_next(i, plan);
      const Attempt attempt = TRY(once(each, options_));
      codes.push_back(attempt.code);
      const std::size_t before = runs_.size();
      TRY(judge_all(*store, plan));
      if (runs_.size() == before) return attempt.code;  // it has told why there is nothing to be judged
      if (attempt.stopped || (plan.until_clear && as_one(counting()).verdict != Verdict::inconclusive)) break;
    }
    TRY(print(*store));
    return code_of(as_one(counting()), codes);
  }

 private:
  void tell_of_the_next(unsigned done, RepeatPlan plan) const {
    if (program_.flags.quiet) return;
    if (!plan.until_clear) {
      program_.console.note(fmt::format("run {} of {}", done + 1, plan.times));
    } else if (done > 0) {
      program_.console.note(fmt::format("runs it again, {} of at most {} times: {}", done, plan.times - 1,
                                        verdict_reason(as_one(counting()), config_.spoken)));
    }
  }

  Result<void> judge_all(RunStore& store, RepeatPlan plan) {
    const auto run_ids = TRY(runs_of_group(store, group_));
    if (run_ids.size() == runs_.size()) return {};
    runs_.clear();
    for (const std::string& run_id : run_ids) runs_.push_back(TRY(store.load(run_id)));
    judgements_ = judge_together(config_, runs_);
    left_out_ = false;
    if (plan.until_clear && !std::ranges::all_of(judgements_, is_invalid)) leave_out_what_is_invalid();
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (const auto before = TRY(store.load_judgement(run_ids[i]))) keep_what_stopped_it(*before, judgements_[i]);
      TRY(store.save_judgement(run_ids[i], judgements_[i]));
    }
    return {};
  }

  static void keep_what_stopped_it(const Judgement& before, Judgement& now) {
    for (const CriterionResult& result : before.criteria) {
      if (result.reason == kStoppedForIt) replace_result(now, result);
    }
  }

  void leave_out_what_is_invalid() {
    std::vector<Run> valid;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (!is_invalid(judgements_[i])) valid.push_back(runs_[i]);
    }
    if (valid.size() == runs_.size()) return;
    const auto together = judge_together(config_, valid);
    auto next = together.begin();
    for (Judgement& judgement : judgements_) {
      if (!is_invalid(judgement)) judgement = *next++;
    }
    left_out_ = true;
  }

  /// The judgements that count.
  [[nodiscard]] std::vector<Judgement> counting() const {
    std::vector<Judgement> all = judgements_;
    if (left_out_) std::erase_if(all, is_invalid);
    return all;
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

  Result<void> print(const RunStore& store) const {
    const Judgement overall = as_one(counting());
    if (program_.flags.json) {
      nlohmann::ordered_json all = nlohmann::ordered_json::array();
      for (std::size_t i = 0; i < runs_.size(); ++i) {
        const auto ledger = TRY(store.load_ledger(runs_[i].info.run_id));
        all.push_back(nlohmann::ordered_json::parse(json_report({.run = runs_[i],
                                                                 .ledger = ledger,
                                                                 .apdex = config_.of<ReportSettings>().apdex,
                                                                 .judgement = &judgements_[i]})));
      }
      const nlohmann::ordered_json object{
          {"repeat", group_},
          {"verdict", overall.verdict ? nlohmann::ordered_json(name_of(*overall.verdict)) : nlohmann::ordered_json()},
          {"runs", std::move(all)}};
      return program_.console.print(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }
    if (program_.flags.quiet) return {};
    const Language language = config_.spoken;
    const bool pt = language == Language::pt_br;
    std::string text = fmt::format(fmt::runtime(pt ? "\n{} execuções (repeat={})\n" : "\n{} runs (repeat={})\n"),
                                   runs_.size(), group_);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const Tally total = runs_[i].total();
      const std::string_view left_out = !left_out_ || !is_invalid(judgements_[i]) ? ""
                                        : pt                                      ? "; não conta"
                                                                                  : "; does not count";
      text +=
          fmt::format("  {}  p50 {}  p95 {}  {}{}\n", runs_[i].info.run_id, format_time(total.quantile(0.5), language),
                      format_time(total.quantile(0.95), language), verdict_text(judgements_[i], language), left_out);
    }
    if (overall.comparison) text += comparison_text(*overall.comparison, language) + "\n";
    if (overall.verdict) {
      text +=
          fmt::format(fmt::runtime(pt ? "Todas juntas: {}\n" : "All together: {}\n"), verdict_text(overall, language));
    }
    return program_.console.print(text);
  }

  Program& program_;
  Config config_;
  IngestOptions options_;
  std::string group_;
  std::vector<Run> runs_;
  std::vector<Judgement> judgements_;  // of these
  bool left_out_ = false;              // those that are invalid
};

}  // namespace

Result<int> repeat(Program& program, const IngestOptions& options, RepeatPlan plan, const RunOnce& once) {
  if (options.run_id) return fail(ErrorCode::usage, "--run-id is of one run, and there may be several");
  Config config = TRY(load_config(program));
  TRY(apply(options.judge, config));
  TRY(check_baseline(config));
  return RepeatedRuns(program, options, std::move(config)).run(plan, once);
}

}  // namespace omniwriter
