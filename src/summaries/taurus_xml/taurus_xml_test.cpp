#include <gtest/gtest.h>

#include "reading/summary_format.h"
#include "support/summary_files.h"

namespace omniwriter {
const SummaryFormat& summary_taurus_xml();

namespace {

TEST(TaurusXml, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("taurus-xml", "jmeter-final-stats.xml");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 3947U);
  EXPECT_EQ(run.errors(total), 186U);
  EXPECT_EQ(run.series.size(), 3U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.0134);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.037);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.383);
  EXPECT_DOUBLE_EQ(run.duration_seconds(), 12);
  EXPECT_EQ(run.active_users_max(), 5U);
}

TEST(TaurusXml, TakesNoDoctype) {
  EXPECT_FALSE(
      summary_taurus_xml().read("<!DOCTYPE a [<!ENTITY b \"c\">]><FinalStatus><Group label=\"\"/></FinalStatus>", {}));
  EXPECT_TRUE(summary_taurus_xml().read("<FinalStatus><Group label=\"\"/></FinalStatus>", {}));
  EXPECT_FALSE(summary_taurus_xml().read("<FinalStatus></FinalStatus>", {}));
}

}  // namespace
}  // namespace omniwriter
