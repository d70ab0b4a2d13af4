#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "reports/report.h"
#include "support/golden.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

TEST(CsvReport, HasTheNumbersOfEachEndpoint) {
  testing::expect_golden(csv_report({testing::shop_run(), {}}), "src/reports/csv/testdata/shop.csv");
}

TEST(CsvReport, NoNameIsAFormula) {
  for (const char* name : {"=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1"}) {
    auto run = testing::shop_run();
    for (Series& series : run.series) series.endpoint = name;
    std::istringstream lines(csv_report({run, {}}));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      const bool harmless = line.starts_with('\'') || line.starts_with("\"'") || line.starts_with('\\');
      EXPECT_TRUE(harmless) << line;
    }
  }
  auto run = testing::shop_run();
  run.series.front().endpoint = "GET /a=1";
  EXPECT_THAT(csv_report({run, {}}), ::testing::HasSubstr("\r\nGET /a=1,")) << "only the first character counts";
}

TEST(CsvReport, NoNameBreaksARow) {
  const std::string csv = csv_report({testing::hostile_run(), {}});
  std::istringstream lines(csv);
  std::string line;
  std::size_t rows = 0;
  while (std::getline(lines, line)) {
    ++rows;
    EXPECT_TRUE(line.ends_with('\r'));
    bool quoted = false;
    std::ptrdiff_t commas = 0;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (c == ',' && !quoted) ++commas;
    }
    EXPECT_EQ(commas, 19) << line;
    EXPECT_FALSE(quoted) << line;
  }
  EXPECT_EQ(rows, 1 + testing::hostile_run().series.size());
}

}  // namespace
}  // namespace omniwriter
