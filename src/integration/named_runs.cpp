#include "integration/named_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/try.h"
#include "base/usage.h"
#include "base/utf8.h"
#include "config/judge_settings.h"
#include "integration/history_folder.h"
#include "integration/intake.h"
#include "reading/result_files.h"
#include "store/run_file.h"
#include "store/run_store.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxNameBytes = 200;

/// Null where there is none yet.
Result<std::unique_ptr<RunStore>> store_of(const Config& config) {
  std::error_code error;
  if (config.store.empty() || !std::filesystem::exists(config.store, error)) return nullptr;
  return RunStore::open(config.store);
}

/// As `ingest` reads them, without options.
Result<Run> read_results(const Config& config, const std::string& name) {
  const InputOptions input{.dimensions = config.dimensions};
  const auto found = TRY(find_result_files({name}, input));
  Aggregator aggregator = make_aggregator(config);
  const ReadOptions options{.input = input, .max_record_bytes = config.limits.max_record_bytes, .progress = {}};
  std::vector<FileReport> reports;
  for (const std::string& file : found.files) {
    auto report = read_file(file, aggregator, options);
    if (!report) return fail(ErrorCode::input, std::move(report).error().message);
    reports.push_back(*std::move(report));
  }
  Run run = TRY(run_of_files(aggregator, reports, config.limits.max_series));
  describe_run(run, reports, {}, default_test_name(name));
  TRY(check_has_samples(run, reports));
  return run;
}

/// Where a run is that somebody named.
struct Place {
  std::unique_ptr<RunStore> store;  ///< null: in a file
  std::string run_id;               ///< in the store
  std::filesystem::path file;       ///< an exported run, or results
};

/// Which of the files of a history folder a name means, as RunStore::resolve() has it.
Result<std::optional<std::filesystem::path>> find_in_history(const std::filesystem::path& folder,
                                                             std::string_view name) {
  if (folder.empty()) return std::nullopt;
  const auto history = TRY(read_history_folder(folder));
  const auto& files = history.files;
  const auto first = [&](const auto& matches) -> std::optional<std::filesystem::path> {
    const auto found = std::ranges::find_if(files, [&](const HistoryFile& file) { return matches(file.head); });
    return found == files.end() ? std::nullopt : std::optional(found->file);
  };
  if (auto whole = first([&](const RunFileHead& head) { return head.run_id == name; })) return whole;
  if (auto newest = first([&](const RunFileHead& head) { return name == "latest" || head.test_name == name; })) {
    return newest;
  }
  const auto begins = [&](const RunFileHead& head) { return head.run_id.starts_with(name); };
  const auto count = std::ranges::count_if(files, [&](const HistoryFile& file) { return begins(file.head); });
  if (count > 1) {
    return fail(ErrorCode::usage, fmt::format("\"{}\" could be any of several runs in {}", name, folder.string()));
  }
  return first(begins);
}

Result<Place> find(const Config& config, std::string_view name) {
  if (name.empty())
    return fail(ErrorCode::usage, "name a run: its id or the start of it, its test name, or \"latest\"");
  const std::filesystem::path path(name);
  std::error_code error;
  const bool is_there = std::filesystem::exists(path, error);
  // A file that is called as a run is: "./NAME" means the file.
  if (name.find('/') == std::string_view::npos) {
    auto store = TRY(store_of(config));
    if (store) {
      auto run_id = store->resolve(name);
      if (run_id) return Place{std::move(store), *std::move(run_id), {}};
      if (run_id.error().code != ErrorCode::not_found && !is_there) return std::unexpected(std::move(run_id).error());
    }
    const auto file = TRY(find_in_history(config.of<JudgeSettings>().history, name));
    if (file) return Place{nullptr, {}, *file};
  }
  if (is_there) return Place{nullptr, {}, path};
  const std::string shown = clean_utf8(name, kMaxNameBytes);
  return fail_with_hint(
      ErrorCode::not_found, fmt::format("there is no run \"{}\", and no such file", shown),
      "`omniwriter runs list` shows the runs of the store; a file of results, or one that `omniwriter "
      "runs export` wrote, is named by its path");
}

Result<RunDigest> digest_of_file(const std::filesystem::path& file) {
  const auto store = TRY(open_run_file(file, Timelines::none));
  const std::string run_id = TRY(store->resolve("latest"));
  return store->load_digest(run_id);
}

}  // namespace

Result<Run> named_run(const Config& config, std::string_view name) {
  const Place place = TRY(find(config, name));
  if (place.store) return place.store->load(place.run_id);
  if (!is_run_file(place.file)) return read_results(config, place.file.string());
  const auto store = TRY(open_run_file(place.file));
  const std::string run_id = TRY(store->resolve("latest"));
  return store->load(run_id);
}

Result<RunDigest> named_digest(const Config& config, std::string_view name) {
  const Place place = TRY(find(config, name));
  if (place.store) return place.store->load_digest(place.run_id);
  if (is_run_file(place.file)) return digest_of_file(place.file);
  const Run run = TRY(read_results(config, place.file.string()));
  return digest_of(run);
}

namespace {

/// A run of the store or of the history folder.
struct Candidate {
  std::string run_id;
  std::int64_t started_ns = 0;
  std::string verdict;
  std::filesystem::path file;                              ///< empty: in the store
  std::optional<std::map<std::string, std::string>> tags;  ///< nothing: the file tells
};

/// The runs of a test: the newest first, each once.
Result<std::vector<Candidate>> candidates_of(const Config& config, const RunStore* store, std::string_view test_name,
                                             std::vector<std::string>& left_out) {
  std::vector<Candidate> candidates;
  std::set<std::string> seen;
  if (store != nullptr) {
    const auto rows = TRY(store->list());
    for (const RunRow& row : rows) {
      if (row.test_name != test_name) continue;
      seen.insert(row.run_id);
      candidates.push_back({row.run_id, row.started_ns, row.verdict, {}, row.tags});
    }
  }
  const std::filesystem::path& folder = config.of<JudgeSettings>().history;
  if (!folder.empty()) {
    const auto history = TRY(read_history_folder(folder));
    left_out.insert(left_out.end(), history.faulty.begin(), history.faulty.end());
    for (const auto& [file, head] : history.files) {
      if (head.test_name != test_name || !seen.insert(head.run_id).second) continue;
      candidates.push_back({head.run_id, head.started_ns, head.verdict, file, {}});
    }
  }
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    return a.started_ns != b.started_ns ? a.started_ns > b.started_ns : a.run_id < b.run_id;
  });
  return candidates;
}

Result<RunDigest> digest_of_candidate(const RunStore* store, const Candidate& candidate) {
  return candidate.file.empty() ? store->load_digest(candidate.run_id) : digest_of_file(candidate.file);
}

bool has_passed(std::string_view verdict) { return verdict.empty() || verdict == "pass" || verdict == "warn"; }
bool is_open(std::string_view verdict) { return verdict == name_of(Verdict::inconclusive); }

/// Whether nothing speaks against a run but that it could not be told from its own baseline. Were those left out, there
/// would never be more than one run to compare with where a single one does not tell enough.
Result<bool> lacks_runs_alone(const RunStore& store, std::string_view run_id) {
  const auto judgement = TRY(store.load_judgement(run_id));
  return judgement && judgement->comparison && judgement->comparison->verdict == ComparisonVerdict::inconclusive &&
         std::ranges::none_of(judgement->concerns, [](const Concern& c) { return c.level == ConcernLevel::invalid; }) &&
         std::ranges::all_of(judgement->criteria,
                             [](const CriterionResult& c) { return has_passed(name_of(c.verdict)); });
}

Result<bool> lacks_runs_alone(const RunStore* store, const Candidate& candidate) {
  if (candidate.file.empty()) return lacks_runs_alone(*store, candidate.run_id);
  const auto alone = TRY(open_run_file(candidate.file, Timelines::none));
  return lacks_runs_alone(*alone, candidate.run_id);
}

bool can_be_baseline(const RunStore* store, const Candidate& candidate) {
  return has_passed(candidate.verdict) ||
         (is_open(candidate.verdict) && lacks_runs_alone(store, candidate).value_or(false));
}

}  // namespace

Result<std::vector<RunDigest>> baseline_runs(const Config& config, const Run& run, std::string_view baseline,
                                             std::size_t most, std::vector<std::string>* left_out) {
  constexpr std::string_view kTag = "tag:";
  if (most == 0) return std::vector<RunDigest>{};
  std::optional<std::pair<std::string, std::string>> tag;
  if (baseline.starts_with(kTag)) {
    const std::string_view pair = baseline.substr(kTag.size());
    const auto equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return fail(ErrorCode::usage, "a baseline by tag is written as in tag:branch=main");
    }
    tag.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  } else if (baseline != "last-passed") {
    auto digest = TRY(named_digest(config, baseline));
    std::vector<RunDigest> one;
    if (digest.info.run_id != run.info.run_id) one.push_back(std::move(digest));
    return one;
  }
  const auto has_tag = [&](const std::map<std::string, std::string>& tags) {
    const auto found = tags.find(tag->first);
    return found != tags.end() && found->second == tag->second;
  };

  std::vector<std::string> faults;
  const auto store = TRY(store_of(config));
  const auto candidates = TRY(candidates_of(config, store.get(), run.info.test_name, faults));
  std::vector<RunDigest> found;
  for (const Candidate& candidate : candidates) {
    if (found.size() == most) break;
    if (candidate.run_id == run.info.run_id) continue;
    if (tag) {
      if (candidate.tags && !has_tag(*candidate.tags)) continue;
    } else {
      // What came later was judged by this one.
      if (candidate.started_ns >= run.started_ns || !can_be_baseline(store.get(), candidate)) continue;
    }
    auto digest = digest_of_candidate(store.get(), candidate);
    if (!digest) {
      faults.push_back(std::move(digest).error().message);
    } else if (!tag || has_tag(digest->info.tags)) {
      found.push_back(*std::move(digest));
    }
  }
  if (left_out != nullptr) *left_out = std::move(faults);
  return found;
}

Result<RunsOfTest> runs_of_test(const Config& config, std::string_view test_name, std::size_t most) {
  RunsOfTest found;
  const auto store = TRY(store_of(config));
  auto candidates = TRY(candidates_of(config, store.get(), test_name, found.left_out));
  if (most != 0 && candidates.size() > most) candidates.resize(most);
  std::ranges::reverse(candidates);
  for (const Candidate& candidate : candidates) {
    auto digest = digest_of_candidate(store.get(), candidate);
    if (!digest) {
      found.left_out.push_back(std::move(digest).error().message);
      continue;
    }
    found.runs.push_back(*std::move(digest));
    found.verdicts.push_back(candidate.verdict);
  }
  return found;
}

}  // namespace omniwriter
