#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "reading/summary_format.h"
#include "support/summary_files.h"

namespace omniwriter {

const SummaryFormat& summary_gatling_stats();

namespace {

TEST(GatlingStats, TheToolsOwnNumbers) {
  const auto run = test::run_of_seed("gatling-stats", "stats.json");
  const Tally total = run.total();
  EXPECT_EQ(total.samples(), 1250U);
  EXPECT_EQ(run.errors(total), 40U);
  EXPECT_DOUBLE_EQ(total.mean().value(), 0.045);
  EXPECT_DOUBLE_EQ(total.quantile(0.95).value(), 0.244);
  EXPECT_DOUBLE_EQ(total.maximum().value(), 0.295);
  std::set<std::string> requests;
  for (const Series& series : run.series) {
    if (series.kind == SampleKind::request) requests.insert(series.endpoint);
  }
  EXPECT_EQ(requests.size(), 7U);
  EXPECT_TRUE(requests.contains("home group / nested / users"));
  EXPECT_EQ(run.samples_of(SampleKind::request), 1250U);
  EXPECT_GT(run.samples_of(SampleKind::transaction), 0U);
}

TEST(GatlingStats, TheGlobalOnesHaveNoEndpoints) {
  const auto run = test::run_of_seed("gatling-stats", "global_stats.json");
  EXPECT_EQ(run.total().samples(), 1250U);
  EXPECT_EQ(run.series.size(), 1U);
}

std::string corpus(const std::string& file) {
  std::ifstream stream(std::string(OMNIWRITER_SOURCE_DIR) + "/tests/corpus/gatling/" + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// As Gatling writes them, names with quotes and all: no JSON, and no XML.
TEST(GatlingStats, AssertionsStandInAFileBeside) {
  const SummaryFormat& format = summary_gatling_stats();
  EXPECT_EQ(format.companions("sim/js/stats.json"),
            (std::vector<std::string>{"sim/js/assertions.json", "sim/js/assertions.xml"}));
  EXPECT_EQ(format.companions("stats.json").front(), "assertions.json");
  const std::vector<ToolVerdict> expected{{"Global", "95th percentile of response time is less than 500.0", true},
                                          {"Global", "percentage of successful events is greater than 99.0", false},
                                          {"flaky, \"q\"", "percentage of failed events is less than 1.0", false}};
  for (const char* file : {"3.9.5.assertions.json", "3.9.5.assertions.xml", "3.10.5.assertions.xml"}) {
    Summary summary;
    format.add_companion(summary, corpus(file));
    EXPECT_EQ(summary.tool_verdicts, expected) << file;
  }
  Summary none;
  format.add_companion(none, "{\"assertions\": [");
  format.add_companion(none, "<testsuite></testsuite>");
  EXPECT_TRUE(none.tool_verdicts.empty());
}

}  // namespace
}  // namespace omniwriter
