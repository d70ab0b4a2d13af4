#include "base/local_dates.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace omniwriter {
namespace {

constexpr std::int64_t kMs = 1'000'000;

TEST(LocalDates, ReadsWhatProgramsAndSpreadsheetsWrite) {
  LocalDates dates;
  LocalDates day_first({.day_first = true});
  const auto reference = dates.nanoseconds("2026-11-23 15:19:17");
  ASSERT_TRUE(reference.has_value());
  for (const char* text :
       {"2026/11/23 15:19:17", "2026.11.23 15:19:17", "11/23/26 15:19:17", "11/23/2026 15:19:17", "23.11.2026 15:19:17",
        "23.11.26 15:19:17", "2026/11/23 03:19:17 PM", "2026-11-23 3:19:17 p.m.", "11/23/2026, 3:19:17pm"}) {
    EXPECT_EQ(dates.nanoseconds(text), reference) << text;
  }
  for (const char* text : {"23/11/2026 15:19:17", "23-11-2026 15:19:17", "23/11/26 15:19:17", "23/11/26T15:19:17"}) {
    EXPECT_EQ(day_first.nanoseconds(text), reference) << text;
  }
  EXPECT_EQ(dates.nanoseconds("2026-11-23 15:19:17.710"), *reference + 710 * kMs);
  EXPECT_EQ(dates.nanoseconds("2026-11-23 15:19:17,710"), *reference + 710 * kMs);
  EXPECT_EQ(dates.nanoseconds("2026-11-23 15:19:17.7"), *reference + 700 * kMs);
  EXPECT_EQ(dates.nanoseconds("2026-11-23 15:19:17.000001"), *reference + 1000);
  EXPECT_EQ(dates.nanoseconds("2026-11-23 15:19"), *reference - 17'000 * kMs);
  EXPECT_EQ(*dates.nanoseconds("2026-11-23 12:00:00 AM") + std::int64_t{12} * 3'600'000 * kMs,
            dates.nanoseconds("2026-11-23 12:00:00 PM"));
  for (const char* text : {"", "2026-11-23", "2026-13-23 15:19:17", "2026-11-23 25:19:17", "2026-11-23 13:19:17 PM",
                           "23/11/2026 15:19:17", "2026-11-23T15:19:17+", "2026-11-23T15:19:17+3:00",
                           "2026-11-23T15:19:17Zulu", "2026-11/23 15:19:17", "1/2/3 15:19:17"}) {
    EXPECT_FALSE(dates.nanoseconds(text).has_value()) << text;
  }
}

TEST(LocalDates, ReadsZones) {
  LocalDates dates;
  constexpr std::int64_t kReference = 1'795'447'157'000 * kMs;
  EXPECT_EQ(dates.nanoseconds("2026-11-23T15:19:17Z"), kReference);
  EXPECT_EQ(dates.nanoseconds("2026-11-23T15:19:17.710Z"), kReference + 710 * kMs);
  EXPECT_EQ(dates.nanoseconds("2026-11-23 15:19:17,710+0000"), kReference + 710 * kMs);
  EXPECT_EQ(dates.nanoseconds("2026-11-23T12:19:17-03:00"), kReference);
  EXPECT_EQ(dates.nanoseconds("2026-11-23T20:49:17+0530"), kReference);
  EXPECT_EQ(dates.nanoseconds("2026-11-23T16:19:17+01"), kReference);
  EXPECT_EQ(dates.nanoseconds("2026-11-23T15:19:17"), dates.nanoseconds("2026-11-23 15:19:17"));
}

TEST(LocalDates, ReadsByAPattern) {
  const auto read = [](const char* format, const char* text) {
    const auto told = told_time_format(format);
    EXPECT_TRUE(told.has_value()) << format;
    return LocalDates(told.value_or(TimeFormat{})).nanoseconds(text);
  };
  constexpr std::int64_t kReference = 1'795'447'157'000 * kMs;
  EXPECT_EQ(read("dd/MM/yyyy HH:mm:ssZ", "23/11/2026 15:19:17Z"), kReference);
  EXPECT_EQ(read("yyyyMMdd'T'HHmmss.SSSZ", "20261123T151917.710+0000"), kReference + 710 * kMs);
  EXPECT_EQ(read("yyyyMMddTHHmmssZ", "20261123T151917Z"), kReference);
  EXPECT_EQ(read("d.M.yy h:mm:ss a Z", "23.11.26 3:19:17 PM +00:00"), kReference);
  EXPECT_EQ(read("s", "1795447157"), kReference);
  EXPECT_EQ(read("s", "1795447157.5"), kReference + 500 * kMs);
  EXPECT_EQ(read("us", "1795447157000000"), kReference);
  EXPECT_EQ(read("dd/MM/yyyy HH:mm:ss", "2026-11-23 15:19:17"), std::nullopt);
  for (const char* format : {"", "x", "dd/MM/yyyy", "days", "HH:mm:ss", "%d/%m/%Y"}) {
    const auto told = told_time_format(format);
    ASSERT_FALSE(told.has_value()) << format;
    EXPECT_EQ(told.error().code, ErrorCode::usage);
  }
}

TEST(DateOrder, IsProvenByADayAboveTwelveOrByTheNextDate) {
  const auto order = [](const std::vector<const char*>& texts) {
    DateOrder seen;
    for (const char* text : texts) seen.see(text);
    return std::pair(seen.day_first(), !seen.note().empty());
  };
  using Found = std::pair<bool, bool>;
  EXPECT_EQ(order({"04/03/2026 1:00", "13/03/2026 1:00"}), Found(true, false));
  EXPECT_EQ(order({"04/03/2026 1:00", "04/13/2026 1:00"}), Found(false, false));
  EXPECT_EQ(order({"04/03/2026 23:00", "05/03/2026 1:00"}), Found(true, false));
  EXPECT_EQ(order({"04/03/2026 23:00", "04/04/2026 1:00"}), Found(false, false));
  EXPECT_EQ(order({"04/03/2026 1:00", "04/03/2026 2:00"}), Found(true, true));
  EXPECT_EQ(order({"04/03/26 1:00"}), Found(false, true));
  for (const char* text : {"2026-04-03 1:00", "04.03.2026 1:00", "03/03/2026 1:00", "1795447157000", "x", ""}) {
    EXPECT_FALSE(order({text}).second) << text;
  }
}

}  // namespace
}  // namespace omniwriter
