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

TEST(CsvOutput, PhasesChecksAndMetricsAreRowsWithColumnsOfTheirOwn) {
  const auto output = output_csv().make(Config(), "x.csv");
  ASSERT_TRUE(output);
  std::string text;
  (*output)->encode(testing::detailed_run(), [&](const OutputItem& item) { text += item.bytes; });
  const std::string head = text.substr(0, text.find("\r\n"));
  EXPECT_TRUE(
      head.ends_with(",memory_mb,type,phase,dimension,dimension_value,check,metric,metric_type,count,sum,passed,failed,"
                     "ratio,added,per_second,last"));
  EXPECT_NE(
      text.find("2026-01-31T23:59:04.000Z,1,run-1,checkout,,,,,,,,,,,,,,,,,check,,,,status is 200,,,1,,0,1,0,,,\r\n"),
      std::string::npos);
  EXPECT_NE(text.find(",interval_total,,,,,,,,,,,,,,\r\n"), std::string::npos);
  const auto columns = std::ranges::count(head, ',');
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find("\r\n", at);
    const std::string row = text.substr(at, end - at);
    if (row.find('"') == std::string::npos) {
      EXPECT_EQ(std::ranges::count(row, ','), columns) << row;
    }
    at = end + 2;
  }
}

}  // namespace
}  // namespace omniwriter
