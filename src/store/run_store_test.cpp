#include "store/run_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <thread>

#include "formats/run_codec/run_codec.h"
#include "model/aggregator.h"
#include "store/timeline_file.h"

namespace omniwriter {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'795'446'856;

class RunStoreTest : public ::testing::Test {
 protected:
  RunStoreTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "run_store_test_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    file_ = folder_ / "runs.db";
  }
  ~RunStoreTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::unique_ptr<RunStore> open() {
    auto store = RunStore::open(file_);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  // Runs SQL on the file, past the store.
  void sql(const std::string& statements) const {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(handle, statements.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
    sqlite3_close(handle);
  }
  std::int64_t number(const std::string& query) const {
    sqlite3* handle = nullptr;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(handle, query.c_str(), -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const std::int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return value;
  }

  static std::string dump_of_version(int version) {
    std::ifstream dump(std::filesystem::path(OMNIWRITER_SOURCE_DIR) / "src/store/testdata" /
                       ("version_" + std::to_string(version) + ".sql"));
    EXPECT_TRUE(dump);
    return {std::istreambuf_iterator<char>(dump), {}};
  }

  std::filesystem::path folder_;
  std::filesystem::path file_;
};

Run small_run(const std::string& id, std::int64_t start_seconds = kStart, const std::string& test = "checkout") {
  Run run;
  run.info = {id, test, "jmeter", {"results.jtl"}, {}};
  run.started_ns = start_seconds * kSecond;
  run.ended_ns = (start_seconds + 2) * kSecond;
  run.outcomes = {{"200", ""}, {"500", "http_500"}};
  Series& series = run.series.emplace_back();
  series.endpoint = "GET /";
  for (std::int64_t second = start_seconds; second < start_seconds + 2; ++second) {
    Tally cell;
    cell.response_time.add(120'000'000, 9);
    cell.response_time.add(900'000'000, 1);
    cell.outcomes.add(0, 9);
    cell.outcomes.add(1, 1);
    cell.bytes_received = 5000;
    series.total.merge(cell);
    series.timeline.add(Timeline({{second, cell}}));
  }
  return run;
}

// A run that uses every member, with texts that are not text.
Run full_run() {
  std::mt19937_64 random(1);
  Run run;
  run.info.run_id = "full";
  run.info.test_name = "na\xc3\xafve '; DROP TABLE runs; --";
  run.info.tool = "k6";
  run.info.files = {"a.jtl", "b \xff\xfe.csv", ""};
  run.info.tags = {{"branch", "main"}, {"empty", ""}, {std::string("nul\0key", 7), std::string("nul\0value", 9)}};
  run.started_ns = kStart * kSecond + 17;
  run.ended_ns = run.started_ns + 5 * kSecond + 3;
  run.interval_seconds = 2;
  run.outcomes = {{"200", ""}, {"500", "http_500"}, {"error", "time\nout"}};
  run.active_users = {{kStart / 2, 7}, {kStart / 2 + 1, 12}};
  run.unattributed_received = std::numeric_limits<std::uint64_t>::max();
  run.unattributed_sent = 3;
  run.other_samples = 4;
  run.bad_records = 99;
  run.bad_record_reports = {{"a.jtl", 12, "too few columns"}, {"b \xff\xfe.csv", std::uint64_t{1} << 40, ""}};
  run.remarks = {{RemarkKind::error_without_request, 3, "a.jtl", 7, "no \xff token"}};
  run.knows_sent = false;
  run.vitals = {{kStart / 2, {7, {}, 40.5, {}}}, {kStart / 2 + 1, {{}, {}, {}, 0}}};
  run.users_by_scenario = {{"browse", {{kStart / 2, 5}}}, {"na\xc3\xafve", {}}};
  run.observed = {{"cpu", {{"pod", "a"}, {"zone", ""}}, {{kStart, -1.5}, {kStart + 15, 1e300}}}, {"cpu", {}, {}}};
  run.tool_verdicts = {{"http_req_duration", "p(95)<500", true}, {"", "x", false}, {"Global", "", std::nullopt}};
  run.info.environment = {{"git_commit", "0123abc"}, {"host", "runner-\xff"}};
  run.sources = {{"10.0.0.1", 17, run.started_ns, run.ended_ns, 12}, {"b \xff", {}, -5, 3, 0}};
  int next = 0;
  std::map<std::int64_t, Tally> all;
  for (const SampleKind kind :
       {SampleKind::request, SampleKind::request, SampleKind::transaction, SampleKind::sub_result}) {
    Series& series = run.series.emplace_back();
    series.endpoint = "endpoint | \x01 " + std::to_string(next++);
    series.kind = kind;
    // So many slots that each timeline takes several blocks.
    std::map<std::int64_t, Tally> slots;
    for (std::int64_t slot = kStart / 2; slot < kStart / 2 + 1500; ++slot) {
      Tally cell;
      for (int i = 0; i < 60; ++i) cell.response_time.add(static_cast<std::int64_t>(random() % (3 * kSecond)));
      cell.response_time.add(0, 2);
      cell.outcomes.add(static_cast<std::uint32_t>(random() % 3), 62);
      cell.bytes_sent = random();
      series.total.merge(cell);
      if (kind == SampleKind::request) {
        all[slot].merge(cell);
        slots.emplace(slot, std::move(cell));
      }
    }
    series.timeline = Timeline(std::move(slots));
  }
  run.all_requests = Timeline(std::move(all));
  return run;
}

void expect_equal(const Tally& a, const Tally& b) {
  EXPECT_EQ(a.response_time, b.response_time);
  EXPECT_EQ(a.outcomes.entries(), b.outcomes.entries());
  EXPECT_EQ(a.bytes_received, b.bytes_received);
  EXPECT_EQ(a.bytes_sent, b.bytes_sent);
  ASSERT_EQ(a.reported == nullptr, b.reported == nullptr);
  if (a.reported) {
    EXPECT_EQ(*a.reported, *b.reported);
  }
}

void expect_equal(const Timeline& a, const Timeline& b) {
  ASSERT_EQ(a.count_slots(), b.count_slots());
  for (auto x = a.begin(), y = b.begin(); x != Timeline::end(); ++x, ++y) {
    EXPECT_EQ(x->first, y->first);
    expect_equal(x->second, y->second);
  }
}

// All but the timelines.
void expect_equal_numbers(const Run& a, const Run& b) {
  EXPECT_EQ(a.info.run_id, b.info.run_id);
  EXPECT_EQ(a.info.test_name, b.info.test_name);
  EXPECT_EQ(a.info.tool, b.info.tool);
  EXPECT_EQ(a.info.files, b.info.files);
  EXPECT_EQ(a.info.tags, b.info.tags);
  EXPECT_EQ(a.started_ns, b.started_ns);
  EXPECT_EQ(a.ended_ns, b.ended_ns);
  EXPECT_EQ(a.interval_seconds, b.interval_seconds);
  EXPECT_EQ(a.outcomes, b.outcomes);
  EXPECT_EQ(a.active_users, b.active_users);
  EXPECT_EQ(a.vitals, b.vitals);
  EXPECT_EQ(a.sources, b.sources);
  EXPECT_EQ(a.users_by_scenario, b.users_by_scenario);
  EXPECT_EQ(a.observed, b.observed);
  EXPECT_EQ(a.tool_verdicts, b.tool_verdicts);
  EXPECT_EQ(a.info.environment, b.info.environment);
  EXPECT_EQ(a.unattributed_received, b.unattributed_received);
  EXPECT_EQ(a.unattributed_sent, b.unattributed_sent);
  EXPECT_EQ(a.other_samples, b.other_samples);
  EXPECT_EQ(a.bad_records, b.bad_records);
  ASSERT_EQ(a.bad_record_reports.size(), b.bad_record_reports.size());
  for (std::size_t i = 0; i < a.bad_record_reports.size(); ++i) {
    EXPECT_EQ(a.bad_record_reports[i].file, b.bad_record_reports[i].file);
    EXPECT_EQ(a.bad_record_reports[i].line, b.bad_record_reports[i].line);
    EXPECT_EQ(a.bad_record_reports[i].reason, b.bad_record_reports[i].reason);
  }
  EXPECT_EQ(a.knows_received, b.knows_received);
  EXPECT_EQ(a.knows_sent, b.knows_sent);
  ASSERT_EQ(a.remarks.size(), b.remarks.size());
  for (std::size_t i = 0; i < a.remarks.size(); ++i) {
    EXPECT_EQ(a.remarks[i].kind, b.remarks[i].kind);
    EXPECT_EQ(a.remarks[i].count, b.remarks[i].count);
    EXPECT_EQ(a.remarks[i].file, b.remarks[i].file);
    EXPECT_EQ(a.remarks[i].line, b.remarks[i].line);
    EXPECT_EQ(a.remarks[i].example, b.remarks[i].example);
  }
  ASSERT_EQ(a.series.size(), b.series.size());
  for (std::size_t i = 0; i < a.series.size(); ++i) {
    EXPECT_EQ(a.series[i].endpoint, b.series[i].endpoint);
    EXPECT_EQ(a.series[i].kind, b.series[i].kind);
    expect_equal(a.series[i].total, b.series[i].total);
  }
}

void expect_equal(const Run& a, const Run& b) {
  expect_equal_numbers(a, b);
  for (std::size_t i = 0; i < a.series.size(); ++i) expect_equal(a.series[i].timeline, b.series[i].timeline);
  expect_equal(a.all_requests, b.all_requests);
}

TEST_F(RunStoreTest, ARunComesBackToTheLastBucket) {
  const auto run = full_run();
  ASSERT_TRUE(open()->save(run));
  const auto loaded = open()->load("full");
  ASSERT_TRUE(loaded) << loaded.error().message;
  expect_equal(*loaded, run);
  EXPECT_GT(number("SELECT max(position) FROM timeline_blocks"), 0) << "the run is too small to need several blocks";
}

TEST_F(RunStoreTest, NumbersAreReadWithoutTheTimeline) {
  const auto run = full_run();
  const auto store = open();
  ASSERT_TRUE(store->save(run));
  const auto course = store->load("full", Timelines::of_all_requests);
  ASSERT_TRUE(course) << course.error().message;
  expect_equal_numbers(*course, run);
  expect_equal(course->all_requests, run.all_requests);
  EXPECT_TRUE(course->series[0].timeline.empty());
  EXPECT_EQ(course->slots().end, run.slots().end);

  // Not a block of it is looked at.
  sql("UPDATE timeline_blocks SET block = x'00'");
  const auto numbers = store->load("full", Timelines::none);
  ASSERT_TRUE(numbers) << numbers.error().message;
  expect_equal_numbers(*numbers, run);
  EXPECT_TRUE(numbers->all_requests.empty());
  EXPECT_FALSE(store->load("full", Timelines::of_all_requests));
}

TEST_F(RunStoreTest, TheCourseOfARunThatWasNotAddedUpComesOfItsEndpoints) {
  const auto run = small_run("a");
  ASSERT_TRUE(open()->save(run));
  const auto course = open()->load("a", Timelines::of_all_requests);
  ASSERT_TRUE(course);
  expect_equal(*course, run);
}

// A run that goes on: what is closed stays, what is open changes.
TEST_F(RunStoreTest, SavingARunThatGoesOnWritesWhatIsNew) {
  SampleBatch batch;
  Aggregator::Feed feed;
  batch.endpoint("GET /");
  batch.endpoint("GET /other");
  batch.outcome("200", "");
  std::mt19937_64 random(1);
  const auto add_seconds = [&](Aggregator& aggregator, std::int64_t from, std::int64_t to) {
    for (std::int64_t second = from; second < to; ++second) {
      batch.clear_samples();
      for (int i = 0; i < 40; ++i) {
        batch.samples.push_back({.start_ns = (kStart + second) * kSecond,
                                 .duration_ns = static_cast<std::int64_t>(random() % kSecond),
                                 .endpoint = i % 2 == 0 || second >= 3000 ? 0U : 1U});
      }
      aggregator.add(batch, feed);
    }
  };
  Aggregator aggregator({.open_bytes = 1U << 20, .keeper = std::make_shared<TimelineFile>(folder_)});
  const auto snapshot = [&] {
    omniwriter::Run run = aggregator.snapshot();
    run.info.run_id = run.info.test_name = "goes-on";
    return run;
  };
  const auto store = open();
  add_seconds(aggregator, 0, 3000);
  ASSERT_TRUE(store->save(snapshot()));
  const std::int64_t blocks = number("SELECT count(*) FROM timeline_blocks");
  const std::int64_t newest = number("SELECT max(id) FROM timeline_blocks");
  const std::int64_t bytes = number("SELECT sum(length(block)) FROM timeline_blocks");

  add_seconds(aggregator, 3000, 3010);
  const auto run = snapshot();
  ASSERT_TRUE(store->save(run));
  const std::string is_new = " FROM timeline_blocks WHERE id > " + std::to_string(newest);
  EXPECT_GT(number("SELECT count(*)" + is_new), 0);
  EXPECT_LT(number("SELECT sum(length(block))" + is_new), bytes / 50);
  EXPECT_GE(number("SELECT count(*)" + is_new.substr(0, is_new.rfind('>')) + "<= " + std::to_string(newest)),
            blocks - 4);
  // By whichever object, and of whichever process.
  const auto loaded = open()->load("goes-on");
  ASSERT_TRUE(loaded) << loaded.error().message;
  expect_equal(*loaded, run);
  EXPECT_EQ(number("SELECT sum(length(block)) = (SELECT sum(checksum >> 32) FROM timeline_blocks)"
                   " FROM timeline_blocks"),
            1);

  // The other one has become the first by impact, and one is gone.
  auto other = small_run("goes-on", kStart, "goes-on");
  other.series.front().endpoint = "GET /other";
  ASSERT_TRUE(store->save(other));
  expect_equal(*open()->load("goes-on"), other);
}

TEST_F(RunStoreTest, ASecondRunOfTheSameIdIsAConflict) {
  const auto store = open();
  ASSERT_TRUE(store->save(small_run("build-7")));
  // More of it, with what came first in the end.
  auto grown = small_run("build-7");
  grown.started_ns -= kSecond;
  grown.ended_ns += 100 * kSecond;
  ASSERT_TRUE(store->save(grown));
  for (const omniwriter::Run& another : {small_run("build-7", kStart + 1000), small_run("build-7", kStart, "search")}) {
    const auto saved = store->save(another);
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().code, ErrorCode::conflict);
    EXPECT_THAT(saved.error().message, HasSubstr("omniwriter runs rm build-7"));
  }
  expect_equal(*store->load("build-7"), grown);
  EXPECT_FALSE(store->check_id_is_free("build-7"));
  ASSERT_TRUE(store->remove("build-7"));
  EXPECT_TRUE(store->check_id_is_free("build-7"));
  EXPECT_TRUE(store->save(small_run("build-7", kStart + 1000)));
}

TEST_F(RunStoreTest, WhatAToolReportedComesBack) {
  auto run = small_run("reported");
  Series& series = run.series.front();
  series.total.reported =
      std::make_shared<const ReportedTimes>(ReportedTimes{.quantiles = {{0.99, 0.89}}, .relative_error = {}});
  run.reported = {.total = series.total, .timeline = {{kStart, series.total}}, .throughput_rps = 9.5};
  const auto store = open();
  ASSERT_TRUE(store->save(run));
  const auto loaded = store->load("reported");
  ASSERT_TRUE(loaded) << loaded.error().message;
  expect_equal(*loaded, run);
  ASSERT_TRUE(loaded->reported);
  expect_equal(loaded->reported->total, run.reported->total);
  ASSERT_EQ(loaded->reported->timeline.size(), 1U);
  expect_equal(loaded->reported->timeline.at(kStart), series.total);
  EXPECT_EQ(loaded->reported->throughput_rps, 9.5);
  EXPECT_EQ(store->list()->front().p95_seconds, std::nullopt);

  run.reported->throughput_rps.reset();
  ASSERT_TRUE(store->save(run));
  EXPECT_EQ(store->load("reported")->reported->throughput_rps, std::nullopt);
}

TEST_F(RunStoreTest, SavingAgainReplacesTheRunAndLeavesNothingOfIt) {
  const auto store = open();
  ASSERT_TRUE(store->save(full_run()));
  ASSERT_TRUE(store->save_ledger("full", {{.output = "influxdb", .problems = {"gone"}}}));
  auto run = small_run("full");
  run.info.test_name = full_run().info.test_name;
  ASSERT_TRUE(store->save(run));
  const auto loaded = store->load("full");
  ASSERT_TRUE(loaded);
  expect_equal(*loaded, run);
  EXPECT_EQ(store->list()->size(), 1U);
  EXPECT_TRUE(store->load_ledger("full")->empty());
  EXPECT_EQ(number("SELECT count(*) FROM series"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM timeline_blocks"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM ledger_problems"), 0);
}

TEST_F(RunStoreTest, ListsFirstWhatWasReadLastWithTheHeadline) {
  const auto store = open();
  auto tagged = small_run("b", kStart + 100);
  tagged.info.tags = {{"branch", "main"}};
  ASSERT_TRUE(store->save(small_run("a", kStart)));
  ASSERT_TRUE(store->save(tagged));
  ASSERT_TRUE(store->save(small_run("c", kStart - 100)));
  ASSERT_TRUE(store->save(tagged));
  const auto rows = store->list();
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[0].run_id, "b");
  EXPECT_EQ((*rows)[1].run_id, "c");
  EXPECT_EQ((*rows)[2].run_id, "a");
  const RunRow& row = rows->front();
  EXPECT_EQ(row.test_name, "checkout");
  EXPECT_EQ(row.tool, "jmeter");
  EXPECT_EQ(row.started_ns, (kStart + 100) * kSecond);
  EXPECT_DOUBLE_EQ(row.duration_seconds, 2.0);
  EXPECT_EQ(row.samples, 20U);
  EXPECT_EQ(row.errors, 2U);
  EXPECT_NEAR(row.p95_seconds.value(), 0.9, 0.9 * 0.0028);
  EXPECT_EQ(row.tags, tagged.info.tags);
  EXPECT_TRUE((*rows)[1].tags.empty());
}

TEST_F(RunStoreTest, ResolvesIdsPrefixesTestNamesAndLatest) {
  const auto store = open();
  EXPECT_FALSE(store->resolve("latest"));
  ASSERT_TRUE(store->save(small_run("2026-a", kStart, "search")));
  ASSERT_TRUE(store->save(small_run("2026-b", kStart + 5, "checkout")));
  ASSERT_TRUE(store->save(small_run("2026-bb", kStart + 9, "search")));
  EXPECT_EQ(store->resolve("2026-a"), "2026-a");
  EXPECT_EQ(store->resolve("2026-b"), "2026-b") << "a whole id wins over a prefix";
  EXPECT_EQ(store->resolve("2026-bb"), "2026-bb");
  EXPECT_EQ(store->resolve("search"), "2026-bb") << "the run of the test that was read last";
  EXPECT_EQ(store->resolve("latest"), "2026-bb");

  ASSERT_TRUE(store->save(small_run("other", kStart - 50)));
  EXPECT_EQ(store->resolve("o"), "other");
  EXPECT_EQ(store->resolve("latest"), "other") << "whenever it ran";
  const auto ambiguous = store->resolve("2026");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code, ErrorCode::usage);
  EXPECT_THAT(ambiguous.error().message, HasSubstr("2026-bb, 2026-b, 2026-a"));
  const auto unknown = store->resolve("2027");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  EXPECT_THAT(unknown.error().message, HasSubstr("2027"));
  EXPECT_FALSE(store->resolve(""));
  EXPECT_FALSE(store->resolve("%")) << "not a pattern";
}

TEST_F(RunStoreTest, AnAmbiguousPrefixListsAFewCandidates) {
  const auto store = open();
  for (int i = 10; i < 40; ++i) ASSERT_TRUE(store->save(small_run("run-" + std::to_string(i), kStart + i)));
  const auto ambiguous = store->resolve("run");
  ASSERT_FALSE(ambiguous);
  EXPECT_THAT(ambiguous.error().message, HasSubstr("run-39, run-38"));
  EXPECT_THAT(ambiguous.error().message, HasSubstr(", ..."));
  EXPECT_LT(ambiguous.error().message.size(), 300U);
}

TEST_F(RunStoreTest, LedgerComesBackAndIsReplaced) {
  const auto store = open();
  ASSERT_TRUE(store->save(small_run("a")));
  ASSERT_TRUE(store->save(small_run("b")));
  std::vector<LedgerEntry> ledger{{"influxdb", 18, 1, 1, 4, 2, {"partial write: field type conflict", "timeout"}},
                                  {"prometheus", 20, 0, 0, 1, 0, {}}};
  ledger[0].named = true;
  ASSERT_TRUE(store->save_ledger("b", {ledger[1]}));
  ASSERT_TRUE(store->save_ledger("a", {ledger[1], ledger[0], ledger[0]}));
  ASSERT_TRUE(store->save_ledger("a", ledger));
  const auto loaded = store->load_ledger("a");
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*loaded)[i].output, ledger[i].output);
    EXPECT_EQ((*loaded)[i].accepted, ledger[i].accepted);
    EXPECT_EQ((*loaded)[i].rejected, ledger[i].rejected);
    EXPECT_EQ((*loaded)[i].pending, ledger[i].pending);
    EXPECT_EQ((*loaded)[i].items, ledger[i].items);
    EXPECT_EQ((*loaded)[i].retries, ledger[i].retries);
    EXPECT_EQ((*loaded)[i].problems, ledger[i].problems);
    EXPECT_EQ((*loaded)[i].named, ledger[i].named);
  }
  EXPECT_EQ(store->load_ledger("b")->size(), 1U);
  EXPECT_FALSE(store->save_ledger("c", ledger));
  EXPECT_FALSE(store->load_ledger("c"));
}

TEST_F(RunStoreTest, TagsAreSetChangedAndRemoved) {
  const auto store = open();
  ASSERT_TRUE(store->save(small_run("a")));
  ASSERT_TRUE(store->tag("a", "branch", "main"));
  ASSERT_TRUE(store->tag("a", "branch", "next"));
  ASSERT_TRUE(store->tag("a", "keep", "1"));
  EXPECT_EQ(store->load("a")->info.tags, (std::map<std::string, std::string>{{"branch", "next"}, {"keep", "1"}}));
  ASSERT_TRUE(store->tag("a", "branch", ""));
  EXPECT_EQ(store->list()->front().tags, (std::map<std::string, std::string>{{"keep", "1"}}));
  EXPECT_FALSE(store->tag("b", "branch", "main"));
}

TEST_F(RunStoreTest, RemovesARunWithAllThatBelongsToIt) {
  const auto store = open();
  ASSERT_TRUE(store->save(full_run()));
  ASSERT_TRUE(store->save(small_run("a")));
  ASSERT_TRUE(store->save_ledger("full", {{.output = "influxdb", .problems = {"gone"}}}));
  ASSERT_TRUE(store->remove("full"));
  EXPECT_FALSE(store->load("full"));
  EXPECT_TRUE(store->load("a"));
  for (const char* table : {"files", "tags", "outcomes", "bad_record_reports", "sources", "series", "timeline_blocks",
                            "ledger", "ledger_problems"}) {
    const std::string rest = std::string("SELECT count(*) FROM ") + table;
    const bool one = rest.ends_with("files") || rest.ends_with("series");
    const bool two = rest.ends_with("outcomes") || rest.ends_with("blocks");
    EXPECT_EQ(number(rest), one ? 1 : two ? 2 : 0) << table << ": those of the other run";
  }
  EXPECT_FALSE(store->remove("full"));
}

TEST_F(RunStoreTest, OnlyTheOwnerCanReadTheFile) {
  file_ = folder_ / "new" / "folders" / "runs.db";
  const auto store = open();
  ASSERT_TRUE(store->save(small_run("a")));
  for (const char* companion : {"", "-wal", "-shm"}) {
    struct stat status{};
    ASSERT_EQ(::stat((file_.string() + companion).c_str(), &status), 0) << companion;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << companion;
  }
}

TEST_F(RunStoreTest, AFolderThatCannotBeMadeIsAnIoError) {
  std::ofstream(folder_ / "plain") << "file";
  const auto store = RunStore::open(folder_ / "plain" / "runs.db");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::io);
}

TEST_F(RunStoreTest, KeepsARunThatWasSavedWhenTheProcessDiesWithoutClosing) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = RunStore::open(file_);
    ::_exit(store && (*store)->save(small_run("a")) ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(open()->load("a"));
}

// The file as the first release writes it: whatever the schema becomes, this must load.
TEST_F(RunStoreTest, OpensAFileOfVersion1) {
  sql(dump_of_version(1));
  const auto store = open();
  ASSERT_TRUE(store);
  const auto run = store->load("release-1");
  ASSERT_TRUE(run) << run.error().message;
  auto expected = small_run("release-1");
  expected.info.tags = {{"branch", "main"}};
  expected.active_users = {{kStart, 5}};
  expected.bad_records = 1;
  expected.bad_record_reports = {{"results.jtl", 7, "not a number"}};
  expect_equal(*run, expected);
  EXPECT_FALSE(run->reported);
  EXPECT_NEAR(store->list()->front().p95_seconds.value(), 0.9, 0.9 * 0.0028);
  const auto ledger = store->load_ledger("release-1");
  ASSERT_TRUE(ledger);
  ASSERT_EQ(ledger->size(), 1U);
  EXPECT_THAT(ledger->front().problems, ElementsAre("timeout"));
}

// As the last version before runs were saved in parts wrote it.
TEST_F(RunStoreTest, AFileOfVersion6IsRead) {
  sql(dump_of_version(6));
  const auto store = open();
  ASSERT_TRUE(store);
  EXPECT_EQ(store->resolve("latest"), "20261123T152936Z-eb82f2");
  auto run = store->load("20261123T152936Z-eb82f2");
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->total().samples(), 3U);
  EXPECT_EQ(run->total().response_time.sum_ns(), 292'000'000U);
  EXPECT_EQ(run->series.front().timeline.count_slots(), 2U);
  EXPECT_TRUE(run->all_requests.empty());
  EXPECT_TRUE(run->vitals.empty());
  EXPECT_TRUE(run->sources.empty());
  EXPECT_EQ(run->remarks.front().example, "sentBytes is \"x\"");
  EXPECT_EQ(store->load("ci-7", Timelines::none)->total().samples(), 3U);

  // Saved again, it is as any other.
  const auto before = store->load("ci-7");
  ASSERT_TRUE(store->save(*before));
  EXPECT_EQ(store->resolve("latest"), "ci-7");
  expect_equal(*store->load("ci-7"), *before);
  EXPECT_EQ(number("SELECT count(*) FROM timeline_blocks WHERE checksum IS NULL"), 2) << "those of the other run";
}

// Its checksum was made before all requests could have slots of their own.
TEST_F(RunStoreTest, AFileOfVersion7IsRead) {
  sql(dump_of_version(7));
  const auto store = open();
  ASSERT_TRUE(store);
  const auto run = store->load("20261123T152936Z-0d0ba6");
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->total().samples(), 3U);
  EXPECT_EQ(run->all_requests.count_slots(), 2U);
  EXPECT_EQ(run->all_interval_seconds, 1);
  ASSERT_TRUE(store->save(*run));
  expect_equal(*store->load("20261123T152936Z-0d0ba6"), *run);
}

// Its checksum was made before a run knew of its environment, and what became of it.
TEST_F(RunStoreTest, AFileOfVersion8IsRead) {
  sql(dump_of_version(8));
  const auto store = open();
  ASSERT_TRUE(store);
  const auto run = store->load("20261123T152936Z-588248");
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->total().samples(), 3U);
  EXPECT_EQ(run->error_messages.front().message, "expected 200 but was 500");
  EXPECT_TRUE(run->info.environment.empty());
  EXPECT_FALSE(store->load_judgement(run->info.run_id).value());
  EXPECT_EQ(store->list()->front().verdict, "");
  const auto digest = store->load_digest(run->info.run_id);
  ASSERT_TRUE(digest) << digest.error().message;
  EXPECT_EQ(digest->all.total().response_time.count(), 3U);
  EXPECT_EQ(number("SELECT count(*) FROM digests"), 1);
  ASSERT_TRUE(store->save(*run));
  expect_equal(*store->load("20261123T152936Z-588248"), *run);
}

TEST_F(RunStoreTest, ADigestIsMadeOnceAndKept) {
  const auto store = open();
  const auto run = full_run();
  ASSERT_TRUE(store->save(run));
  EXPECT_EQ(number("SELECT count(*) FROM digests"), 0) << "a test that goes on is saved every minute";
  ASSERT_TRUE(store->load_digest("full"));

  // Not a block of the timeline is looked at from now on.
  sql("UPDATE timeline_blocks SET block = x'00'");
  const auto digest = open()->load_digest("full");
  ASSERT_TRUE(digest) << digest.error().message;
  EXPECT_EQ(encode_digest(*digest), encode_digest(digest_of(run)));
  EXPECT_EQ(digest->info.tags, run.info.tags);
  EXPECT_EQ(digest->info.environment, run.info.environment);
  EXPECT_EQ(digest->started_ns, run.started_ns);
  EXPECT_EQ(digest->ended_ns, run.ended_ns);

  // What has grown has another one.
  auto grown = run;
  grown.ended_ns += kSecond;
  grown.series.resize(1);
  ASSERT_TRUE(store->remove("full"));
  ASSERT_TRUE(store->save(run));
  ASSERT_TRUE(store->load_digest("full"));
  ASSERT_TRUE(store->save(grown));
  EXPECT_EQ(store->load_digest("full")->endpoints.size(), 1U);
  ASSERT_TRUE(store->remove("full"));
  EXPECT_EQ(number("SELECT count(*) FROM digests"), 0);
  EXPECT_EQ(store->load_digest("full").error().code, ErrorCode::not_found);
}

TEST_F(RunStoreTest, ADamagedDigestIsAnError) {
  const auto store = open();
  ASSERT_TRUE(store->save(small_run("a")));
  ASSERT_TRUE(store->load_digest("a"));
  for (const char* const damage : {"UPDATE digests SET digest = substr(digest, 1, 40)", "DELETE FROM outcomes"}) {
    sql(damage);
    const auto digest = store->load_digest("a");
    ASSERT_FALSE(digest) << damage;
    EXPECT_EQ(digest.error().code, ErrorCode::io);
    sql("DELETE FROM digests");
  }
}

TEST_F(RunStoreTest, AJudgementIsOfTheRunAsItIs) {
  const auto store = open();
  ASSERT_TRUE(store->save(small_run("a")));
  ASSERT_TRUE(store->save(small_run("b")));
  EXPECT_FALSE(store->load_judgement("a").value());
  Judgement judgement;
  judgement.verdict = Verdict::warn;
  judgement.criteria.emplace_back().observed = 0.1;
  ASSERT_TRUE(store->save_judgement("a", {}));
  EXPECT_EQ(store->list()->back().verdict, "") << "nothing was asked of it";
  EXPECT_FALSE(store->load_judgement("a").value()->verdict);
  ASSERT_TRUE(store->save_judgement("a", judgement));
  EXPECT_EQ(store->list()->back().verdict, "warn");
  EXPECT_EQ(store->list()->front().verdict, "");
  const auto loaded = store->load_judgement("a");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)->criteria.front().observed, 0.1);

  // Delivering saves it as it is; a test that goes on has not been judged yet.
  ASSERT_TRUE(store->save(*store->load("a")));
  EXPECT_EQ(store->list()->front().verdict, "warn");
  auto grown = small_run("a");
  grown.ended_ns += kSecond;
  ASSERT_TRUE(store->save(grown));
  EXPECT_EQ(store->list()->front().verdict, "");
  EXPECT_FALSE(store->load_judgement("a").value());

  ASSERT_TRUE(store->save_judgement("a", judgement));
  sql("UPDATE judgements SET judgement = '{'");
  EXPECT_EQ(store->load_judgement("a").error().code, ErrorCode::io);
  EXPECT_EQ(store->list()->size(), 2U);
  EXPECT_EQ(store->save_judgement("c", judgement).error().code, ErrorCode::not_found);
  EXPECT_EQ(store->load_judgement("c").error().code, ErrorCode::not_found);
}

TEST_F(RunStoreTest, KeepsPhasesMeasuresAndMessages) {
  const auto store = open();
  auto run = small_run("deep");
  for (const SampleKind kind : {SampleKind::waiting, SampleKind::check, SampleKind::gauge}) {
    Series series = run.series.front();
    series.kind = kind;
    run.series.push_back(series);
  }
  run.error_messages = {{"/a", "timeout", "after # ms", 3, 1, 2, "after 17 ms"}, {"/b", "", "", 1, 5, 5, ""}};
  ASSERT_TRUE(store->save(run));
  const auto loaded = store->load("deep");
  ASSERT_TRUE(loaded) << loaded.error().message;
  expect_equal(*loaded, run);
  EXPECT_EQ(loaded->error_messages, run.error_messages);
  for (const SampleKind kind : {SampleKind::waiting, SampleKind::check, SampleKind::gauge}) {
    const Series* series = loaded->find(run.series.front().endpoint, kind);
    ASSERT_NE(series, nullptr) << name_of(kind);
    EXPECT_EQ(series->timeline.count_slots(), run.series.front().timeline.count_slots());
  }
  sql("UPDATE error_messages SET count = 4 WHERE position = 0");
  EXPECT_FALSE(store->load("deep"));
}

TEST_F(RunStoreTest, AllRequestsKeepTheirNarrowSlots) {
  const auto store = open();
  auto run = small_run("wide");
  run.interval_seconds = 8;
  run.all_interval_seconds = 2;
  run.phase_seconds = 64;
  run.series.front().timeline = Timeline({{kStart / 8, run.series.front().total}});
  std::map<std::int64_t, Tally> all;
  for (const std::int64_t slot : {2, 3, 4}) all.emplace(kStart / 2 + slot, run.series.front().total);
  run.all_requests = Timeline(all);
  ASSERT_TRUE(store->save(run));
  const auto loaded = store->load("wide");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->interval_seconds, 8);
  EXPECT_EQ(loaded->all_interval_seconds, 2);
  EXPECT_EQ(loaded->phase_seconds, 64);
  EXPECT_EQ(loaded->all_requests.first(), kStart / 2 + 2);
  EXPECT_EQ(loaded->all_requests.count_slots(), 3U);
  for (const char* damage : {"0", "3", "16"}) {
    sql(std::string("UPDATE runs SET checksum = NULL, all_interval_seconds = ") + damage);
    EXPECT_FALSE(store->load("wide")) << damage;
  }
}

// Before version 4 nothing said when a run was read, but the order in which runs were saved.
TEST_F(RunStoreTest, AFileOfVersion3KnowsWhatWasReadLast) {
  sql(dump_of_version(3));
  const auto store = open();
  ASSERT_TRUE(store);
  const auto rows = store->list();
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->front().test_name, "old");  // which was read after the other
  EXPECT_EQ(rows->front().read_ns, std::nullopt);
  EXPECT_EQ(store->resolve("latest"), rows->front().run_id);
  ASSERT_TRUE(store->save(*store->load(rows->back().run_id)));
  EXPECT_EQ(store->list()->front().test_name, "new");
  EXPECT_GT(store->list()->front().read_ns, 1'700'000'000 * kSecond);
}

TEST_F(RunStoreTest, AFileOfAFutureVersionIsAClearErrorAndStaysAsItIs) {
  ASSERT_TRUE(open());
  sql("PRAGMA user_version = 4711");
  const auto store = RunStore::open(file_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::usage);
  EXPECT_THAT(store.error().message, HasSubstr("schema version 4711"));
  EXPECT_THAT(store.error().message, HasSubstr("newer omniwriter"));
  EXPECT_EQ(number("PRAGMA user_version"), 4711);
}

TEST_F(RunStoreTest, AForeignDatabaseIsLeftAlone) {
  sql("CREATE TABLE contacts (name TEXT)");
  const auto store = RunStore::open(file_);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("another program"));
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'delete'"), 1);
}

TEST_F(RunStoreTest, AFileThatIsNoDatabaseIsAnIoError) {
  std::ofstream(file_) << std::string(5000, 'x');
  const auto store = RunStore::open(file_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::io);
  EXPECT_THAT(store.error().message, HasSubstr("runs.db"));
}

TEST_F(RunStoreTest, ADamagedBlobIsAnError) {
  const auto store = open();
  // With a checksum over all that makes up the run, and without, as an older version saved it.
  for (const char* const forgotten : {"", "UPDATE runs SET checksum = NULL;"})
    for (const std::string damage :
         {"UPDATE timeline_blocks SET block = substr(block, 1, 20)", "UPDATE series SET total = zeroblob(100)",
          "UPDATE runs SET active_users = x'00'", "UPDATE runs SET interval_seconds = 0",
          "UPDATE runs SET interval_seconds = 9223372036854775807", "UPDATE series SET kind = 3",
          "UPDATE runs SET started_ns = -9223372036854775807 - 1", "DELETE FROM outcomes"}) {
      ASSERT_TRUE(store->save(small_run("a")));
      ASSERT_TRUE(store->load("a"));
      sql(damage + ";" + forgotten);
      const auto loaded = store->load("a");
      ASSERT_FALSE(loaded) << damage;
      EXPECT_EQ(loaded.error().code, ErrorCode::io) << damage;
      ASSERT_TRUE(store->remove("a"));
    }
}

TEST_F(RunStoreTest, ARunThatWasChangedSinceIsAnErrorAndListedAllTheSame) {
  const auto store = open();
  for (const char* const change :
       {"UPDATE runs SET bad_records = 1", "UPDATE runs SET ended_ns = ended_ns + 1", "UPDATE files SET file = 'x'",
        "UPDATE outcomes SET error_type = '' WHERE position = 1", "DELETE FROM timeline_blocks",
        "UPDATE sources SET samples = samples + 1", "DELETE FROM environment",
        "UPDATE scenario_users SET scenario = 'x' WHERE position = 0", "DELETE FROM observed WHERE position = 1",
        "UPDATE tool_verdicts SET passed = NOT passed", "DELETE FROM remarks", "UPDATE series SET endpoint = 'GET /x'",
        "UPDATE timeline_blocks SET first_slot = first_slot + 1 WHERE position = 0"}) {
    auto run = full_run();
    run.series.erase(run.series.begin() + 1, run.series.end());
    run.all_requests = {};
    ASSERT_TRUE(store->save(run));
    ASSERT_TRUE(store->tag("full", "kept", "yes")) << "tags may change";
    ASSERT_TRUE(store->load("full"));
    sql(change);
    const auto loaded = store->load("full", Timelines::none);
    ASSERT_FALSE(loaded) << change;
    EXPECT_EQ(loaded.error().code, ErrorCode::io);
    EXPECT_THAT(loaded.error().message, HasSubstr("damaged"));
    ASSERT_EQ(store->list()->size(), 1U);
    ASSERT_TRUE(store->remove("full"));
  }
}

TEST_F(RunStoreTest, ManyMayOpenANewFileAndSaveAtOnce) {
  constexpr int kWriters = 8;
  std::vector<std::string> errors(kWriters);
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        auto& error = errors[static_cast<std::size_t>(i)];
        const auto store = RunStore::open(file_);
        if (!store) {
          error = store.error().message;
          return;
        }
        for (int n = 0; n < 3; ++n) {
          const auto saved = (*store)->save(small_run(std::to_string(i) + "-" + std::to_string(n)));
          if (!saved) error = saved.error().message;
        }
      });
    }
  }
  for (const std::string& error : errors) EXPECT_EQ(error, "");
  EXPECT_EQ(open()->list()->size(), 3U * kWriters);
}

}  // namespace
}  // namespace omniwriter
