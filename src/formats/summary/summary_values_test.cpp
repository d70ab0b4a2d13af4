#include <gtest/gtest.h>

#include "formats/summary/json.h"
#include "formats/summary/parts.h"
#include "formats/summary/taurus.h"
#include "formats/summary/text.h"

namespace omniwriter::summary {
namespace {

TEST(SummaryValues, TimesInEveryUnit) {
  EXPECT_DOUBLE_EQ(seconds_of("132.207µs").value(), 132.207e-6);
  EXPECT_DOUBLE_EQ(seconds_of("752.00us").value(), 752e-6);
  EXPECT_DOUBLE_EQ(seconds_of(" 21.40ms ").value(), 0.0214);
  EXPECT_DOUBLE_EQ(seconds_of("1m2.5s").value(), 62.5);
  EXPECT_DOUBLE_EQ(seconds_of("2.00h").value(), 7200);
  EXPECT_DOUBLE_EQ(seconds_of("5.25 ms").value(), 0.00525);
  EXPECT_DOUBLE_EQ(seconds_of("0.0572 secs").value(), 0.0572);
  EXPECT_DOUBLE_EQ(seconds_of("0.5 min").value(), 30);
  for (const char* text : {"", "5", "s", "-1s", "1x", "1s2", "nans", "infs", "NaN ns", "-inf ns"})
    EXPECT_FALSE(seconds_of(text)) << text;
}

TEST(SummaryValues, BytesCountsAndPercents) {
  EXPECT_EQ(bytes_of("1.10MB"), 1'153'434U);
  EXPECT_EQ(bytes_of("46.55 KiB"), 47'667U);
  EXPECT_EQ(bytes_of("14"), 14U);
  EXPECT_EQ(bytes_of("many"), 0U);
  EXPECT_EQ(leading_count(" 97 hits"), 97U);
  EXPECT_EQ(leading_count("1e300"), 0U);
  EXPECT_DOUBLE_EQ(quantile_of("99.9%").value(), 0.999);
  EXPECT_FALSE(quantile_of("99.9"));
}

// As tools write them where nothing was measured.
TEST(SummaryValues, NumbersThatAreNone) {
  JsonDocument document;
  ASSERT_TRUE(document.parse(R"({"a": -nan, "b": NaN, "c": Infinity, "d": "NaN \"nan", "e": 1})"));
  for (const char* name : {"a", "b", "c"}) EXPECT_FALSE(document.root()[name].number()) << name;
  EXPECT_EQ(document.root()["d"].text(), "NaN \"nan");
  EXPECT_EQ(document.root()["e"].number(), 1);
  EXPECT_FALSE(document.parse(R"({"a": none})"));
}

TEST(SummaryValues, WhereSummariesBegin) {
  using Positions = std::vector<std::size_t>;
  EXPECT_EQ(documents(R"({"a": "}{[\"", "b": [{}]})"), Positions({0}));
  EXPECT_EQ(documents("{}{}\n {}"), Positions({0, 2, 6}));
  EXPECT_EQ(documents("\xEF\xBB\xBF[1]\n[2]"), Positions({3, 7}));
  EXPECT_EQ(documents("said {}\n[info] said {}\n{}"), Positions({8, 23})) << "at the front of a line";
  EXPECT_EQ(documents("{}\n{ cut"), Positions({0, 3}));
  EXPECT_EQ(lines_with("x\n T 1\ny\nT 2", "T"), Positions({2, 9}));
  EXPECT_EQ(lines_with("L\nx\nT 1\nL\nL\nT 2\nL", "T", "L"), Positions({0, 8}));
  EXPECT_EQ(lines_with("", "T"), Positions());
  const auto is_title = [](std::string_view line) { return line.starts_with("a,b"); };
  EXPECT_EQ(tables_where("a,b,c\n1,2,3\na,b\n1,2a,b,c\n3,4,5\n", is_title), Positions({0, 12, 19}));
}

TEST(SummaryValues, LinesWordsAndPaths) {
  const auto lines = lines_of("  a: 1 \r\n\n b:\t2");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(value_of(lines, "b:"), "2");
  EXPECT_EQ(value_of(lines, "c:"), "");
  EXPECT_EQ(words_of(" x  y ").size(), 2U);
  EXPECT_EQ(path_of("http://host:80/a?b=1"), "/a?b=1");
  EXPECT_EQ(path_of("http://host"), "/");
}

TEST(SummaryValues, JsonReadsWhatIsThere) {
  JsonDocument document;
  ASSERT_TRUE(document.parse(R"({"a": {"b": 2.5, "c": "7", "d": -1}, "e": [1, 2]})"));
  EXPECT_EQ(document.root()["a"]["b"].number(), 2.5);
  EXPECT_EQ(document.root()["a"]["c"].count(), 7U);
  EXPECT_EQ(document.root()["a"]["d"].count(), 0U);
  EXPECT_FALSE(document.root()["x"]["y"].number());
  double sum = 0;
  document.root()["e"].for_each_element([&](const JsonValue& value) { sum += value.number().value_or(0); });
  EXPECT_EQ(sum, 3);
  EXPECT_FALSE(document.parse("{\"a\": "));
  EXPECT_FALSE(document.parse(""));
}

TEST(SummaryValues, MembersAreToldFromTextsLikeThem) {
  EXPECT_TRUE(has_member(R"({"x": "metrics", "metrics" : 1})", "metrics"));
  EXPECT_FALSE(has_member(R"({"x": "metrics"})", "metrics"));
  EXPECT_EQ(first_member("\xEF\xBB\xBF {\n\"spec\": 1"), "spec");
  EXPECT_EQ(first_member("[{\"a\": 1}]"), "");
}

TEST(SummaryValues, FinalStatisticsOfTaurus) {
  Summary result;
  TaurusStats home("home");
  home.add("succ", "", "7");
  home.add("fail", "", "3");
  home.add("perc", "95.0", "0.25");
  home.add("perc", "100.0", "0.5");
  home.add("rc", "200", "7");
  home.add("rc", "NoHttpResponseException", "3");
  home.add("avg_rt", "", "none");
  home.finish(result);
  TaurusStats("").finish(result);
  ASSERT_TRUE(result.whole.total);
  ASSERT_EQ(result.whole.endpoints.size(), 1U);
  const SummaryEntry& entry = result.whole.endpoints.front();
  EXPECT_EQ(entry.samples, 10U);
  EXPECT_EQ(entry.errors, 3U);
  EXPECT_EQ(entry.maximum, 0.5);
  EXPECT_FALSE(entry.mean);
  EXPECT_EQ(entry.quantiles.size(), 1U);
  EXPECT_EQ(entry.outcomes.back().first.error_type, "NoHttpResponseException");
}

TEST(SummaryValues, RowsOfCsvComeWithTheirTitles) {
  std::vector<CsvRow> rows;
  for_each_csv_row("a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\n2", [&](const CsvRow& titles, const CsvRow& row) {
    EXPECT_EQ(titles, (CsvRow{"a", "b"}));
    rows.push_back(row);
  });
  EXPECT_EQ(rows, (std::vector<CsvRow>{{"1", "x, \"y\"\nz"}, {"2"}}));
}

TEST(SummaryValues, AFieldAndARowOfCsvAreBounded) {
  const std::string content = "a\n\"" + std::string(1'000'000, 'x') + "\"" + std::string(1000, ',') + "\n";
  for_each_csv_row(content, [&](const CsvRow& /*titles*/, const CsvRow& row) {
    EXPECT_EQ(row.size(), kMaxCsvColumns);
    EXPECT_EQ(row[0].size(), kMaxCsvFieldBytes);
  });
}

TEST(SummaryValues, ManyNumbersThatAreNoneTakeTimeInProportion) {
  std::string content = "[NaN";
  for (int i = 0; i < 500'000; ++i) content += ",nan";
  JsonDocument document;
  ASSERT_TRUE(document.parse(content + "]"));
}

}  // namespace
}  // namespace omniwriter::summary
