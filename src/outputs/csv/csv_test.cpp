#include <gtest/gtest.h>

#include <algorithm>

#include "delivery/output_kind.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_csv();

namespace {

TEST(CsvOutput, HoldsARowForEveryPointAndTheConfiguredLabels) {
  Config config;
  config.labels = {{"team", "shop"}};
  const auto output = output_csv().make(config, "x.csv");
  ASSERT_TRUE(output);
  std::string text;
  (*output)->encode(testing::sample_run(), [&](const OutputItem& item) { text += item.bytes; });
  EXPECT_EQ(std::ranges::count(text, '\n'), 1 + 120 * 4);  // three endpoints and their total in each second
  EXPECT_EQ(text.substr(0, 58), "time,interval_seconds,testid,test_name,endpoint,team,reque");
}

}  // namespace
}  // namespace omniwriter
