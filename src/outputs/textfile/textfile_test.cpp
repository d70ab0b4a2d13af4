#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/output_kind.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_textfile();

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TextfileOutput, WritesText004WithTheConfiguredBucketsAndLabels) {
  Config config;
  config.labels = {{"team", "shop"}};
  config.response_time_buckets = {0.25, 2};
  const auto output = output_textfile().make(config, "x.prom");
  ASSERT_TRUE(output);
  std::string text;
  (*output)->encode(testing::sample_run(), [&](const OutputItem& item) { text += item.bytes; });
  EXPECT_THAT(text, HasSubstr("# TYPE load_test_requests_total counter\n"));
  EXPECT_THAT(text, HasSubstr("testid=\"run-1\",team=\"shop\",le=\"2\"} 400\n"));
  EXPECT_THAT(text, Not(HasSubstr(",le=\"0.5\"")));
  EXPECT_THAT(text, Not(HasSubstr("# EOF")));
}

}  // namespace
}  // namespace omniwriter
