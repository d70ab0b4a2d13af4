#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(Artillery, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("artillery", "report.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1308U);
  EXPECT_EQ(run.errors(total), 25U);
  EXPECT_EQ(run.series.size(), 6U);
  EXPECT_DOUBLE_EQ(total.quantile(0.999).value(), 1.2491);
  EXPECT_EQ(run.interval_seconds, 10);
  EXPECT_EQ(run.reported->timeline.size(), 4U);
}

}  // namespace
}  // namespace omniwriter
