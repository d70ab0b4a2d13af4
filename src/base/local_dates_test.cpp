#include "base/local_dates.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

TEST(LocalDates, ReadsTheFiveFormatsOfJmeter) {
  LocalDates dates;
  const auto reference = dates.milliseconds("2026-11-23 15:19:17");
  ASSERT_TRUE(reference.has_value());
  EXPECT_EQ(dates.milliseconds("2026/11/23 15:19:17"), reference);
  EXPECT_EQ(dates.milliseconds("11/23/26 15:19:17"), reference);
  EXPECT_EQ(dates.milliseconds("2026/11/23 15:19:17.710"), *reference + 710);
  EXPECT_EQ(dates.milliseconds("2026-11-23 15:19:17.710"), *reference + 710);
  for (const char* text : {"", "2026-11-23", "2026-13-23 15:19:17", "2026-11-23T15:19:17", "23.11.2026 15:19:17",
                           "2026-11-23 25:19:17", "2026-11-23 15:19:17.7"}) {
    EXPECT_FALSE(dates.milliseconds(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace omniwriter
