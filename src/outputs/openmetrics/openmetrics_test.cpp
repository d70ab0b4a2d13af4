#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/output_kind.h"
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
  EXPECT_THAT(text, HasSubstr("testid=\"run-1\",le=\"1.0\"} 400\n"));
  EXPECT_THAT(text, EndsWith("# EOF\n"));
}

}  // namespace
}  // namespace omniwriter
