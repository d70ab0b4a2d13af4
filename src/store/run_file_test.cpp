#include "store/run_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "formats/judgement_codec/judgement_codec.h"
#include "formats/run_codec/run_codec.h"

namespace omniwriter {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'795'446'856;

Run some_run(const std::string& id, std::int64_t seconds = 300) {
  std::mt19937_64 random(1);
  Run run;
  run.info = {id, "na\xc3\xafve /test", "k6", {"a \xff.json"}, {{"branch", "main"}}, {{"host", "h"}}};
  run.started_ns = kStart * kSecond;
  run.ended_ns = (kStart + seconds) * kSecond;
  run.outcomes = {{"200", ""}, {"500", "http_500"}};
  run.observed = {{"cpu", {{"pod", "a"}}, {{kStart, -1.5}}}};
  run.tool_verdicts = {{"Global", "", std::nullopt}};
  std::map<std::int64_t, Tally> all;
  for (const char* endpoint : {"GET /", "POST /"}) {
    Series& series = run.series.emplace_back();
    series.endpoint = endpoint;
    std::map<std::int64_t, Tally> slots;
    for (std::int64_t slot = kStart; slot < kStart + seconds; ++slot) {
      Tally& cell = slots[slot];
      for (int i = 0; i < 30; ++i) cell.response_time.add(static_cast<std::int64_t>(random() % 200) * 1'000'000);
      cell.outcomes.add(0, 30);
      series.total.merge(cell);
      all[slot].merge(cell);
    }
    series.timeline = Timeline(std::move(slots));
  }
  run.all_requests = Timeline(std::move(all));
  return run;
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What the tables hold, by which a run that is the same can be told.
std::string bytes_of(const Run& run) {
  std::string bytes = run.info.run_id + run.info.test_name + run.info.files.front();
  const auto add = [&](const Timeline& timeline) {
    for (const auto& [slot, tally] : timeline) bytes += std::to_string(slot) + encode_tally(tally);
  };
  for (const Series& series : run.series) {
    bytes += series.endpoint + encode_tally(series.total);
    add(series.timeline);
  }
  add(run.all_requests);
  for (const ObservedSeries& series : run.observed) bytes += encode_observed(series);
  return bytes;
}

class RunFileTest : public ::testing::Test {
 protected:
  RunFileTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "run_file_test_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    file_ = folder_ / "run.omnirun";
    store_ = open("a.db");
  }
  ~RunFileTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::unique_ptr<RunStore> open(const char* name) {
    auto store = RunStore::open(folder_ / name);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  void write(const std::string& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }

  std::filesystem::path folder_;
  std::filesystem::path file_;
  std::unique_ptr<RunStore> store_;
};

TEST_F(RunFileTest, ARunComesBackWithAllThatBelongsToIt) {
  const auto run = some_run("a");
  Judgement judgement;
  judgement.verdict = Verdict::warn;
  LedgerEntry pending;
  pending.output = "influxdb";
  pending.accepted = 5;
  pending.pending = 7;
  pending.settled = false;
  pending.problems = {"timeout"};
  ASSERT_TRUE(store_->save(some_run("other")));
  ASSERT_TRUE(store_->save(run, {pending}));
  ASSERT_TRUE(store_->save_judgement("a", judgement));
  const auto exported = export_run(*store_, "a", file_);
  ASSERT_TRUE(exported) << exported.error().message;
  EXPECT_TRUE(is_run_file(file_));
  EXPECT_FALSE(is_run_file(folder_ / "a.db"));
  const auto head = read_run_file_head(file_);
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->run_id, "a");
  EXPECT_EQ(head->test_name, run.info.test_name);
  EXPECT_EQ(head->started_ns, run.started_ns);
  EXPECT_EQ(head->verdict, "warn");

  const auto expect_same = [&](const RunStore& store) {
    const auto loaded = store.load("a");
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(bytes_of(*loaded), bytes_of(run));
    EXPECT_EQ(loaded->info.tags, run.info.tags);
    EXPECT_EQ(loaded->info.environment, run.info.environment);
    EXPECT_EQ(loaded->tool_verdicts, run.tool_verdicts);
    EXPECT_EQ(encode_judgement(store.load_judgement("a")->value()), encode_judgement(judgement));
    EXPECT_EQ(store.load_ledger("a")->front().pending, 7U);
    EXPECT_EQ(encode_digest(*store.load_digest("a")), encode_digest(*store_->load_digest("a")));
  };
  const auto alone = open_run_file(file_);
  ASSERT_TRUE(alone) << alone.error().message;
  expect_same(**alone);
  const auto there = open("b.db");
  const auto imported = import_run(*there, file_);
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(*imported, "a");
  expect_same(*there);
  EXPECT_EQ(there->list()->front().verdict, "warn");
  EXPECT_EQ(store_->unsettled()->size(), 1U);
  EXPECT_TRUE(there->unsettled()->empty()) << "the other store delivers it";

  // From there it goes on.
  ASSERT_TRUE(export_run(*there, "a", folder_ / "again"));
  ASSERT_TRUE(import_run(*open("c.db"), folder_ / "again"));
  expect_same(*open("c.db"));
}

TEST_F(RunFileTest, TheDigestIsReadWithoutTheTimeline) {
  ASSERT_TRUE(store_->save(some_run("a", 3000)));
  ASSERT_TRUE(export_run(*store_, "a", file_));
  // Nothing behind the front is looked at.
  const std::string bytes = read(file_);
  write(bytes.substr(0, bytes.size() / 2));
  const auto front = open_run_file(file_, Timelines::none);
  ASSERT_TRUE(front) << front.error().message;
  EXPECT_EQ(encode_digest(*(*front)->load_digest("a")), encode_digest(*store_->load_digest("a")));
  EXPECT_EQ((*front)->load("a", Timelines::none)->total().samples(), 180'000U);
  EXPECT_FALSE(open_run_file(file_));
}

TEST_F(RunFileTest, ARunThatIsThereStaysAsItIs) {
  ASSERT_TRUE(store_->save(some_run("a")));
  ASSERT_TRUE(export_run(*store_, "a", file_));
  ASSERT_TRUE(store_->tag("a", "kept", "yes"));
  ASSERT_TRUE(import_run(*store_, file_)) << "the same";
  EXPECT_EQ(store_->load("a")->info.tags.at("kept"), "yes");

  const auto grown = some_run("a", 301);
  ASSERT_TRUE(store_->save(grown));
  const auto imported = import_run(*store_, file_);
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, ErrorCode::conflict);
  EXPECT_THAT(imported.error().message, HasSubstr("stay as they are"));
  EXPECT_EQ(bytes_of(*store_->load("a")), bytes_of(grown));
}

TEST_F(RunFileTest, EveryCutAndEveryFlippedByteIsAnError) {
  ASSERT_TRUE(store_->save(some_run("a", 20)));
  ASSERT_TRUE(export_run(*store_, "a", file_));
  const std::string bytes = read(file_);
  for (std::size_t length = 0; length < bytes.size(); length += length < 200 ? 3 : 211) {
    write(bytes.substr(0, length));
    const auto store = open_run_file(file_);
    ASSERT_FALSE(store) << length;
    EXPECT_EQ(store.error().code, ErrorCode::input);
    EXPECT_THAT(store.error().message, HasSubstr("run.omnirun"));
  }
  for (std::size_t at = 0; at < bytes.size(); at += at < 200 ? 3 : 331) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    write(changed);
    ASSERT_FALSE(open_run_file(file_)) << at;
    ASSERT_FALSE(import_run(*store_, file_)) << at;
  }
  write(bytes + "x");
  EXPECT_FALSE(open_run_file(file_));
  EXPECT_EQ(store_->list()->size(), 1U);
}

TEST_F(RunFileTest, WhatIsForeignOrNewerSaysSo) {
  write("timeStamp,elapsed\n1,2\n");
  EXPECT_FALSE(is_run_file(file_));
  EXPECT_THAT(open_run_file(file_).error().message, HasSubstr("is no exported run"));
  EXPECT_FALSE(open_run_file(folder_ / "missing"));
  ASSERT_TRUE(store_->save(some_run("a", 2)));
  ASSERT_TRUE(export_run(*store_, "a", file_));
  std::string bytes = read(file_);
  ++bytes[bytes.find('\x1a') + 2];
  write(bytes);
  EXPECT_THAT(open_run_file(file_).error().message, HasSubstr("newer omniwriter"));
}

TEST_F(RunFileTest, ADamagedRunIsNotExported) {
  ASSERT_TRUE(store_->save(some_run("a")));
  ASSERT_TRUE(store_->load_digest("a"));
  EXPECT_EQ(export_run(*store_, "b", file_).error().code, ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
}  // namespace omniwriter
