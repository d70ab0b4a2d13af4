#include "formats/prom_text/prom_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<double> kBounds{0.5, 1.0};

std::vector<MetricFamily> families(const Histogram& histogram) {
  return {{"foo_total", "", MetricType::counter, "Say \"hi\" \\ twice\n.", {{{{"a", "x\"y\\z\n"}, {"b", ""}}, 3.0}}},
          {"bar_seconds", "seconds", MetricType::histogram, "Bar.", {{{{"a", "b"}}, &histogram}}},
          {"baz", "", MetricType::gauge, "Baz.", {{{}, 0.1}}},
          {"none", "", MetricType::gauge, "None.", {}}};
}

Histogram three_samples() {
  Histogram histogram;
  for (const std::int64_t ms : {250, 1000, 5000}) histogram.add(ms * 1'000'000);
  return histogram;
}

TEST(PromText, Version004) {
  const auto histogram = three_samples();
  EXPECT_EQ(encode_prom_text(families(histogram), PromText::text_0_0_4, kBounds),
            "# HELP foo_total Say \"hi\" \\\\ twice\\n.\n"
            "# TYPE foo_total counter\n"
            "foo_total{a=\"x\\\"y\\\\z\\n\"} 3\n"
            "# HELP bar_seconds Bar.\n"
            "# TYPE bar_seconds histogram\n"
            "bar_seconds_bucket{a=\"b\",le=\"0.5\"} 1\n"
            "bar_seconds_bucket{a=\"b\",le=\"1\"} 2\n"
            "bar_seconds_bucket{a=\"b\",le=\"+Inf\"} 3\n"
            "bar_seconds_sum{a=\"b\"} 6.25\n"
            "bar_seconds_count{a=\"b\"} 3\n"
            "# HELP baz Baz.\n"
            "# TYPE baz gauge\n"
            "baz 0.1\n"
            "# HELP none None.\n"
            "# TYPE none gauge\n");
}

TEST(PromText, OpenMetrics) {
  const auto histogram = three_samples();
  EXPECT_EQ(encode_prom_text(families(histogram), PromText::open_metrics, kBounds),
            "# TYPE foo counter\n"
            "# HELP foo Say \\\"hi\\\" \\\\ twice\\n.\n"
            "foo_total{a=\"x\\\"y\\\\z\\n\"} 3\n"
            "# TYPE bar_seconds histogram\n"
            "# UNIT bar_seconds seconds\n"
            "# HELP bar_seconds Bar.\n"
            "bar_seconds_bucket{a=\"b\",le=\"0.5\"} 1\n"
            "bar_seconds_bucket{a=\"b\",le=\"1.0\"} 2\n"
            "bar_seconds_bucket{a=\"b\",le=\"+Inf\"} 3\n"
            "bar_seconds_sum{a=\"b\"} 6.25\n"
            "bar_seconds_count{a=\"b\"} 3\n"
            "# TYPE baz gauge\n"
            "# HELP baz Baz.\n"
            "baz 0.1\n"
            "# TYPE none gauge\n"
            "# HELP none None.\n"
            "# EOF\n");
}

TEST(PromText, NumbersThatAreNone) {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<MetricFamily> odd{
      {"x", "", MetricType::gauge, "X.", {{{}, inf}, {{}, -inf}, {{}, std::numeric_limits<double>::quiet_NaN()}}}};
  EXPECT_THAT(encode_prom_text(odd, PromText::text_0_0_4, {}), EndsWith("x +Inf\nx -Inf\nx NaN\n"));
}

TEST(PromText, ALabelSetOfLeAlone) {
  const auto histogram = three_samples();
  const std::vector<MetricFamily> bare{{"x", "", MetricType::histogram, "X.", {{{}, &histogram}}}};
  const auto text = encode_prom_text(bare, PromText::text_0_0_4, kBounds);
  EXPECT_THAT(text, HasSubstr("x_bucket{le=\"0.5\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("x_sum 6.25\n"));
}

TEST(PromText, ARunOverTimeIsGroupedAndStaysSmall) {
  const auto run = testing::wide_run(3, 100);
  const auto whole = encode_open_metrics_over_time(run, run_labels(run, {}), kBounds);
  EXPECT_THAT(whole,
              HasSubstr("# TYPE load_test_requests counter\n# HELP load_test_requests Requests of the load test.\n"
                        "load_test_requests_total{test_name=\"wide\",endpoint=\"endpoint 0\",status=\"200\","
                        "testid=\"run-2\"} 0 1769903940\n"
                        "load_test_requests_total{test_name=\"wide\",endpoint=\"endpoint 0\",status=\"200\","
                        "testid=\"run-2\"} 1 1769903941\n"));
  EXPECT_THAT(whole, HasSubstr("le=\"0.5\"} 100 1769904040\n"));
  EXPECT_THAT(whole, EndsWith("# EOF\n"));
  const auto lines = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  // Zero, 100 slots and the final state of 3 endpoints with 6 lines each, and 6 gauges; the throughput and the recent
  // quantiles; the run with 9 gauges; bytes; its end; lines of heads; the end of the file.
  EXPECT_EQ(lines(whole), (1 + 100 + 1) * 3 * 6 + (100 + 1) * 3 * 6 + 100 * 6 + (100 + 1) * 9 + (1 + 100 + 1) * 2 + 1 +
                              (15 + 32) + 1);
  const auto part = encode_open_metrics_over_time(run, run_labels(run, {}), kBounds, 500);
  EXPECT_LT(lines(part), 550);
  EXPECT_GT(lines(part), 200);
  EXPECT_THAT(part, HasSubstr("testid=\"run-2\"} 100 "));
}

TEST(PromText, TheMetricsOfARunUseTheDefaultBuckets) {
  const auto run = testing::sample_run();
  const auto text = encode_prom_text(load_test_metrics(run, run_labels(run, {})), PromText::text_0_0_4, {});
  EXPECT_THAT(text, HasSubstr("load_test_requests_total{test_name=\"checkout\",endpoint=\"POST /login\",status=\"500\","
                              "testid=\"run-1\"} 40\n"));
  EXPECT_THAT(text, HasSubstr("endpoint=\"GET /\",testid=\"run-1\",le=\"0.005\"} "));
  EXPECT_THAT(text, HasSubstr("endpoint=\"GET /\",testid=\"run-1\",le=\"63\"} 400\n"));
  EXPECT_THAT(text, HasSubstr("endpoint=\"a,b=c \\\"d\\\" \\\\e {f}/g\\\\\","));
  EXPECT_THAT(text, HasSubstr("# TYPE load_test_system_cpu_percent gauge\n"));
  EXPECT_THAT(text, Not(HasSubstr("checkout flow")));
}

TEST(PromText, PhasesChecksMetricsAndMessagesHaveNamesOfTheirOwn) {
  const auto run = testing::detailed_run();
  const auto text =
      encode_prom_text(load_test_metrics(run, run_labels(run, {})), PromText::text_0_0_4, std::vector{0.5});
  for (
      const char* line :
      {"# TYPE load_test_phase_duration_seconds histogram\n",
       R"(load_test_phase_duration_seconds_count{test_name="checkout",endpoint="GET /",phase="waiting",testid="run-1"} 400)"
       "\n",
       R"(load_test_checks_total{test_name="checkout",check="status is 200",result="failed",testid="run-1"} 30)"
       "\n",
       R"(load_test_rate_total{test_name="checkout",metric="cache_hit",result="passed",testid="run-1"} 120)"
       "\n",
       R"(load_test_timing_seconds_sum{test_name="checkout",metric="login_time",testid="run-1"} 2.4)"
       "\n",
       R"(load_test_number{test_name="checkout",metric="cart_size",quantile="1",testid="run-1"} 4)"
       "\n",
       R"(load_test_counter_total{test_name="checkout",metric="orders",testid="run-1"} 360)"
       "\n",
       R"(load_test_gauge{test_name="checkout",metric="stock",testid="run-1"} 881)"
       "\n",
       R"(load_test_error_messages_total{test_name="checkout",endpoint="POST /login",error_type="http_500",message="no stock of \"lamp\" in shop #",testid="run-1"} 40)"
       "\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(PromText, TheTimelineTellsOfThemWhereThereAreAny) {
  const auto run = testing::detailed_run();
  const auto text = encode_open_metrics_over_time(run, run_labels(run, {}), std::vector{0.5}, 10'000'000);
  EXPECT_THAT(text, HasSubstr("# TYPE load_test_checks counter\n"));
  EXPECT_THAT(text, HasSubstr("check=\"status is 200\",result=\"passed\",testid=\"run-1\"} 1 1769903942\n"));
  EXPECT_THAT(text, HasSubstr("metric=\"stock\",testid=\"run-1\"} 1000 1769903941\n"));
  EXPECT_THAT(encode_open_metrics_over_time(testing::sample_run(), {}, std::vector{0.5}),
              ::testing::Not(HasSubstr("load_test_checks")));
}

}  // namespace
}  // namespace omniwriter
