#include "pipeline/delivery.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "support/fake_clock.h"
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
class ScriptedOutput final : public Output {
 public:
  std::function<SendReport(std::span<const OutputItem>)> on_send = [](auto) { return SendReport{}; };
  std::function<Result<void>()> on_prepare = [] { return Result<void>(); };
  std::function<bool(std::size_t item)> starts_batch = [](std::size_t) { return false; };
  BatchLimits batch_limits{.max_items = 10};
  std::vector<std::vector<std::string>> batches;

  [[nodiscard]] std::string_view name() const override { return "scripted"; }
  [[nodiscard]] BatchLimits limits() const override { return batch_limits; }
  [[nodiscard]] Result<void> prepare() override { return on_prepare(); }
  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    for (std::size_t i = 0; i < kItems; ++i) {
      emit({fmt::format("{}", i), run.samples_of(SampleKind::request) / kItems, starts_batch(i)});
    }
  }
  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds /*timeout*/) override {
    batches.emplace_back();
    for (const auto& item : batch) batches.back().push_back(item.bytes);
    return on_send(batch);
  }
};

class DeliveryTest : public ::testing::Test {
 protected:
  LedgerEntry run_delivery() {
    const auto entry = deliver(run_, output_, options_, clock_, 1);
    EXPECT_EQ(entry.accepted + entry.rejected + entry.pending, run_.samples_of(SampleKind::request));
    return entry;
  }
  omniwriter::Run run_ = testing::sample_run();
  ScriptedOutput output_;
  DeliveryOptions options_;
  testing::FakeClock clock_;
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
  EXPECT_EQ(refused, 3U);  // 10, 5, 5; then no more
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
  std::vector<std::unique_ptr<Output>> outputs;
  outputs.reserve(3);
  for (int i = 0; i < 3; ++i) outputs.push_back(std::make_unique<ScriptedOutput>());
  static_cast<ScriptedOutput&>(*outputs[1]).on_send = [](std::span<const OutputItem> batch) {
    return all_retryable(batch.size(), "down");
  };
  const auto entries = deliver_to_all(run_, outputs, options_, clock_);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_TRUE(entries[0].closed());
  EXPECT_EQ(entries[1].pending, testing::kSampleRunRequests);
  EXPECT_TRUE(entries[2].closed());
}

}  // namespace
}  // namespace omniwriter
