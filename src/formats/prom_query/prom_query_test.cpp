#include "formats/prom_query/prom_query.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace omniwriter {
namespace {

using Labels = std::map<std::string, std::string>;
using Values = std::map<std::int64_t, double>;

RangeAnswer parsed(std::string_view answer, std::size_t most_series = 20) {
  auto found = parse_range_answer(answer, "connections", most_series);
  EXPECT_TRUE(found) << found.error().message;
  return found.value_or(RangeAnswer());
}

constexpr std::string_view kTwo = R"({"status":"success","data":{"resultType":"matrix","result":[
  {"metric":{"__name__":"pg_stat_activity_count","datname":"shop","instance":"db:9187"},
   "values":[[1795491596,"12"],[1795491611.4,"14.5"]]},
  {"metric":{"__name__":"pg_stat_activity_count","datname":"stock","instance":"db:9187"},
   "values":[[1795491596,"3"]]}]}})";

TEST(PromQuery, SeriesHaveTheLabelsThatTellThemApart) {
  const RangeAnswer two = parsed(kTwo);
  ASSERT_EQ(two.series.size(), 2U);
  EXPECT_EQ(two.series[0],
            (ObservedSeries{"connections", {{"datname", "shop"}}, {{1'795'491'596, 12}, {1'795'491'611, 14.5}}}));
  EXPECT_EQ(two.series[1].labels, (Labels{{"datname", "stock"}}));
  EXPECT_EQ(two.left_out, 0U);
  const RangeAnswer one = parsed(
      R"({"status":"success","data":{"result":[{"metric":{"instance":"db:9187"},"values":[[1795491596,"12"]]}]}})");
  ASSERT_EQ(one.series.size(), 1U);
  EXPECT_TRUE(one.series[0].labels.empty()) << "there is none that it has to be told from";
}

TEST(PromQuery, ALabelThatOnlySomeHaveTellsThemApart) {
  const RangeAnswer found = parsed(R"({"data":{"result":[{"metric":{"mode":"idle"},"values":[[1,"1"]]},
                                      {"metric":{},"values":[[1,"2"]]}]}})");
  ASSERT_EQ(found.series.size(), 2U);
  EXPECT_EQ(found.series[0].labels, (Labels{{"mode", "idle"}}));
  EXPECT_TRUE(found.series[1].labels.empty());
}

TEST(PromQuery, WhatIsNoNumberIsLeftOut) {
  const RangeAnswer found = parsed(R"({"data":{"result":[
      {"metric":{"a":"1"},"values":[[1,"NaN"],[2,"+Inf"],[3,"1e3"],[4,"-0.5"],[5,7],[6,"7x"],[-1,"1"],[1e99,"1"],["7","1"],[8]]},
      {"metric":{"a":"2"},"values":[[1,"NaN"]]}, {"metric":{"a":"3"}}, 5]}})");
  ASSERT_EQ(found.series.size(), 1U);
  EXPECT_EQ(found.series[0].values, (Values{{3, 1000}, {4, -0.5}}));
  EXPECT_EQ(found.left_out, 0U);
}

TEST(PromQuery, AsManySeriesAsAreWanted) {
  const RangeAnswer found = parsed(kTwo, 1);
  ASSERT_EQ(found.series.size(), 1U);
  EXPECT_EQ(found.left_out, 1U);
}

TEST(PromQuery, TheSameSeriesTwiceIsOne) {
  const RangeAnswer found = parsed(
      R"({"data":{"result":[{"metric":{"a":"1"},"values":[[1,"1"]]},{"metric":{"a":"1"},"values":[[1,"2"]]}]}})");
  ASSERT_EQ(found.series.size(), 1U);
  EXPECT_EQ(found.left_out, 1U);
}

TEST(PromQuery, AnErrorIsInTheWordsOfTheServer) {
  const auto bad = parse_range_answer(
      R"({"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error"})", "x", 20);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "invalid parameter \"query\": 1:5: parse error");
  for (const char* odd : {"", "{", "[]", "null", "404 page not found", R"({"data":[]})", R"({"data":{"result":{}}})"}) {
    const auto answer = parse_range_answer(odd, "x", 20);
    ASSERT_FALSE(answer) << odd;
    EXPECT_EQ(answer.error().message, "its answer is not that of a Prometheus") << odd;
  }
}

}  // namespace
}  // namespace omniwriter
