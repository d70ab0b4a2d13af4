#include "reading/nearest_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omniwriter {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(NearestFormats, ByTheNamesThatAreShared) {
  EXPECT_THAT(nearest_formats({"timeStamp", "Elapsed Time", "label", "responseCode", "threadName"}),
              ElementsAre("jmeter-csv"));
  EXPECT_THAT(nearest_formats({"Type", "Name", "Request Count", "Failure Count"}), Contains("locust-csv"));
  EXPECT_THAT(nearest_formats({"root_group", "metrics"}), ElementsAre("k6-summary"));
  EXPECT_THAT(nearest_formats({"city", "mayor", "name"}), IsEmpty()) << "one name is chance";
}

TEST(NearestFormats, NamesOfTablesAndOfJson) {
  EXPECT_THAT(names_in("\xEF\xBB\xBF"
                       "a;b\n1;2\n"),
              ElementsAre("a", "b"));
  EXPECT_THAT(names_in("{\"a\": {\"x\": 1}, \"b\": 2"), ElementsAre("a", "b"));
  EXPECT_THAT(names_in(" [ {\"a\": 1}, {\"b\": 2}]"), ElementsAre("a"));
  EXPECT_THAT(names_in("[1, 2]"), IsEmpty());
  EXPECT_THAT(names_in("just words\n"), IsEmpty());
  EXPECT_THAT(names_in(""), IsEmpty());
}

}  // namespace
}  // namespace omniwriter
