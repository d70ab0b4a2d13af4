#include "reports/run_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/aggregator.h"

namespace omniwriter {
namespace {

Run run_with_transactions(const std::vector<std::pair<std::string, std::int64_t>>& times) {
  SampleBatch batch;
  for (const auto& [name, time_ns] : times) {
    Sample& sample = batch.samples.emplace_back();
    sample.start_ns = 1'795'446'856'000'000'000;
    sample.duration_ns = time_ns;
    sample.endpoint = batch.endpoint(name);
    sample.outcome = batch.outcome("ok", "");
    sample.kind = SampleKind::transaction;
  }
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  return aggregator.finish();
}

std::vector<std::string> shown(const RunSummary& summary) {
  std::vector<std::string> names;
  for (const EndpointSummary& transaction : summary.transactions) names.push_back(transaction.indented("  "));
  return names;
}

TEST(RunSummary, ATransactionStandsAboveThoseThatLieInIt) {
  const omniwriter::Run run = run_with_transactions({{"buy / pay / card", 300},
                                                     {"look", 500},
                                                     {"buy", 400},
                                                     {"buy / pay", 100},
                                                     {"buy / cart", 200},
                                                     {"buy / skipped / deep", 50},
                                                     {"a / b", 10}});
  const RunSummary summary(run);
  EXPECT_THAT(shown(summary),
              testing::ElementsAre("look", "buy", "  cart", "  pay", "    card", "  skipped / deep", "a / b"))
      << "by the sum of their times, each within the one around it that there is";
  EXPECT_THAT(summary.transactions[4].path, testing::ElementsAre("buy", "pay", "card"));
  EXPECT_EQ(summary.transactions[4].endpoint, "buy / pay / card");
  EXPECT_EQ(summary.transactions[4].numbers.tally.response_time.sum_ns(), 300U);
}

TEST(RunSummary, WithoutNestingTransactionsStayAsTheyAre) {
  const omniwriter::Run run = run_with_transactions({{"b", 2}, {"a", 3}, {" / ", 1}});
  EXPECT_THAT(shown(RunSummary(run)), testing::ElementsAre("a", "b", " / "));
}

}  // namespace
}  // namespace omniwriter
