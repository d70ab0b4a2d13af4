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
    EXPECT_EQ(commas, 17) << line;
    EXPECT_FALSE(quoted) << line;
  }
  EXPECT_EQ(rows, 1 + testing::hostile_run().series.size());
}

}  // namespace
}  // namespace omniwriter
