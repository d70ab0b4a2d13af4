#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <sstream>

#include "delivery/dead_letters.h"
#include "delivery/run_delivery.h"
#include "support/fake_clock.h"
#include "support/faulty_disk.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

constexpr std::size_t kItems = 100;

/// Emits kItems items "0" to "99" of equal shares of the run, and answers as the test says.
class ScriptedOutput : public Output {
 public:
  std::function<SendReport(std::span<const OutputItem>)> on_send = [](auto) { return SendReport{}; };
  std::function<Result<void>()> on_prepare = [] { return Result<void>(); };
  std::function<bool(std::size_t item)> starts_batch = [](std::size_t) { return false; };
  BatchLimits batch_limits{.max_items = 10};
  std::vector<std::vector<std::string>> batches;

  std::size_t item_bytes = 0;  // more than the number takes

  [[nodiscard]] bool was_aborted() const { return aborted().stop_requested(); }
  [[nodiscard]] std::string_view name() const override { return "scripted"; }
  [[nodiscard]] BatchLimits limits() const override { return batch_limits; }
  [[nodiscard]] Result<void> prepare() override { return on_prepare(); }
  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    for (std::size_t i = 0; i < kItems; ++i) {
      emit({fmt::format("{:>{}}", i, item_bytes), run.samples_of(SampleKind::request) / kItems, starts_batch(i)});
    }
  }
  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds /*timeout*/) override {
    {
      const std::lock_guard lock(mutex);
      batches.emplace_back();
      for (const auto& item : batch) batches.back().push_back(item.bytes);
      most_at_once = std::max(most_at_once, ++at_once);
      changed.notify_all();
    }
    SendReport report = on_send(batch);
    const std::lock_guard lock(mutex);
    --at_once;
    return report;
  }

  // With several requests at once:
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t at_once = 0;
  std::size_t most_at_once = 0;
};

/// One of several.
class Named : public ScriptedOutput {
 public:
  explicit Named(int number) : name_(fmt::format("scripted{}", number)) {}
  [[nodiscard]] std::string_view name() const override { return name_; }

 private:
  std::string name_;
};

class DeliveryTest : public ::testing::Test {
 protected:
  LedgerEntry run_delivery(Start start = Start::fresh) {
    const auto entry = deliver(run_, output_, spool_, start, options_, clock_, 1);
    EXPECT_EQ(entry.accepted + entry.rejected + entry.pending, run_.samples_of(SampleKind::request));
    return entry;
  }
  omniwriter::Run run_ = testing::sample_run();
  ScriptedOutput output_;
  DeliveryOptions options_;
  /// What was refused, by the items.
  std::map<std::string, std::string> dead_letters() {
    std::map<std::string, std::string> letters;
    std::istringstream lines(disk_.content(spool_.dead_letters_file(run_.info.run_id, "scripted")));
    for (std::string line; std::getline(lines, line);) {
      const auto letter = read_dead_letter(line);
      EXPECT_TRUE(letter) << line;
      EXPECT_EQ(letter->run_id, run_.info.run_id);
      EXPECT_TRUE(letters.emplace(letter->item.bytes, letter->reason).second) << line;
    }
    return letters;
  }

  testing::FakeClock clock_;
  testing::FaultyDisk disk_;
  Spool spool_{disk_, "/spool", 1 << 30, 7};
  static constexpr std::uint64_t kShare = testing::kSampleRunRequests / kItems;
};

TEST_F(DeliveryTest, SendsAllInOrderInBatches) {
  const auto entry = run_delivery();
  EXPECT_TRUE(entry.closed());
  EXPECT_EQ(entry.output, "scripted");
  EXPECT_EQ(entry.accepted, testing::kSampleRunRequests);
  EXPECT_EQ(entry.items, kItems);
  EXPECT_EQ(output_.batches.size(), 10U);
  EXPECT_EQ(output_.batches[1].front(), "10");
}

TEST_F(DeliveryTest, BeginsABatchWhereAnItemAsksForIt) {
  output_.starts_batch = [](std::size_t item) { return item == 0 || item == 3; };
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_THAT(output_.batches[0], ElementsAre("0", "1", "2"));
  EXPECT_EQ(output_.batches[1].front(), "3");
  EXPECT_EQ(output_.batches[1].size(), 10U);
}

TEST_F(DeliveryTest, RespectsTheLimitOfBytes) {
  output_.batch_limits = {.max_items = 1000, .max_bytes = 4};
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_THAT(output_.batches[0], ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(output_.batches[3], ElementsAre("11", "12"));
  output_.batches.clear();
  output_.batch_limits.max_bytes = 0;  // larger than the limit: alone
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_EQ(output_.batches.size(), kItems);
}

TEST_F(DeliveryTest, RetriesOnlyWhatIsRetryableWithGrowingJitteredPauses) {
  int failures = 6;
  output_.on_send = [&](std::span<const OutputItem> batch) {
    SendReport report;
    if (batch.front().bytes != "0" && batch.front().bytes != "3") return report;
    if (failures-- == 0) return report;
    report.retryable = {0};
    if (batch.size() > 3) report.retryable = {3};
    report.retry_reason = "busy";
    return report;
  };
  const auto entry = run_delivery();
  EXPECT_TRUE(entry.closed());  // a trouble that passed is no problem
  EXPECT_EQ(entry.retries, 6U);
  EXPECT_THAT(output_.batches[1], ElementsAre("3"));
  const auto sleeps = clock_.sleeps();
  ASSERT_EQ(sleeps.size(), 6U);
  for (std::size_t i = 0; i < sleeps.size(); ++i) EXPECT_LE(sleeps[i], 100ms * (1 << i));
  EXPECT_GT(std::accumulate(sleeps.begin(), sleeps.end(), 0ns), 100ms);
}

TEST_F(DeliveryTest, WaitsAsLongAsTheServerAsks) {
  bool first = true;
  output_.on_send = [&](std::span<const OutputItem> batch) {
    auto report = all_retryable(batch.size(), "busy");
    report.retry_after = 7s;
    return std::exchange(first, false) ? report : SendReport{};
  };
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_THAT(clock_.sleeps(), ElementsAre(7s));
}

TEST_F(DeliveryTest, GivesUpAndLeavesTheRestPending) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return batch.front().bytes == "20" ? all_retryable(batch.size(), "server down") : SendReport{};
  };
  const auto entry = run_delivery();
  EXPECT_EQ(entry.accepted, 20 * kShare);
  EXPECT_EQ(entry.pending, 80 * kShare);
  EXPECT_THAT(entry.problems, ElementsAre("server down"));
  EXPECT_FALSE(entry.closed());
  EXPECT_EQ(clock_.steady(), options_.give_up_after);  // to the last moment, not beyond
  EXPECT_THAT(clock_.sleeps(), Each(AllOf(Ge(0ns), Le(options_.backoff_max))));
}

TEST_F(DeliveryTest, GivesUpAtOnceWhenAskedToWaitTooLong) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    auto report = all_retryable(batch.size(), "quota");
    report.retry_after = 1h;
    return report;
  };
  EXPECT_EQ(run_delivery().pending, testing::kSampleRunRequests);
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
  EXPECT_EQ(output_.batches.size(), 1U);
}

SendReport nobody(std::size_t items) {
  SendReport report = all_retryable(items, "connection refused");
  report.no_answer = true;
  return report;
}

TEST_F(DeliveryTest, WhereNobodyListensItGivesUpSoon) {
  output_.on_send = [&](std::span<const OutputItem> batch) { return nobody(batch.size()); };
  const auto entry = run_delivery();
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre("connection refused"));
  EXPECT_EQ(clock_.steady(), options_.give_up_connecting);
  EXPECT_LT(options_.give_up_connecting, 6s);
}

TEST_F(DeliveryTest, WhereNobodyListensForPrepareItGivesUpSoon) {
  output_.on_prepare = [] { return fail(ErrorCode::unreachable, "no such host", true); };
  EXPECT_EQ(run_delivery().pending, testing::kSampleRunRequests);
  EXPECT_EQ(clock_.steady(), options_.give_up_connecting);
}

// It is being restarted.
TEST_F(DeliveryTest, AServerThatHasAnsweredIsWaitedForLonger) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return batch.front().bytes == "20" ? nobody(batch.size()) : SendReport{};
  };
  EXPECT_EQ(run_delivery().accepted, 20 * kShare);
  EXPECT_EQ(clock_.steady(), options_.give_up_after);
}

TEST_F(DeliveryTest, AServerThatIsSlowToRefuseIsWaitedForLonger) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    clock_.advance(3s);
    return nobody(batch.size());
  };
  EXPECT_EQ(run_delivery().pending, testing::kSampleRunRequests);
  EXPECT_GE(clock_.steady(), options_.give_up_after);
}

TEST_F(DeliveryTest, TellsOfAnOutageWhenItBeginsAndWhenItIsOver) {
  std::vector<std::string> told;
  options_.news = [&](const DeliveryNews& news) {
    const bool fails = news.what == DeliveryNews::What::fails;
    told.push_back(fmt::format("{} {}", fails ? "fails" : "recovers", news.text));
    if (fails) {
      EXPECT_LE(news.time, options_.give_up_after);
    } else {
      EXPECT_GE(news.time, 20s);
    }
  };
  output_.on_send = [&](std::span<const OutputItem> batch) {
    const bool down = batch.front().bytes == "20" && clock_.steady() < 20s;
    return down ? all_retryable(batch.size(), "server down") : SendReport{};
  };
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_THAT(told, ElementsAre("fails server down", "recovers "));
}

TEST_F(DeliveryTest, AHiccupIsNotWorthAWord) {
  options_.news = [&](const DeliveryNews& news) { ADD_FAILURE() << news.text; };
  bool first = true;
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return std::exchange(first, false) ? all_retryable(batch.size(), "busy") : SendReport{};
  };
  EXPECT_TRUE(run_delivery().closed());
}

// A database that was dropped meanwhile is made anew.
TEST_F(DeliveryTest, WhoWaitsForPeoplePreparesAgainAfterEachRefusal) {
  options_.keep_retrying_blocked = true;
  bool there = false;
  int prepared = 0;
  output_.on_prepare = [&]() -> Result<void> {
    if (++prepared == 3) return fail(ErrorCode::refused, "not allowed");
    there = prepared > 4;
    return {};
  };
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return there ? SendReport{} : all_retryable(batch.size(), "404 no such database", Retry::blocked);
  };
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_EQ(prepared, 5);
}

TEST_F(DeliveryTest, ASlowServerThatSettlesItemsIsNotGivenUp) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    clock_.advance(options_.give_up_after - 1ms);
    SendReport report;
    for (std::size_t i = 1; i < batch.size(); ++i) report.retryable.push_back(i);
    return report;
  };
  EXPECT_TRUE(run_delivery().closed());
}

TEST_F(DeliveryTest, BlockedStopsWithoutAnotherTry) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return all_retryable(batch.size(), "401 wrong password", Retry::blocked);
  };
  const auto entry = run_delivery();
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_EQ(output_.batches.size(), 1U);
  EXPECT_THAT(entry.problems, ElementsAre("401 wrong password"));
}

TEST_F(DeliveryTest, RejectedItemsAreCountedWithTheirReasons) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    SendReport report;
    report.rejected = {{2, "bad " + batch[2].bytes}, {2, "named twice"}, {99, "not in the batch"}};
    report.retryable = {2, 99};  // contradicts itself: rejected wins
    return report;
  };
  const auto entry = run_delivery();
  EXPECT_EQ(entry.rejected, 10 * kShare);
  EXPECT_EQ(entry.items, 90U);
  EXPECT_EQ(entry.problems.size(), 10U);
  EXPECT_EQ(entry.problems[1], "bad 12");
}

TEST_F(DeliveryTest, HalvesWhatIsTooLargeAndRemembers) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return batch.size() > 3 ? all_retryable(batch.size(), "413", Retry::smaller) : SendReport{};
  };
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
  std::vector<std::string> accepted;
  std::size_t refused = 0;
  for (const auto& batch : output_.batches) {
    if (batch.size() <= 3) accepted.insert(accepted.end(), batch.begin(), batch.end());
    refused += batch.size() > 3 ? 1 : 0;
  }
  EXPECT_EQ(accepted.size(), kItems);
  EXPECT_EQ(accepted[42], "42");
  EXPECT_EQ(refused, 2U);  // 10, 5; then no more
}

TEST_F(DeliveryTest, BisectionFindsTheCulprits) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    for (const auto& item : batch) {
      if (item.bytes == "13" || item.bytes == "17") {
        return all_retryable(batch.size(), "cannot parse " + item.bytes, Retry::bisect);
      }
    }
    return SendReport{};
  };
  const auto entry = run_delivery();
  EXPECT_EQ(entry.rejected, 2 * kShare);
  EXPECT_EQ(entry.accepted, 98 * kShare);
  EXPECT_THAT(entry.problems, ElementsAre("cannot parse 13", "cannot parse 17"));
  EXPECT_EQ(output_.batches.back().size(), 10U);  // later batches are as large as ever
}

TEST_F(DeliveryTest, AnItemTooLargeOnItsOwnIsRejected) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return all_retryable(batch.size(), "413 too large", Retry::smaller);
  };
  const auto entry = run_delivery();
  EXPECT_EQ(entry.rejected, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre("413 too large"));
}

TEST_F(DeliveryTest, PreparesOnceReadyAgain) {
  int failures = 3;
  output_.on_prepare = [&]() -> Result<void> {
    if (failures-- > 0) return fail(ErrorCode::unreachable, "not yet", true);
    return {};
  };
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_EQ(clock_.sleeps().size(), 3U);
}

TEST_F(DeliveryTest, AllIsPendingWhenItCannotPrepare) {
  for (const bool retryable : {false, true}) {
    output_.on_prepare = [&]() -> Result<void> { return fail(ErrorCode::refused, "no such luck", retryable); };
    const auto entry = run_delivery();
    EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
    EXPECT_THAT(entry.problems, ElementsAre("no such luck"));
    EXPECT_THAT(output_.batches, IsEmpty());
    EXPECT_EQ(clock_.sleeps().empty(), !retryable);
  }
}

TEST_F(DeliveryTest, OneOutputThatIsDownDoesNotTouchTheOthers) {
  std::vector<Destination> destinations;
  destinations.reserve(3);
  for (int i = 0; i < 3; ++i) destinations.push_back({fmt::format("{}", i), std::make_unique<Named>(i)});
  static_cast<Named&>(*destinations[1].output).on_send = [](std::span<const OutputItem> batch) {
    return all_retryable(batch.size(), "down");
  };
  const auto entries = RunDelivery(run_.info.run_id, destinations, spool_, options_, clock_).finish(run_, Start::fresh);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_TRUE(entries[0].closed());
  EXPECT_EQ(entries[1].pending, testing::kSampleRunRequests);
  EXPECT_TRUE(entries[2].closed());
  EXPECT_EQ(entries[2].target, "2");
}

TEST_F(DeliveryTest, NobodyAtAnAddressThatWasOnlyFoundCostsLittleAndNoWord) {
  std::vector<Destination> destinations;
  destinations.push_back({"", std::make_unique<Named>(0), false, true});
  static_cast<Named&>(*destinations[0].output).on_send = [](std::span<const OutputItem> batch) {
    return nobody(batch.size());
  };
  std::size_t failures_told = 0;
  options_.news = [&](const DeliveryNews& news) { failures_told += news.what == DeliveryNews::What::fails ? 1U : 0U; };
  const auto entries = RunDelivery(run_.info.run_id, destinations, spool_, options_, clock_).finish(run_, Start::fresh);
  EXPECT_EQ(entries[0].pending, testing::kSampleRunRequests);
  EXPECT_THAT(entries[0].problems, ElementsAre("connection refused"));
  EXPECT_EQ(clock_.steady(), options_.give_up_connecting_found);
  EXPECT_LT(options_.give_up_connecting_found, 1s);
  EXPECT_EQ(failures_told, 0U);
}

TEST_F(DeliveryTest, PostsTheLedgerWhileItChanges) {
  LedgerBoard board;
  options_.board = &board;
  std::vector<std::string> posted;
  output_.on_send = [&](std::span<const OutputItem> batch) {
    const LedgerCounts now = board.counts().at(std::string(output_.name()));
    posted.push_back(fmt::format("{}={}+{}+{}", now.read, now.accepted, now.rejected, now.pending()));
    return posted.size() == 1 ? all_rejected(batch.size(), "no") : SendReport();
  };
  const auto entry = run_delivery();
  ASSERT_GE(posted.size(), 3U);
  EXPECT_EQ(posted[0], "1200=0+0+1200");
  EXPECT_NE(posted[2], posted[1]);
  const LedgerCounts last = board.counts().at(std::string(output_.name()));
  EXPECT_EQ(last.accepted, entry.accepted);
  EXPECT_EQ(last.rejected, entry.rejected);
  EXPECT_GT(last.rejected, 0U);
  EXPECT_EQ(last.pending(), 0U);
}

TEST_F(DeliveryTest, EveryOutputSeesTheLedgerOfAll) {
  struct Onlooker final : Named {
    using Named::Named;
    void show_ledger(std::shared_ptr<const LedgerBoard> shown) override { board = std::move(shown); }
    std::shared_ptr<const LedgerBoard> board;
  };
  std::vector<Destination> destinations;
  destinations.push_back({"", std::make_unique<Onlooker>(0)});
  destinations.push_back({"", std::make_unique<Named>(1)});
  const auto entries = RunDelivery(run_.info.run_id, destinations, spool_, options_, clock_).finish(run_, Start::fresh);
  const auto& board = static_cast<Onlooker&>(*destinations[0].output).board;
  ASSERT_TRUE(board);
  const auto counts = board->counts();
  ASSERT_EQ(counts.size(), 2U);
  for (const LedgerEntry& entry : entries) EXPECT_EQ(counts.at(entry.output).accepted, testing::kSampleRunRequests);
}

TEST_F(DeliveryTest, PassesOnWhatPeopleHaveToKnow) {
  struct Talker final : Named {
    using Named::Named;
    std::string startup_message() override { return std::exchange(notice, {}); }
    std::string notice = "here I am";
  };
  Talker talker(0);
  std::vector<std::string> notices;
  options_.notice = [&](std::string_view output, const std::string& notice) {
    notices.push_back(fmt::format("{}: {}", output, notice));
  };
  EXPECT_TRUE(deliver(run_, talker, spool_, Start::fresh, options_, clock_, 1).closed());
  EXPECT_THAT(notices, ElementsAre(fmt::format("{}: here I am", talker.name())));
}

TEST_F(DeliveryTest, LeavesNothingBehindOnceAllIsDelivered) {
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_THAT(disk_.files(), IsEmpty());
}

TEST_F(DeliveryTest, GoesOnWhereItStopped) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    if (batch.front().bytes != "40") return SendReport{};
    auto report = all_retryable(batch.size(), "401", Retry::blocked);
    report.retryable.erase(report.retryable.begin(), report.retryable.begin() + 4);
    return report;
  };
  auto entry = run_delivery();
  EXPECT_EQ(entry.accepted, 44 * kShare);
  EXPECT_FALSE(entry.settled);
  output_.on_send = [](auto) { return SendReport{}; };
  output_.batches.clear();
  entry = run_delivery(Start::resume);
  EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  EXPECT_EQ(entry.accepted, testing::kSampleRunRequests);
  EXPECT_EQ(entry.items, kItems);
  EXPECT_EQ(output_.batches.front().front(), "40");  // the batch that was not settled, and nothing before it
  EXPECT_THAT(disk_.files(), IsEmpty());
}

TEST_F(DeliveryTest, BeginningAnewForgetsWhatWaits) {
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return batch.front().bytes == "50" ? all_retryable(batch.size(), "401", Retry::blocked) : SendReport{};
  };
  EXPECT_EQ(run_delivery().pending, 50 * kShare);
  output_.on_send = [](auto) { return SendReport{}; };
  output_.batches.clear();
  EXPECT_EQ(run_delivery().items, kItems);
  EXPECT_EQ(output_.batches.size(), 10U);
}

TEST_F(DeliveryTest, WaitsForWhoDeliversTheSameRunUnlessThatIsAllThereIsToDo) {
  auto other = spool_.open(run_.info.run_id, "scripted");
  ASSERT_TRUE(other);
  EXPECT_EQ(run_delivery(Start::resume).pending, testing::kSampleRunRequests);
  EXPECT_THAT(clock_.sleeps(), IsEmpty());
  const auto entry = run_delivery();
  EXPECT_THAT(entry.problems, ElementsAre(::testing::HasSubstr("another process")));
  EXPECT_EQ(clock_.steady(), options_.give_up_after);
}

TEST_F(DeliveryTest, WhatIsRefusedIsKeptWithTheReasonOnce) {
  const auto poisoned = [](std::span<const OutputItem> batch) {
    SendReport report;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch[i].bytes == "33") report.rejected.push_back({i, "poison"});
      if (batch[i].bytes == "36") report.retryable.push_back(i);
    }
    report.retry = Retry::blocked;
    return report;
  };
  output_.on_send = poisoned;
  EXPECT_EQ(run_delivery().rejected, kShare);  // stops within the batch of the poison, which is sent again
  EXPECT_EQ(dead_letters().size(), 1U);
  output_.on_send = [&](std::span<const OutputItem> batch) {
    auto report = poisoned(batch);
    report.retryable.clear();
    return report;
  };
  const auto entry = run_delivery(Start::resume);
  EXPECT_EQ(entry.rejected, kShare);
  EXPECT_EQ(entry.accepted, 99 * kShare);
  EXPECT_TRUE(entry.settled);
  EXPECT_THAT(dead_letters(), ElementsAre(std::pair("33", "poison")));
}

TEST_F(DeliveryTest, AsksAServerThatIsDownWithOneItem) {
  int failures = 4;
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return failures-- > 0 ? all_retryable(batch.size(), "down") : SendReport{};
  };
  EXPECT_TRUE(run_delivery().closed());
  std::vector<std::size_t> sizes;
  sizes.reserve(output_.batches.size());
  for (const auto& batch : output_.batches) sizes.push_back(batch.size());
  sizes.resize(9);
  EXPECT_THAT(sizes, ElementsAre(10, 10, 10, 1, 1, 2, 4, 3, 10));
}

TEST_F(DeliveryTest, MayGoOnAskingAServerThatRefusesUs) {
  options_.keep_retrying_blocked = true;
  int refusals = 5;
  output_.on_send = [&](std::span<const OutputItem> batch) {
    return refusals-- > 0 ? all_retryable(batch.size(), "401", Retry::blocked) : SendReport{};
  };
  EXPECT_TRUE(run_delivery().closed());
  EXPECT_EQ(clock_.sleeps().size(), 5U);
}

TEST_F(DeliveryTest, ADiskThatIsFullForAWhileLosesNothing) {
  for (const int times : {1, 3}) {
    for (std::uint64_t at = 0; at < 60; ++at) {
      output_.batches.clear();
      const std::uint64_t first = disk_.operations() + at;
      disk_.before = [&, first](testing::FaultyDisk::Operation, std::uint64_t number) -> Result<void> {
        if (number < first || number >= first + static_cast<std::uint64_t>(times)) return {};
        return fail(ErrorCode::io, "No space left on device", true);
      };
      const auto entry = run_delivery();
      EXPECT_TRUE(entry.closed()) << at << ::testing::PrintToString(entry.problems);
      EXPECT_EQ(entry.items, kItems);
      EXPECT_LE(clock_.steady(), 5s * times * 60);
    }
  }
}

TEST_F(DeliveryTest, ADiskThatStaysFullLeavesAllPending) {
  disk_.before = [](testing::FaultyDisk::Operation operation, std::uint64_t) -> Result<void> {
    if (operation != testing::FaultyDisk::Operation::write) return {};
    return fail(ErrorCode::io, "No space left on device", true);
  };
  const auto entry = run_delivery();
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre("No space left on device"));
  disk_.before = [](testing::FaultyDisk::Operation, std::uint64_t) { return Result<void>(); };
  EXPECT_TRUE(run_delivery(Start::resume).closed());
}

TEST_F(DeliveryTest, WhatIsDamagedOnTheDiskIsMadeAnew) {
  output_.on_prepare = []() -> Result<void> { return fail(ErrorCode::refused, "not yet"); };
  EXPECT_EQ(run_delivery().pending, testing::kSampleRunRequests);
  output_.on_prepare = [] { return Result<void>(); };
  for (const auto& path : disk_.files()) {
    std::string& content = disk_.content(path);
    for (const std::size_t at : {40U, 1000U, 2000U}) {
      if (at < content.size()) content[at] ^= 0x10;
    }
  }
  const auto entry = run_delivery(Start::resume);
  EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  EXPECT_EQ(entry.items, kItems);
  std::set<std::string> arrived;
  for (const auto& batch : output_.batches) arrived.insert(batch.begin(), batch.end());
  EXPECT_EQ(arrived.size(), kItems);
  for (const std::string& item : arrived) EXPECT_LT(std::stoul(item), kItems);
}

TEST_F(DeliveryTest, ASmallSpoolSendsAsItFills) {
  run_ = testing::wide_run(50, 400);
  output_.item_bytes = 400'000;  // 40 MB in all
  std::uint64_t most = 0;
  output_.on_send = [&](auto) {
    std::uint64_t bytes = 0;
    for (const auto& path : disk_.files()) bytes += disk_.content(path).size();
    most = std::max(most, bytes);
    return SendReport{};
  };
  Spool small(disk_, "/spool", 8 << 20, 7);
  const auto entry = deliver(run_, output_, small, Start::fresh, options_, clock_, 1);
  EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  EXPECT_EQ(entry.items, kItems);
  EXPECT_LT(most, 16U << 20);
}

TEST_F(DeliveryTest, WhatASmallSpoolDidNotTakeComesLater) {
  run_ = testing::wide_run(50, 400);
  output_.item_bytes = 400'000;  // 40 MB in all
  output_.on_send = [&](auto batch) {
    return output_.batches.size() < 3 ? SendReport{} : all_retryable(batch.size(), "down");
  };
  Spool small(disk_, "/spool", 8 << 20, 7);
  const auto first = deliver(run_, output_, small, Start::fresh, options_, clock_, 1);
  EXPECT_EQ(first.items, 20U);
  const auto nothing = deliver(run_, output_, small, Start::resume, options_, clock_, 1);
  EXPECT_EQ(nothing.items, 20U);
  output_.on_send = [](auto) { return SendReport{}; };
  const auto entry = deliver(run_, output_, small, Start::resume, options_, clock_, 1);
  EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  EXPECT_EQ(entry.items, kItems);
}

TEST_F(DeliveryTest, EndsWhenAskedToAndGoesOnLater) {
  std::stop_source stop;
  options_.stop = stop.get_token();
  output_.on_send = [&](auto) {
    if (output_.batches.size() == 3) stop.request_stop();
    return SendReport{};
  };
  const auto entry = run_delivery();
  EXPECT_EQ(entry.accepted, 30 * kShare);
  EXPECT_FALSE(entry.settled);
  EXPECT_THAT(entry.problems, ElementsAre(::testing::HasSubstr("asked to end")));
  EXPECT_TRUE(output_.was_aborted());
  options_.stop = {};
  EXPECT_TRUE(run_delivery(Start::resume).settled);
  EXPECT_EQ(output_.batches.size(), 10U);
}

TEST_F(DeliveryTest, DoesNotWaitOnceAskedToEnd) {
  std::stop_source stop;
  options_.stop = stop.get_token();
  output_.on_send = [&](auto batch) {
    if (output_.batches.size() == 2) stop.request_stop();
    return all_retryable(batch.size(), "down");
  };
  const auto entry = run_delivery();
  EXPECT_THAT(entry.problems, ElementsAre("down"));
  EXPECT_EQ(output_.batches.size(), 2U);
  EXPECT_EQ(clock_.sleeps().size(), 1U);
}

TEST_F(DeliveryTest, SendsSeveralBatchesAtOnceAndTheLastAlone) {
  output_.batch_limits = {.max_items = 5, .requests = 4};
  std::size_t with_the_last = 0;
  output_.on_send = [&](std::span<const OutputItem> batch) {
    std::unique_lock lock(output_.mutex);
    if (batch.back().bytes == "99") {
      with_the_last = output_.at_once;
      EXPECT_EQ(output_.batches.size(), 20U);
    } else if (batch.front().bytes != "0") {  // which goes alone, for nothing is known of the server
      output_.changed.wait_for(lock, 10s, [&] { return output_.most_at_once >= 2; });
    }
    return SendReport{};
  };
  const auto entry = run_delivery();
  EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  EXPECT_EQ(entry.items, kItems);
  EXPECT_GE(output_.most_at_once, 2U);
  EXPECT_LE(output_.most_at_once, 4U);
  EXPECT_EQ(with_the_last, 1U);
  std::set<std::string> arrived;
  for (const auto& batch : output_.batches) arrived.insert(batch.begin(), batch.end());
  EXPECT_EQ(arrived.size(), kItems);
}

// What others have got settled meanwhile counts once, though it is sent again.
TEST_F(DeliveryTest, CountsInOrderWhatArrivesInAnyOrder) {
  output_.batch_limits = {.max_items = 5, .requests = 4};
  bool blocked = true;
  output_.on_send = [&](std::span<const OutputItem> batch) {
    if (blocked && batch.front().bytes == "25") return all_retryable(batch.size(), "no rights", Retry::blocked);
    SendReport report;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch[i].bytes == "3" || batch[i].bytes == "33") report.rejected.push_back({i, "poison"});
    }
    return report;
  };
  const auto stopped = run_delivery();
  EXPECT_FALSE(stopped.settled);
  EXPECT_GE(stopped.accepted, 24 * kShare);
  EXPECT_THAT(stopped.problems, ::testing::Contains("no rights"));
  blocked = false;
  output_.batches.clear();
  const auto entry = run_delivery(Start::resume);
  EXPECT_EQ(output_.batches.front().front(), "25");
  EXPECT_TRUE(entry.settled);
  EXPECT_EQ(entry.accepted, 98 * kShare);
  EXPECT_EQ(entry.rejected, 2 * kShare);
  EXPECT_EQ(dead_letters().size(), 2U);
}

TEST_F(DeliveryTest, AsksAServerThatFailsWithOneRequestAtATime) {
  output_.batch_limits = {.max_items = 5, .requests = 4};
  std::size_t failures = 0;
  std::size_t most_while_failing = 0;
  output_.on_send = [&](std::span<const OutputItem> batch) {
    const std::lock_guard lock(output_.mutex);
    const bool fails = output_.batches.size() > 10 && failures < 6;
    if (fails && ++failures > 4) most_while_failing = std::max(most_while_failing, output_.at_once);
    return fails ? all_retryable(batch.size(), "busy") : SendReport{};
  };
  const auto entry = run_delivery();
  EXPECT_TRUE(entry.closed()) << ::testing::PrintToString(entry.problems);
  EXPECT_EQ(entry.accepted, testing::kSampleRunRequests);
  EXPECT_EQ(entry.retries, failures);
  EXPECT_EQ(most_while_failing, 1U);
}

// Killed or without power at any moment, and again while it recovers: each item arrives, with its bytes, and the ledger
// closes.
TEST_F(DeliveryTest, LosesNothingWhenThePowerGoes) {
  const auto poison = [](std::span<const OutputItem> batch) {
    SendReport report;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch[i].bytes == "77") report.rejected.push_back({i, "poison"});
    }
    return report;
  };
  output_.on_send = poison;
  run_delivery();
  const std::uint64_t operations = disk_.operations();
  std::mt19937_64 random(20'261'124);
  for (int round = 0; round < 400; ++round) {
    output_.batch_limits.requests = round < 300 ? 1 : 4;
    disk_.clear();
    output_.batches.clear();
    Start start = Start::fresh;
    std::optional<LedgerEntry> entry;
    for (int cuts = 0; !entry; ++cuts) {
      const std::uint64_t cut = disk_.operations() + random() % operations;
      if (cuts < 3) {
        disk_.before = [&, cut](testing::FaultyDisk::Operation, std::uint64_t number) -> Result<void> {
          if (number == cut) throw testing::PowerCut();
          return {};
        };
      }
      try {
        entry = run_delivery(start);
      } catch (const testing::PowerCut&) {
        disk_.lose_power(random);
        start = Start::resume;
      }
    }
    EXPECT_EQ(entry->accepted, 99 * kShare) << "round " << round;
    EXPECT_EQ(entry->rejected, kShare);
    EXPECT_TRUE(entry->settled);
    std::set<std::string> arrived;
    for (const auto& batch : output_.batches) arrived.insert(batch.begin(), batch.end());
    EXPECT_EQ(arrived.size(), kItems);
    EXPECT_THAT(dead_letters(), ElementsAre(std::pair("77", "poison")));
  }
}

/// An item for each kept sample.
class OfSamples final : public ScriptedOutput {
 public:
  [[nodiscard]] bool takes_samples() const override { return true; }
  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    run.kept_samples->for_each([&](const KeptSample& sample) { emit({std::to_string(sample.number), sample.repeat}); });
  }
};

/// The samples of another, but for the first so many.
class WithoutTheFirst final : public KeptSamples {
 public:
  WithoutTheFirst(std::shared_ptr<const KeptSamples> all, std::uint64_t missing)
      : all_(std::move(all)), missing_(missing) {}
  void for_each(const std::function<void(const KeptSample&)>& visit) const override {
    all_->for_each([&](const KeptSample& sample) {
      if (sample.number >= missing_) visit(sample);
    });
  }
  [[nodiscard]] std::string why_missing() const override { return "no room"; }

 private:
  std::shared_ptr<const KeptSamples> all_;
  std::uint64_t missing_;
};

TEST_F(DeliveryTest, SingleSamplesThatWereNotKeptAreRejected) {
  OfSamples output;
  const auto all = deliver(run_, output, spool_, Start::fresh, options_, clock_, 1);
  EXPECT_TRUE(all.closed());
  EXPECT_EQ(all.items, testing::kSampleRunRequests);

  run_.kept_samples = std::make_shared<WithoutTheFirst>(run_.kept_samples, 100);
  const auto some = deliver(run_, output, spool_, Start::fresh, options_, clock_, 1);
  EXPECT_EQ(some.accepted, testing::kSampleRunRequests - 100);
  EXPECT_EQ(some.rejected, 100U);
  EXPECT_EQ(some.pending, 0U);
  EXPECT_TRUE(some.settled);
  EXPECT_THAT(some.problems, ElementsAre("no room"));
}

}  // namespace
}  // namespace omniwriter
