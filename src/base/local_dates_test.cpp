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
  for (const char* text :
       {"", "2026-11-23", "2026-13-23 15:19:17", "23.11.2026 15:19:17", "2026-11-23 25:19:17", "2026-11-23 15:19:17.7",
        "2026-11-23T15:19:17+", "2026-11-23T15:19:17+3:00", "2026-11-23T15:19:17Zulu"}) {
    EXPECT_FALSE(dates.milliseconds(text).has_value()) << text;
  }
}

TEST(LocalDates, ReadsZones) {
  LocalDates dates;
  constexpr std::int64_t kReference = 1'795'447'157'000;
  EXPECT_EQ(dates.milliseconds("2026-11-23T15:19:17Z"), kReference);
  EXPECT_EQ(dates.milliseconds("2026-11-23T15:19:17.710Z"), kReference + 710);
  EXPECT_EQ(dates.milliseconds("2026-11-23 15:19:17,710+0000"), kReference + 710);
  EXPECT_EQ(dates.milliseconds("2026-11-23T12:19:17-03:00"), kReference);
  EXPECT_EQ(dates.milliseconds("2026-11-23T20:49:17+0530"), kReference);
  EXPECT_EQ(dates.milliseconds("2026-11-23T16:19:17+01"), kReference);
  EXPECT_EQ(dates.milliseconds("2026-11-23T15:19:17"), dates.milliseconds("2026-11-23 15:19:17"));
}

}  // namespace
}  // namespace omniwriter
