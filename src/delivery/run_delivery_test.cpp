#include "delivery/run_delivery.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "support/fake_clock.h"
#include "support/faulty_disk.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Writes down what it is told: "slot:samples" for slots, "whole" for a run, "removed", "whole removed".
class Diary final : public Output {
 public:
  [[nodiscard]] std::string_view name() const override { return "diary"; }
  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    if (replaces) return encode_rest(run, {}, emit);
    emit({"whole", run.samples_of(SampleKind::request)});
  }
  [[nodiscard]] bool replaces_slots() const override { return replaces; }
  void encode_rest(const Run& run, const SentSlots& sent, const std::function<void(OutputItem)>& emit) const override {
    encode_slots(run, {}, sent, emit);
    emit({"whole", 0});
  }
  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    encode_slots(so_far, news.fresh, {}, emit);
    if (tells_recent) emit({fmt::format("recent {}", news.recent.samples()), 0});
  }
  static void encode_slots(const Run& run, SlotRange slots, const SentSlots& sent,
                           const std::function<void(OutputItem)>& emit) {
    run.for_each_total(
        [&](std::int64_t slot, const Tally& all) {
          if (!sent.has(slot)) emit({fmt::format("{}:{}", slot * run.interval_seconds, all.samples()), all.samples()});
        },
        slots);
  }
  bool tells_recent = false;
  bool replaces = false;
  std::string refuses;
  int busy_removals = 0;
  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds /*timeout*/) override {
    const std::lock_guard lock(mutex_);
    ++sends_;
    changed_.notify_all();
    if (fails_) return all_retryable(batch.size(), "down");
    SendReport report;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch[i].bytes == refuses) {
        report.rejected.push_back({i, "no"});
      } else {
        entries_.push_back(batch[i].bytes);
      }
    }
    return report;
  }
  void show_ledger(std::shared_ptr<const LedgerBoard> board) override { board_ = std::move(board); }
  [[nodiscard]] LedgerCounts posted() const { return board_->counts()["diary"]; }
  [[nodiscard]] Result<void> remove(const Run& /*run*/) override { return remove("removed"); }
  [[nodiscard]] Result<void> remove_whole(const Run& /*run*/) override { return remove("whole removed"); }

  void fail(bool fails) {
    const std::lock_guard lock(mutex_);
    fails_ = fails;
  }
  void wait_for_sends(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return sends_ >= count; });
  }
  std::vector<std::string> entries() {
    const std::lock_guard lock(mutex_);
    return entries_;
  }

 private:
  Result<void> remove(const char* entry) {
    const std::lock_guard lock(mutex_);
    if (fails_) return omniwriter::fail(ErrorCode::unreachable, "down");
    if (busy_removals > 0) {
      --busy_removals;
      return omniwriter::fail(ErrorCode::refused, "busy", true);
    }
    entries_.emplace_back(entry);
    return {};
  }

  std::shared_ptr<const LedgerBoard> board_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool fails_ = false;
  int sends_ = 0;
  std::vector<std::string> entries_;
};

/// A run with so many requests in slot 0, 1, 2, ...; no slot where there are none.
omniwriter::Run run_of(const std::vector<std::uint64_t>& samples, std::int64_t interval_seconds = 1) {
  omniwriter::Run run;
  run.info.run_id = "run";
  run.interval_seconds = interval_seconds;
  Series series;
  series.endpoint = "/";
  for (std::size_t slot = 0; slot < samples.size(); ++slot) {
    if (samples[slot] == 0) continue;
    Tally tally;
    tally.response_time.add(1'000'000, samples[slot]);
    series.total.merge(tally);
    series.timeline.add(Timeline({{static_cast<std::int64_t>(slot), tally}}));
  }
  run.series.push_back(series);
  return run;
}

class RunDeliveryTest : public ::testing::Test {
 protected:
  RunDeliveryTest() {
    auto diary = std::make_unique<Diary>();
    diary_ = diary.get();
    destinations_.push_back({"", std::move(diary)});
  }
  void begin(std::optional<DeliveredBefore> before = {}) {
    DeliveryOptions options = options_;
    options.news = [this](const DeliveryNews& news) {
      if (news.what == DeliveryNews::What::fails) news_.push_back(fmt::format("{}: {}", news.output, news.text));
      if (news.what == DeliveryNews::What::recovers) {
        news_.push_back(fmt::format("well after {} s", std::chrono::duration<double>(news.time).count()));
      }
      ++told_;
    };
    live_ = std::make_unique<RunDelivery>("run", destinations_, spool_, options, clock_, std::move(before));
  }
  /// Goes on with a run that was delivered when it was so.
  void go_on_behind(const std::vector<std::uint64_t>& samples) {
    begin(DeliveredBefore{std::make_shared<omniwriter::Run>(run_of(samples)), {{"diary", ""}}});
  }
  void tell(const std::vector<std::uint64_t>& samples, std::int64_t before, int sends, std::int64_t interval = 1) {
    live_->publish(std::make_shared<omniwriter::Run>(run_of(samples, interval)), before);
    diary_->wait_for_sends(sends);
  }

  /// Once so many samples are told of, and that is kept.
  void end_as_if_killed(std::uint64_t accepted) {
    while (diary_->posted().accepted < accepted) std::this_thread::yield();
    live_.reset();
  }

  testing::FakeClock clock_;
  std::vector<Destination> destinations_;
  testing::FaultyDisk disk_;
  Spool spool_{disk_, "/spool", 1 << 30, 7};
  Diary* diary_;
  DeliveryOptions options_;
  std::vector<std::string> news_;  // from the thread of the output; not to be read before it has ended
  std::atomic<int> told_ = 0;
  std::unique_ptr<RunDelivery> live_;
};

TEST_F(RunDeliveryTest, TellsOfEachSlotOnceAndOfAllInTheEnd) {
  begin();
  tell({5, 3, 1}, 2, 1);
  tell({5, 3, 4, 2}, 3, 2);
  const auto ledger = live_->finish(run_of({5, 3, 4, 2}), Start::fresh);
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "2:4", "whole"));
  ASSERT_EQ(ledger.size(), 1U);
  EXPECT_EQ(ledger[0].accepted, 14U);
  EXPECT_THAT(news_, IsEmpty());
}

TEST_F(RunDeliveryTest, PostsWhatWasToldSoFar) {
  begin();
  tell({5, 3, 1}, 2, 1);
  tell({5, 3, 4, 2}, 3, 2);
  EXPECT_EQ(diary_->posted().read, 14U);
  EXPECT_GE(diary_->posted().accepted, 8U) << "the second send may not have been counted yet";
  static_cast<void>(live_->finish(run_of({5, 3, 4, 2}), Start::fresh));
  EXPECT_EQ(diary_->posted().accepted, 14U);
}

TEST_F(RunDeliveryTest, TakesBackASlotThatGotALateSample) {
  begin();
  tell({5, 3, 1}, 2, 1);
  static_cast<void>(live_->finish(run_of({5, 4, 1}), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "removed", "whole"));
}

TEST_F(RunDeliveryTest, TakesBackSlotsThatBecameWider) {
  begin();
  tell({5, 3}, 2, 1);
  tell({8, 1}, 1, 2, 2);
  static_cast<void>(live_->finish(run_of({8, 1}, 2), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "0:8", "removed", "whole"));
}

TEST_F(RunDeliveryTest, WhereTheRunBeganEarlierHowItStoodAsAWholeIsTakenBackAlone) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  auto moved = run_of({5, 3, 4, 2});
  moved.started_ns = -1;
  live_->publish(std::make_shared<omniwriter::Run>(moved), 3);
  diary_->wait_for_sends(2);
  EXPECT_TRUE(live_->finish(moved, Start::fresh)[0].closed());
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "whole removed", "2:4", "3:2", "whole"));
}

TEST_F(RunDeliveryTest, WhatABusyServerDidNotLetGoOfIsTakenBackInTheEnd) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  diary_->busy_removals = 2;
  auto moved = run_of({5, 3, 4, 2});
  moved.started_ns = -1;
  live_->publish(std::make_shared<omniwriter::Run>(moved), 3);
  diary_->wait_for_sends(2);
  EXPECT_TRUE(live_->finish(moved, Start::fresh)[0].closed());
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "2:4", "whole removed", "3:2", "whole"));
}

TEST_F(RunDeliveryTest, WhatIsToBeTakenBackIsKnownToALaterDelivery) {
  diary_->replaces = true;
  options_.give_up_after = 0ms;
  begin();
  tell({5, 3, 1}, 2, 1);
  diary_->fail(true);
  auto moved = run_of({5, 3, 1});
  moved.started_ns = -1;
  EXPECT_EQ(live_->finish(moved, Start::fresh)[0].pending, 1U);
  diary_->fail(false);
  EXPECT_TRUE(deliver(moved, *diary_, spool_, Start::resume, {}, clock_, 1).closed());
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "whole removed", "2:1", "whole"));
}

TEST_F(RunDeliveryTest, WhereAKilledProcessKnewOfAnotherStartHowItStoodIsTakenBackToo) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  end_as_if_killed(8);
  auto moved = run_of({5, 3, 1});
  moved.started_ns = -1;
  EXPECT_TRUE(deliver(moved, *diary_, spool_, Start::resume, {}, clock_, 1).closed());
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "whole removed", "2:1", "whole"));
}

TEST_F(RunDeliveryTest, ARequestThatTurnsUpWhereNoneWasTouchesNoOtherSlot) {
  diary_->replaces = true;
  begin();
  tell({0, 5, 0, 3, 1}, 4, 1);
  const auto ledger = live_->finish(run_of({2, 5, 4, 3, 1}), Start::fresh);
  EXPECT_THAT(diary_->entries(), ElementsAre("1:5", "3:3", "0:2", "2:4", "4:1", "whole"));
  EXPECT_EQ(ledger[0].accepted, 15U);
}

TEST_F(RunDeliveryTest, OfARunThatHasGrownSinceItWasDeliveredWhatIsNewIsTold) {
  diary_->replaces = true;
  go_on_behind({5, 3, 1});
  live_->publish(std::make_shared<omniwriter::Run>(run_of({5})), 1);  // reads again what is known
  tell({5, 3, 4, 2}, 3, 1);
  const auto ledger = live_->finish(run_of({5, 3, 4, 2, 6}), Start::fresh);
  EXPECT_THAT(diary_->entries(), ElementsAre("2:4", "3:2", "4:6", "whole"));
  EXPECT_EQ(ledger[0].accepted, 20U);
  EXPECT_TRUE(ledger[0].closed());
}

TEST_F(RunDeliveryTest, OfARunThatHasGrownWithinTheSlotsThatChangedAreToldAgain) {
  diary_->replaces = true;
  go_on_behind({5, 3, 0, 1});
  static_cast<void>(live_->finish(run_of({6, 3, 2, 1}), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("whole removed", "0:6", "2:2", "3:1", "whole"));
}

TEST_F(RunDeliveryTest, ARunThatDidNotGrowOutOfWhatWasDeliveredTakesItsPlace) {
  diary_->replaces = true;
  go_on_behind({5, 3, 1});
  static_cast<void>(live_->finish(run_of({6, 2, 1}), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("removed", "0:6", "1:2", "2:1", "whole"));
}

TEST_F(RunDeliveryTest, WhatWasDeliveredElsewhereIsTakenBack) {
  diary_->replaces = true;
  begin(DeliveredBefore{std::make_shared<omniwriter::Run>(run_of({5, 3})), {{"diary", "elsewhere"}}});
  static_cast<void>(live_->finish(run_of({5, 3}), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("removed", "0:5", "1:3", "whole"));
}

TEST_F(RunDeliveryTest, WhatWasDeliveredIsKnownAfterAKillToo) {
  diary_->replaces = true;
  go_on_behind({5, 3, 1});
  live_.reset();

  begin(DeliveredBefore{});
  static_cast<void>(live_->finish(run_of({5, 3, 4, 2}), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("2:4", "3:2", "whole"));
}

TEST_F(RunDeliveryTest, AnOutputThatReplacesSlotsIsToldOfTheOthersAlone) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  const auto ledger = live_->finish(run_of({5, 3, 4, 2}), Start::fresh);
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "2:4", "3:2", "whole"));
  EXPECT_EQ(ledger[0].accepted, 14U);
  EXPECT_TRUE(ledger[0].closed());
}

TEST_F(RunDeliveryTest, AnOutputThatReplacesSlotsIsToldAgainOfThoseThatChanged) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  diary_->fail(true);
  tell({5, 4, 1}, 3, 2);
  diary_->fail(false);
  const auto ledger = live_->finish(run_of({5, 4, 1}), Start::fresh);
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "1:4", "2:1", "whole"));
  EXPECT_EQ(ledger[0].accepted, 10U);
}

TEST_F(RunDeliveryTest, AnOutputThatReplacesSlotsIsToldAgainOfThoseThatGotALateCheck) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  auto run = run_of({5, 3, 1});
  Tally check;
  check.response_time.add(0);
  run.series.push_back(
      {.endpoint = "ok", .kind = SampleKind::check, .total = check, .timeline = Timeline({{1, check}})});
  static_cast<void>(live_->finish(run, Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "1:3", "2:1", "whole"));
}

TEST_F(RunDeliveryTest, ASlotThatIsRefusedHoldsUpNoOtherAndIsADeadLetterInTheEnd) {
  diary_->replaces = true;
  diary_->refuses = "1:3";
  begin();
  tell({5, 3, 1}, 2, 1);
  tell({5, 3, 4, 2}, 3, 2);
  const auto ledger = live_->finish(run_of({5, 3, 4, 2}), Start::fresh);
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "2:4", "0:5", "3:2", "whole"));
  EXPECT_EQ(ledger[0].accepted, 11U);
  EXPECT_EQ(ledger[0].rejected, 3U);
  EXPECT_THAT(ledger[0].problems, ElementsAre("no"));
}

TEST_F(RunDeliveryTest, WhatWasToldIsKnownToALaterDeliveryToo) {
  diary_->replaces = true;
  options_.give_up_after = 0ms;
  begin();
  tell({5, 3, 1}, 2, 1);
  diary_->fail(true);
  const auto run = run_of({5, 3, 4, 2});
  const auto ledger = live_->finish(run, Start::fresh);
  EXPECT_EQ(ledger[0].accepted, 8U);
  EXPECT_EQ(ledger[0].pending, 6U);
  diary_->fail(false);
  const auto later = deliver(run, *diary_, spool_, Start::resume, {}, clock_, 1);
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "2:4", "3:2", "whole"));
  EXPECT_EQ(later.accepted, 14U);
  EXPECT_TRUE(later.closed());
}

TEST_F(RunDeliveryTest, AnOutputThatReplacesSlotsIsToldAllAnewWhereSlotsBecameWider) {
  diary_->replaces = true;
  begin();
  tell({5, 3}, 2, 1);
  static_cast<void>(live_->finish(run_of({8, 1}, 2), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "removed", "0:8", "2:1", "whole"));
}

TEST_F(RunDeliveryTest, TellsOfTheRequestsOfTheLastFiveSeconds) {
  diary_->tells_recent = true;
  begin();
  const std::vector<std::vector<std::uint64_t>> states{{5}, {5, 3}, {5, 3, 2}, {5, 3, 2}, {5, 3, 2}};
  int sends = 0;
  for (const auto& state : states) {
    tell(state, 0, ++sends);
    clock_.advance(3s);
  }
  static_cast<void>(live_->finish(run_of(states.back()), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("recent 0", "recent 3", "recent 5", "recent 2", "recent 0", "whole"));
}

TEST_F(RunDeliveryTest, TakesBackWhatAnotherProcessTold) {
  begin(DeliveredBefore{});
  static_cast<void>(live_->finish(run_of({5}), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("removed", "whole"));
}

TEST_F(RunDeliveryTest, WhatAnotherProcessToldOfSlotsIsNotToldAgain) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  end_as_if_killed(8);

  begin(DeliveredBefore{});
  live_->publish(std::make_shared<omniwriter::Run>(run_of({5})), 1);  // reads again what is known
  tell({5, 3, 4, 2}, 3, 2);
  static_cast<void>(live_->finish(run_of({5, 3, 4, 2}), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "2:4", "3:2", "whole"));
}

TEST_F(RunDeliveryTest, WhatAKilledProcessBeganToSendIsNotTakenBack) {
  diary_->replaces = true;
  diary_->fail(true);
  begin();
  tell({5, 3, 1}, 2, 1);
  live_.reset();

  diary_->fail(false);
  begin(DeliveredBefore{});
  const auto ledger = live_->finish(run_of({5, 3, 1}), Start::fresh);
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "2:1", "whole"));
}

TEST_F(RunDeliveryTest, WhatAKilledProcessToldIsNotDeliveredAgain) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  end_as_if_killed(8);

  const auto ledger = deliver(run_of({5, 3, 1}), *diary_, spool_, Start::resume, {}, clock_, 1);
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "2:1", "whole"));
  EXPECT_EQ(ledger.accepted, 9U);
  EXPECT_TRUE(ledger.closed());
}

TEST_F(RunDeliveryTest, WhatAKilledProcessToldOfARunThatWasKeptBeforeIsDeliveredAsItWasKept) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  end_as_if_killed(8);

  const auto ledger = deliver(run_of({5, 2}), *diary_, spool_, Start::resume, {}, clock_, 1);
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "1:2", "whole"));
  EXPECT_EQ(ledger.accepted, 7U);
}

TEST_F(RunDeliveryTest, OfWhatAnotherProcessToldTheSlotIsToldAgainThatGotALateSample) {
  diary_->replaces = true;
  begin();
  tell({5, 3, 1}, 2, 1);
  end_as_if_killed(8);

  begin(DeliveredBefore{});
  const auto ledger = live_->finish(run_of({6, 3, 1}), Start::fresh);
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "0:6", "2:1", "whole"));
  EXPECT_EQ(ledger[0].accepted, 10U);
}

TEST_F(RunDeliveryTest, OfALongRunFewSlotsAreToldAgain) {
  diary_->replaces = true;
  std::vector<std::uint64_t> samples(20'000, 1);
  begin();
  live_->publish(std::make_shared<omniwriter::Run>(run_of(samples)), 20'000);
  end_as_if_killed(20'000);

  begin(DeliveredBefore{});
  samples[19'990] = 2;
  const auto ledger = live_->finish(run_of(samples), Start::fresh);
  EXPECT_EQ(ledger[0].accepted, 20'001U);
  EXPECT_THAT(diary_->entries().back(), "whole");
  EXPECT_EQ(diary_->entries().size(), 20'000U + 1 + 1);
}

TEST_F(RunDeliveryTest, TellsLaterWhatFailedAndOfEachOutageTwice) {
  begin();
  diary_->fail(true);
  tell({5, 3}, 1, 1);
  while (told_ == 0) std::this_thread::yield();
  clock_.advance(std::chrono::seconds(90));
  tell({5, 3}, 2, 2);
  diary_->fail(false);
  tell({5, 3, 1}, 2, 3);
  static_cast<void>(live_->finish(run_of({5, 3, 1}), Start::fresh));
  EXPECT_THAT(diary_->entries(), ElementsAre("0:5", "1:3", "removed", "whole"));
  EXPECT_THAT(news_, ElementsAre("diary: down", "well after 90 s"));
}

TEST_F(RunDeliveryTest, TakesBackOnceTheServerIsThereAgain) {
  diary_->busy_removals = 3;
  begin(DeliveredBefore{});
  const auto ledger = live_->finish(run_of({5}), Start::fresh);
  EXPECT_THAT(diary_->entries(), ElementsAre("removed", "whole"));
  EXPECT_TRUE(ledger[0].closed());
  EXPECT_EQ(clock_.sleeps().size(), 3U);
}

TEST_F(RunDeliveryTest, SaysThatItCouldNotTakeBack) {
  begin(DeliveredBefore{});
  diary_->fail(true);
  const auto ledger = live_->finish(run_of({5}), Start::fresh);
  EXPECT_FALSE(ledger[0].closed());
  EXPECT_THAT(ledger[0].problems.back(), ::testing::HasSubstr("not taken back: down"));
}

/// One server, and two outputs of it: taking back forgets all there is, single samples too.
struct ForgetfulServer {
  std::mutex mutex;
  std::vector<std::string> entries;
};

class PartOfServer final : public Output {
 public:
  PartOfServer(ForgetfulServer& server, bool samples) : server_(server), samples_(samples) {}
  [[nodiscard]] std::string_view name() const override { return samples_ ? "part_samples" : "part"; }
  [[nodiscard]] bool takes_samples() const override { return samples_; }
  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    emit({std::string(name()), run.samples_of(SampleKind::request)});
  }
  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds /*timeout*/) override {
    const std::lock_guard lock(server_.mutex);
    for (const OutputItem& item : batch) server_.entries.push_back(item.bytes);
    return {};
  }
  [[nodiscard]] Result<void> remove(const Run& run) override {
    if (samples_) return Output::remove(run);
    std::this_thread::sleep_for(100ms);  // long enough for the other to be through
    const std::lock_guard lock(server_.mutex);
    server_.entries.clear();
    return {};
  }

 private:
  ForgetfulServer& server_;
  bool samples_;
};

TEST(RunDelivery, WhatIsTakenBackIsNoSingleSampleThatCameBefore) {
  ForgetfulServer server;
  std::vector<Destination> destinations;
  for (const bool samples : {true, false}) {
    destinations.push_back({"http://one", std::make_unique<PartOfServer>(server, samples)});
  }
  testing::FakeClock clock;
  testing::FaultyDisk disk;
  Spool spool(disk, "/spool", 1 << 20, 7);
  RunDelivery live("run", destinations, spool, {}, clock, DeliveredBefore{});
  for (const LedgerEntry& entry : live.finish(testing::sample_run(), Start::fresh)) EXPECT_TRUE(entry.closed());
  EXPECT_THAT(server.entries, ::testing::UnorderedElementsAre("part", "part_samples"));
}

}  // namespace
}  // namespace omniwriter
