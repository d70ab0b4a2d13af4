#include "integration/named_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/judge_settings.h"
#include "integration/history_folder.h"
#include "store/run_store.h"

namespace omniwriter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'795'446'856;

omniwriter::Run some_run(const std::string& id, std::int64_t start_seconds, const std::string& test = "checkout") {
  omniwriter::Run run;
  run.info = {id, test, "k6", {"a.json"}, {}};
  run.started_ns = start_seconds * kSecond;
  run.ended_ns = (start_seconds + 1) * kSecond;
  run.outcomes = {{"200", ""}};
  Series& series = run.series.emplace_back();
  series.endpoint = "GET /";
  series.total.response_time.add(100'000'000, 5);
  series.total.outcomes.add(0, 5);
  series.timeline = Timeline({{start_seconds, series.total}});
  return run;
}

class NamedRunsTest : public ::testing::Test {
 protected:
  NamedRunsTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "named_runs_test_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    config_.store = folder_ / "runs.db";
  }
  ~NamedRunsTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::unique_ptr<RunStore> store() const { return *RunStore::open(config_.store); }
  void keep(const omniwriter::Run& run, std::optional<Verdict> verdict = {}) const {
    ASSERT_TRUE(store()->save(run));
    if (!verdict) return;
    Judgement judgement;
    judgement.verdict = verdict;
    ASSERT_TRUE(store()->save_judgement(run.info.run_id, judgement));
  }
  /// Moves what the store has into the history folder.
  void move_to_history() {
    config_.of<JudgeSettings>().history = folder_ / "history";
    const auto from = store();
    const auto rows = from->list();
    for (const RunRow& row : *rows) {
      const auto file = add_to_history_folder(*from, row.run_id, folder_ / "history");
      ASSERT_TRUE(file) << file.error().message;
      ASSERT_TRUE(from->remove(row.run_id));
    }
  }
  std::string write(const char* name, const std::string& content) const {
    const auto file = folder_ / name;
    std::ofstream(file) << content;
    return file;
  }
  std::string id_of(std::string_view name) const {
    const auto run = named_run(config_, name);
    const auto digest = named_digest(config_, name);
    EXPECT_EQ(run.has_value(), digest.has_value());
    if (!run) return "error: " + run.error().message;
    if (!digest) return "error: " + digest.error().message;
    EXPECT_EQ(digest->info.run_id, run->info.run_id);
    EXPECT_FALSE(run->series.front().timeline.empty());
    return run->info.run_id;
  }
  std::vector<std::string> baseline(std::string_view name, std::size_t most = 10) const {
    std::vector<std::string> ids;
    const auto runs = baseline_runs(config_, some_run("me", kStart + 1000), name, most);
    if (!runs) return {"error: " + runs.error().message};
    for (const RunDigest& run : *runs) ids.push_back(run.info.run_id);
    return ids;
  }

  std::filesystem::path folder_;
  Config config_;
};

TEST_F(NamedRunsTest, RunsAreNamedAsInTheStore) {
  EXPECT_THAT(id_of("checkout"), HasSubstr("there is no run \"checkout\""));
  EXPECT_FALSE(std::filesystem::exists(config_.store)) << "looking makes no store";
  EXPECT_EQ(named_run(config_, "checkout").error().code, ErrorCode::not_found);
  EXPECT_EQ(named_run(config_, "").error().code, ErrorCode::usage);
  for (const bool in_folder : {false, true}) {
    keep(some_run("build-7", kStart));
    keep(some_run("build-8", kStart + 100));
    keep(some_run("nightly", kStart + 50, "search"));
    if (in_folder) move_to_history();
    EXPECT_EQ(id_of("build-7"), "build-7");
    EXPECT_EQ(id_of("night"), "nightly");
    EXPECT_EQ(id_of("checkout"), "build-8");
    EXPECT_THAT(id_of("build-"), HasSubstr("could be any"));
    EXPECT_EQ(id_of("latest"), in_folder ? "build-8" : "nightly");
    EXPECT_THAT(id_of("absent"), HasSubstr("there is no run"));
  }
}

TEST_F(NamedRunsTest, FilesAreRead) {
  keep(some_run("build-7", kStart));
  move_to_history();
  config_.of<JudgeSettings>().history.clear();
  EXPECT_EQ(id_of((folder_ / "history/checkout_20261123T151416Z_build-7.omnirun").string()), "build-7");

  const std::string header = "timeStamp,elapsed,label,responseCode,success,bytes\n";
  const std::string results = write("results.jtl", header + "1795446856000,120,GET /,200,true,500\n");
  const auto run = named_run(config_, results);
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->info.test_name, "results");
  EXPECT_EQ(run->total().samples(), 1U);
  EXPECT_EQ(named_digest(config_, results)->info.run_id, run->info.run_id);
  std::filesystem::create_directory(folder_ / "nightly");
  write("nightly/a.jtl", header + "1795446856000,120,GET /,200,true,500\n");
  write("nightly/b.jtl", header + "1795446857000,120,GET /,200,true,500\n");
  EXPECT_EQ(named_run(config_, (folder_ / "nightly").string())->total().samples(), 2U);

  EXPECT_THAT(id_of(write("notes.txt", "nothing of a load test\n")), HasSubstr("error"));
  EXPECT_THAT(id_of(write("cut.omnirun", "OmniWriter run\r\n\x1a\n")), HasSubstr("cut off"));
}

TEST_F(NamedRunsTest, TheBaselineIsWhatPassed) {
  EXPECT_THAT(baseline("last-passed"), IsEmpty());
  for (const bool in_folder : {false, true}) {
    keep(some_run("pass", kStart), Verdict::pass);
    keep(some_run("warn", kStart + 1), Verdict::warn);
    keep(some_run("fail", kStart + 2), Verdict::fail);
    keep(some_run("unclear", kStart + 3), Verdict::inconclusive);
    auto tagged = some_run("unjudged", kStart + 4);
    tagged.info.tags = {{"branch", "main"}};
    keep(tagged);
    keep(some_run("other-test", kStart + 5, "search"), Verdict::pass);
    keep(some_run("me", kStart + 1000), Verdict::pass);
    if (in_folder) move_to_history();
    EXPECT_THAT(baseline("last-passed"), ElementsAre("unjudged", "warn", "pass"));
    EXPECT_THAT(baseline("last-passed", 2), ElementsAre("unjudged", "warn"));
    EXPECT_THAT(baseline("last-passed", 0), IsEmpty());
    EXPECT_THAT(baseline("tag:branch=main"), ElementsAre("unjudged"));
    EXPECT_THAT(baseline("tag:branch=feature"), IsEmpty());
    EXPECT_THAT(baseline("fail"), ElementsAre("fail"));
    EXPECT_THAT(baseline("me"), IsEmpty());
    EXPECT_THAT(baseline("tag:branch").front(), HasSubstr("tag:branch=main"));
    EXPECT_THAT(baseline("absent").front(), HasSubstr("there is no run"));
  }
  // Of both, each once.
  keep(some_run("warn", kStart + 1), Verdict::warn);
  keep(some_run("newest", kStart + 6), Verdict::pass);
  EXPECT_THAT(baseline("last-passed"), ElementsAre("newest", "unjudged", "warn", "pass"));
  keep(some_run("later", kStart + 2000), Verdict::pass);
  EXPECT_THAT(baseline("last-passed", 1), ElementsAre("newest")) << "what came later is no baseline";
}

TEST_F(NamedRunsTest, ARunThatOnlyLacksOthersIsABaseline) {
  const auto keep_open = [&](const char* id, const Judgement& judgement) {
    ASSERT_TRUE(store()->save(some_run(id, kStart)));
    ASSERT_TRUE(store()->save_judgement(id, judgement));
  };
  Judgement open;
  open.verdict = Verdict::inconclusive;
  open.comparison.emplace();
  keep_open("open", open);
  Judgement invalid = open;
  invalid.concerns.push_back({.check = "generator_cpu", .level = ConcernLevel::invalid, .what = "", .advice = ""});
  keep_open("invalid", invalid);
  Judgement unclear = open;
  unclear.criteria.emplace_back().criterion = "p99<1s";
  keep_open("unclear", unclear);
  EXPECT_THAT(baseline("last-passed"), ElementsAre("open"));
  move_to_history();
  EXPECT_THAT(baseline("last-passed"), ElementsAre("open"));
}

TEST_F(NamedRunsTest, TheRunsOfATestAreThoseOfStoreAndFolder) {
  EXPECT_THAT(runs_of_test(config_, "checkout")->runs, IsEmpty());
  keep(some_run("b", kStart + 1), Verdict::fail);
  keep(some_run("d", kStart + 3));
  move_to_history();
  keep(some_run("a", kStart), Verdict::pass);
  keep(some_run("b", kStart + 1), Verdict::warn);
  keep(some_run("other", kStart, "search"));
  const auto found = runs_of_test(config_, "checkout");
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->runs.size(), 3U);
  EXPECT_EQ(found->runs[0].info.run_id, "a");
  EXPECT_EQ(found->runs[2].info.run_id, "d");
  EXPECT_THAT(found->verdicts, ElementsAre("pass", "warn", ""));
  EXPECT_EQ(runs_of_test(config_, "checkout", 1)->runs.front().info.run_id, "d");
}

TEST_F(NamedRunsTest, WhatIsDamagedIsNoBaselineAndIsTold) {
  keep(some_run("a", kStart));
  keep(some_run("b", kStart + 1));
  move_to_history();
  std::filesystem::resize_file(folder_ / "history/checkout_20261123T151416Z_a.omnirun", 200);
  write("history/foreign.omnirun", "OmniWriter run\n");
  write("history/notes.txt", "");
  std::vector<std::string> left_out;
  const auto runs = baseline_runs(config_, some_run("me", kStart + 1000), "last-passed", 10, &left_out);
  ASSERT_TRUE(runs) << runs.error().message;
  EXPECT_EQ(runs->size(), 1U);
  ASSERT_EQ(left_out.size(), 2U);
  EXPECT_THAT(left_out[0], HasSubstr("foreign.omnirun"));
  EXPECT_THAT(left_out[1], HasSubstr("cut off"));
}

TEST_F(NamedRunsTest, AHistoryFolderKeepsTheNewest) {
  for (int i = 0; i < 4; ++i) keep(some_run("run-" + std::to_string(i), kStart + i));
  keep(some_run("20261123T151416Z-0123ab", kStart, "../na\xc3\xafve test"));
  const auto from = store();
  const auto rows = from->list();
  for (const RunRow& row : *rows) ASSERT_TRUE(add_to_history_folder(*from, row.run_id, folder_ / "h", 3));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "h")) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  EXPECT_THAT(names,
              ElementsAre("-.-na--ve-test_20261123T151416Z-0123ab.omnirun", "checkout_20261123T151417Z_run-1.omnirun",
                          "checkout_20261123T151418Z_run-2.omnirun", "checkout_20261123T151419Z_run-3.omnirun"));
}

}  // namespace
}  // namespace omniwriter
