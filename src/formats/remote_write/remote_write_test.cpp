#include "formats/remote_write/remote_write.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <protozero/pbf_reader.hpp>

#include "model/histogram_conversions.h"

namespace omniwriter {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// One series for each line, as a person would write it. Real servers read the bytes in tests/e2e.
std::vector<std::string> lines_of(std::string_view request, bool version_2) {
  std::vector<std::string> symbols;
  std::vector<std::string> lines;
  const auto text_of = [&](std::uint32_t ref) { return symbols.at(ref); };
  protozero::pbf_reader reader(request.data(), request.size());
  while (reader.next()) {
    if (version_2 && reader.tag() == 4) {
      symbols.push_back(reader.get_string());
      continue;
    }
    EXPECT_EQ(reader.tag(), version_2 ? 5U : 1U);
    protozero::pbf_reader series = reader.get_message();
    std::string line;
    while (series.next()) {
      const bool label = series.tag() == 1;
      const bool native = series.tag() == (version_2 ? 3U : 4U);
      if (label && version_2) {
        std::vector<std::string> texts;
        for (const auto ref : series.get_packed_uint32()) texts.push_back(text_of(ref));
        for (std::size_t i = 0; i + 1 < texts.size(); i += 2) line += texts[i] + "=" + texts[i + 1] + " ";
      } else if (label) {
        protozero::pbf_reader pair = series.get_message();
        while (pair.next()) {
          const bool is_name = pair.tag() == 1;
          line += pair.get_string() + (is_name ? "=" : " ");
        }
      } else if (series.tag() == 2) {
        protozero::pbf_reader sample = series.get_message();
        while (sample.next()) {
          if (sample.wire_type() == protozero::pbf_wire_type::fixed64) {
            const double value = sample.get_double();
            line += std::bit_cast<std::uint64_t>(value) == 0x7ff0000000000002 ? "stale" : fmt::format("{}", value);
          } else {
            line += fmt::format(" @{}", sample.get_int64());
          }
        }
      } else if (native) {
        protozero::pbf_reader histogram = series.get_message();
        line += "native";
        while (histogram.next()) {
          const auto tag = histogram.tag();
          if (tag == 1)
            line += fmt::format(" n={}", histogram.get_uint64());
          else if (tag == 3) {
            const double sum = histogram.get_double();
            line += std::bit_cast<std::uint64_t>(sum) == 0x7ff0000000000002 ? " stale" : fmt::format(" sum={}", sum);
          } else if (tag == 4)
            line += fmt::format(" schema={}", histogram.get_sint32());
          else if (tag == 12) {
            for (const auto delta : histogram.get_packed_sint64()) line += fmt::format(" {}", delta);
          } else if (tag == 15)
            line += fmt::format(" @{}", histogram.get_int64());
          else
            histogram.skip();
        }
      } else {
        EXPECT_TRUE(version_2 && series.tag() == 5);
        protozero::pbf_reader metadata = series.get_message();
        while (metadata.next()) {
          const auto tag = metadata.tag();
          const auto number = metadata.get_uint32();
          line += tag == 1 ? fmt::format(" type={}", number) : " " + text_of(number);
        }
      }
    }
    lines.push_back(line);
  }
  return lines;
}

class RemoteWriteFormat : public ::testing::Test {
 protected:
  RemoteWriteFormat() {
    histogram_.add(400'000'000, 2);
    histogram_.add(3'000'000'000);
    metrics_.time_ms = 1'795'491'595'000;
    metrics_.families = load_test_families();
    metrics_.families[0].points = {{{{"test_name", "shop"}, {"Zone", "a"}, {"empty", ""}, {"testid", "r"}}, 3.0}};
    metrics_.families[1].points = {{{{"testid", "r"}}, &histogram_}};
  }
  [[nodiscard]] std::vector<std::string> lines(WriteRequestOptions options) const {
    const auto item = encode_time_series(metrics_, std::vector{0.5, 1.0});
    const std::array<std::string_view, 1> items{item};
    return lines_of(make_write_request(items, options).body, options.version_2);
  }
  Histogram histogram_;
  MetricsAt metrics_;
};

TEST_F(RemoteWriteFormat, Version1) {
  const auto all = lines({.version_2 = false, .native_histograms = true});
  EXPECT_THAT(all, ElementsAre("Zone=a __name__=load_test_requests_total test_name=shop testid=r 3 @1795491595000",
                               "__name__=load_test_response_time_seconds_bucket le=0.5 testid=r 2 @1795491595000",
                               "__name__=load_test_response_time_seconds_bucket le=1.0 testid=r 2 @1795491595000",
                               "__name__=load_test_response_time_seconds_bucket le=+Inf testid=r 3 @1795491595000",
                               "__name__=load_test_response_time_seconds_sum testid=r 3.8 @1795491595000",
                               "__name__=load_test_response_time_seconds_count testid=r 3 @1795491595000",
                               "__name__=load_test_response_time_seconds testid=r native n=3 sum=3.8 schema=7 2 -1 "
                               "@1795491595000"));
}

TEST_F(RemoteWriteFormat, Version2SaysTheSameAndWhatItMeans) {
  const auto all = lines({.version_2 = true, .native_histograms = true});
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[0],
            "Zone=a __name__=load_test_requests_total test_name=shop testid=r 3 @1795491595000 type=1 Requests "
            "of the load test. ");
  EXPECT_EQ(all[6],
            "__name__=load_test_response_time_seconds testid=r native n=3 sum=3.8 schema=7 2 -1 @1795491595000 "
            "type=3 Response time of requests. seconds");
  EXPECT_THAT(all[1], HasSubstr(" type=3 Response time of requests. seconds"));
}

TEST_F(RemoteWriteFormat, NativeHistogramsCanBeLeftOut) {
  EXPECT_THAT(lines({.version_2 = false, .native_histograms = false}), Not(Contains(HasSubstr("native"))));
  const auto item = encode_time_series(metrics_, {});
  const std::array<std::string_view, 2> items{item, item};
  const auto all = make_write_request(items, {});
  EXPECT_EQ(all.samples, 2 * (1 + kDefaultResponseTimeBuckets.size() + 1 + 2));
  EXPECT_EQ(all.histograms, 2U);
  EXPECT_EQ(make_write_request(items, {.version_2 = true, .native_histograms = false}).histograms, 0U);
  EXPECT_EQ(all.body, item + item) << "items are parts of a request";
}

TEST_F(RemoteWriteFormat, SeriesThatEndAreStale) {
  metrics_.ends = true;
  const auto all = lines({});
  ASSERT_EQ(all.size(), 7U);
  for (const std::string& line : all) EXPECT_THAT(line, HasSubstr("stale @1795491595000"));
  EXPECT_THAT(all[6], HasSubstr("native n=0 stale"));
}

TEST_F(RemoteWriteFormat, WhereAnItemBelongs) {
  const auto item = encode_time_series(metrics_, {});
  const auto head = time_series_head(item);
  EXPECT_EQ(head.time_ms, metrics_.time_ms);
  EXPECT_EQ(head.run_id, "r");
  metrics_.time_ms += 1000;
  metrics_.families[0].points[0].value = 4.0;
  EXPECT_EQ(time_series_head(encode_time_series(metrics_, {})).labels, head.labels);
  metrics_.families[0].points[0].labels[0].second = "other";
  EXPECT_NE(time_series_head(encode_time_series(metrics_, {})).labels, head.labels);

  metrics_.families[0].points.clear();
  metrics_.families[1].points[0].labels = {{"testid", "q"}};
  EXPECT_EQ(time_series_head(encode_time_series(metrics_, {})).run_id, "q");
}

}  // namespace
}  // namespace omniwriter
