#include "formats/gatling/records.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace omniwriter::gatling {
namespace {

constexpr std::int64_t kTimeMs = 1'795'447'511'034;
// As the sink wants them, with bytes behind that may be read.
constexpr std::string_view kKey = std::string_view("key       ").substr(0, 3);
constexpr std::string_view kNothing = kKey.substr(3);
constexpr std::int64_t kYearMs = std::int64_t{366} * 86'400'000;

class RecordSinkTest : public testing::Test {
 protected:
  void SetUp() override { sink_.begin(batch_); }
  bool request(std::int64_t start_ms, std::int64_t end_ms) {
    return sink_.request(kKey, start_ms, end_ms, true, kNothing) == nullptr;
  }

  SampleBatch batch_;
  RecordSink sink_{[](std::string_view key) { return key.empty() ? std::string() : "path of " + std::string(key); }};
};

TEST_F(RecordSinkTest, ImpossibleTimesAreRefused) {
  EXPECT_TRUE(request(kTimeMs, kTimeMs));
  EXPECT_TRUE(request(kTimeMs, kTimeMs + kYearMs));
  EXPECT_FALSE(request(kTimeMs, kTimeMs + kYearMs + 1));
  EXPECT_FALSE(request(kTimeMs, kTimeMs - 1));
  EXPECT_FALSE(request(0, kTimeMs));
  EXPECT_FALSE(request(kTimeMs, INT64_MAX));
  EXPECT_FALSE(request(INT64_MIN, INT64_MAX));
  EXPECT_NE(sink_.group(kKey, kTimeMs, kTimeMs, -1, true), nullptr);
  EXPECT_NE(sink_.group(kKey, kTimeMs, kTimeMs, kYearMs + 1, true), nullptr);
  EXPECT_NE(sink_.user(kKey, INT64_MAX, true), nullptr);
  EXPECT_EQ(batch_.samples.size(), 2U);
}

TEST_F(RecordSinkTest, AGroupLastsAsLongAsItsResponses) {
  ASSERT_EQ(sink_.group(kKey, kTimeMs, kTimeMs + 10, 7, false), nullptr);
  const Sample& sample = batch_.samples.at(0);
  EXPECT_EQ(sample.kind, SampleKind::transaction);
  EXPECT_EQ(sample.duration_ns, 7'000'000);
  EXPECT_EQ(batch_.endpoints()[sample.endpoint], "path of key");
  EXPECT_EQ(batch_.outcomes()[sample.outcome], (Outcome{"error", "error"}));
}

TEST_F(RecordSinkTest, NamesOutliveTheTablesOfABatch) {
  ASSERT_TRUE(request(kTimeMs, kTimeMs));
  for (int i = 0; !batch_.clear_tables_if_large(); ++i) batch_.endpoint(std::to_string(i));
  batch_.clear_samples();
  sink_.begin(batch_);
  ASSERT_TRUE(request(kTimeMs, kTimeMs));
  ASSERT_EQ(sink_.request(kNothing, kTimeMs, kTimeMs, true, kNothing), nullptr);
  EXPECT_EQ(batch_.endpoints()[batch_.samples.at(0).endpoint], "path of key");
  EXPECT_EQ(batch_.outcomes()[batch_.samples.at(0).outcome], (Outcome{"ok", ""}));
  EXPECT_EQ(batch_.endpoints()[batch_.samples.at(1).endpoint], "(unnamed)");
}

TEST_F(RecordSinkTest, UsersAreCountedThroughBatches) {
  UserCount count;
  sink_.user(kKey, kTimeMs, false);  // whoever ends without a start is not counted
  sink_.user(kKey, kTimeMs, true);
  sink_.user(kKey, kTimeMs, true);
  count.apply(batch_);
  EXPECT_EQ(batch_.active_users.back().users, 2U);
  batch_.clear_samples();
  sink_.begin(batch_);
  request(kTimeMs, kTimeMs + 1);  // a second that has a number already
  EXPECT_TRUE(batch_.active_users.empty());
  request(kTimeMs, kTimeMs + 5000);
  sink_.user(kKey, kTimeMs + 6000, false);
  count.apply(batch_);
  // All of them, and those of the one scenario, which users do not have to name again.
  ASSERT_EQ(batch_.active_users.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(batch_.active_users[i].users, i < 2 ? 2U : 1U);
    EXPECT_EQ(batch_.active_users[i].scenario != 0, i % 2 == 1);
  }
}

}  // namespace
}  // namespace omniwriter::gatling
