#include <gtest/gtest.h>

#include "support/summary_files.h"

namespace omniwriter {
namespace {

TEST(OhaReport, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("oha-report", "small.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 3000U);
  EXPECT_EQ(run.errors(total), 257U);
  EXPECT_DOUBLE_EQ(total.quantile(0.999).value(), 0.038960752);
  EXPECT_DOUBLE_EQ(total.minimum().value(), 0.000100889);
}

}  // namespace
}  // namespace omniwriter
