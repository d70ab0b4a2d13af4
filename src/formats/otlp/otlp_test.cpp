#include "formats/otlp/otlp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>

namespace omniwriter {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What the bytes say is read by Google's decoder and by real servers in tests/e2e.
TEST(Otlp, LeavesOutEmptyLabelsAndValuesOfSeriesThatEnd) {
  Histogram histogram;
  histogram.add(1'000'000'000);
  MetricsAt metrics;
  metrics.time_ms = 2000;
  metrics.families = load_test_families();
  metrics.families[0].points = {{{{"endpoint", "/cart"}, {"empty", ""}}, 3.0}};
  metrics.families[1].points = {{{{"endpoint", "/cart"}}, &histogram}};
  const auto bytes = encode_resource_metrics(metrics, 1000);
  EXPECT_THAT(bytes, HasSubstr("load_test_requests_total"));
  EXPECT_THAT(bytes, HasSubstr("/cart"));
  EXPECT_THAT(bytes, Not(HasSubstr("empty")));
  metrics.ends = true;
  EXPECT_LT(encode_resource_metrics(metrics, 1000).size(), bytes.size());
}

std::string partial_success(std::int64_t rejected, const std::string& message) {
  std::string bytes;
  protozero::pbf_writer response(bytes);
  {
    protozero::pbf_writer partial(response, 1);
    partial.add_int64(1, rejected);
    partial.add_string(2, message);
  }
  return bytes;
}

TEST(Otlp, ReadsAnswers) {
  EXPECT_EQ(read_export_response("").rejected_points, 0);
  const auto partial = read_export_response(partial_success(7, "too\nold"));
  EXPECT_EQ(partial.rejected_points, 7);
  EXPECT_EQ(partial.message, "too old");
  EXPECT_EQ(read_export_response(partial_success(-7, "")).rejected_points, 0);
  EXPECT_LE(read_export_response(partial_success(1, std::string(10'000, 'x'))).message.size(), 500U);

  std::string status;
  protozero::pbf_writer writer(status);
  writer.add_int32(1, 3);
  writer.add_string(2, "no \xff such thing");
  EXPECT_THAT(read_status_message(status), HasSubstr("such thing"));
}

TEST(Otlp, AnswersThatAreNoneSayNothing) {
  for (const std::string& odd :
       {std::string("{\"error\":\"x\"}"), std::string("\x0a\xff\xff\xff\xff\x0f"), std::string("\x0a\x02\x0a\x7f", 4),
        std::string(3, '\0'), std::string("\x0b\x08\x01")}) {
    EXPECT_EQ(read_export_response(odd).rejected_points, 0);
    EXPECT_EQ(read_status_message(odd), "");
  }
}

}  // namespace
}  // namespace omniwriter
