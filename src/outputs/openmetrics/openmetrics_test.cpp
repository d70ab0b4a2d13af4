#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/output_kind.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_openmetrics();

namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(OpenMetricsOutput, WritesOpenMetrics) {
  const auto output = output_openmetrics().make(Config(), "x.om");
  ASSERT_TRUE(output);
  std::string text;
  (*output)->encode(testing::sample_run(), [&](const OutputItem& item) { text += item.bytes; });
  EXPECT_THAT(text, HasSubstr("# TYPE load_test_requests counter\n"));
  EXPECT_THAT(text, HasSubstr("# UNIT load_test_response_time_seconds seconds\n"));
  // The last request began in 119.9 s and took less than a second: the final state comes at 122 s.
  EXPECT_THAT(text, HasSubstr("testid=\"run-1\",le=\"1.0\"} 400 1769904062\n"));
  EXPECT_THAT(text, HasSubstr("endpoint=\"GET /\",status=\"200\",testid=\"run-1\"} 0 1769903940\n"));
  EXPECT_THAT(text, EndsWith("# EOF\n"));
}

}  // namespace
}  // namespace omniwriter
