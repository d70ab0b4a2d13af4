#include "formats/prom_status/prom_status.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

using namespace std::chrono_literals;

TEST(PromStatus, TheNewestSample) {
  EXPECT_EQ(newest_sample_ms(R"({"status":"success","data":{"headStats":{"minTime":5,"maxTime":1795491596000}}})"),
            1'795'491'596'000);
  EXPECT_FALSE(
      newest_sample_ms(R"({"data":{"headStats":{"minTime":9223372036854775807,"maxTime":-9223372036854775808}}})"))
      << "an empty head";
  EXPECT_FALSE(newest_sample_ms(R"({"data":{"headStats":{"maxTime":9223372036854775807}}})"));
  EXPECT_FALSE(newest_sample_ms(R"({"data":{"totalSeries":3}})")) << "VictoriaMetrics";
  for (const char* odd : {"", "{", "[]", "null", R"({"data":[]})", R"({"data":{"headStats":{"maxTime":"x"}}})"}) {
    EXPECT_FALSE(newest_sample_ms(odd)) << odd;
  }
}

TEST(PromStatus, HowLateSamplesMayBe) {
  EXPECT_EQ(head_tolerance(R"({"data":{"storage.tsdb.min-block-duration":"2h"}})"), 1h);
  EXPECT_EQ(head_tolerance(R"({"data":{"storage.tsdb.min-block-duration":"1d"}})"), 12h);
  EXPECT_EQ(head_tolerance("404 page not found"), 1h);
  EXPECT_EQ(
      out_of_order_window(R"({"data":{"yaml":"global: {}\nstorage:\n  tsdb:\n    out_of_order_time_window: 30m\n"}})"),
      30min);
  EXPECT_EQ(out_of_order_window(R"({"data":{"yaml":"global:\n  scrape_interval: 1m\n"}})"), 0ms);
  EXPECT_EQ(out_of_order_window(R"({"data":{"yaml":"out_of_order_time_window:"}})"), 0ms);
  EXPECT_EQ(out_of_order_window(""), 0ms);
}

TEST(PromStatus, NativeHistograms) {
  EXPECT_TRUE(stores_native_histograms(R"({"data":{"enable-feature":"exemplar-storage,native-histograms"}})"));
  EXPECT_FALSE(stores_native_histograms(R"({"data":{"enable-feature":""}})"));
  EXPECT_FALSE(stores_native_histograms(R"({"status":"success","data":{}})"));
}

TEST(PromStatus, Durations) {
  EXPECT_EQ(parse_prometheus_duration("1h30m"), 90min);
  EXPECT_EQ(parse_prometheus_duration("1w2d3h4m5s6ms"), 9 * 24h + 3h + 4min + 5s + 6ms);
  EXPECT_EQ(parse_prometheus_duration("1y"), 365 * 24h);
  EXPECT_EQ(parse_prometheus_duration("0"), 0ms);
  for (const char* none : {"", "5", "h", "-1h", "1 h", "1h ", "99999999999999999999d", "1x"}) {
    EXPECT_FALSE(parse_prometheus_duration(none)) << none;
  }
  EXPECT_EQ(prometheus_duration(61s), "2m");
  EXPECT_EQ(prometheus_duration(3h + 1ms), "4h");
  EXPECT_EQ(prometheus_duration(100h), "5d");
}

}  // namespace
}  // namespace omniwriter
