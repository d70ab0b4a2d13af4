#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/decimal.h"
#include "base/digits.h"
#include "base/rfc3339.h"

namespace omniwriter {
namespace {

std::uint64_t digits_of(std::string text) {
  const std::size_t size = text.size();
  text += "9999999999";  // what lies behind must not matter
  std::uint64_t value = 0;
  return read_digits(std::string_view(text).substr(0, size), value) ? value : UINT64_MAX;
}

TEST(Digits, ReadsNumbersOfEveryLength) {
  std::mt19937_64 random(1);
  for (int length = 1; length <= 18; ++length) {
    for (int i = 0; i < 200; ++i) {
      std::string text;
      for (int j = 0; j < length; ++j) text += static_cast<char>('0' + random() % 10);
      EXPECT_EQ(digits_of(text), std::stoull(text));
    }
  }
}

TEST(Digits, RefusesEverythingElse) {
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.5", "abc", "12345678x", "x2345678", "1234567890123456789",
                           "/", ":", "1e3", "\xB1"}) {
    EXPECT_EQ(digits_of(text), UINT64_MAX) << text;
  }
  for (int c = 0; c < 256; ++c) {
    if (c >= '0' && c <= '9') continue;
    for (std::size_t at = 0; at < 9; ++at) {
      std::string text = "123456789";
      text[at] = static_cast<char>(c);
      EXPECT_EQ(digits_of(text), UINT64_MAX) << c << " at " << at;
    }
  }
}

TEST(ShortDecimals, AreReadAsTheSlowWayDoes) {
  std::mt19937_64 random(2);
  const std::string alphabet = "0123456789012345678901234567890123456789....x-";
  std::size_t numbers = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (std::uint64_t size = random() % 10; text.size() < size;) text += alphabet[random() % alphabet.size()];
    const auto slow = read_decimal(text, 9);
    const std::size_t size = text.size();
    ShortDecimal number;
    const bool read = read_short_decimal(std::string_view(text += "7.777777").substr(0, size), number);
    ASSERT_EQ(read, slow && size <= 8) << text.substr(0, size);
    if (!read) continue;
    ++numbers;
    std::int64_t value = number.digits;
    for (unsigned digit = number.decimals; digit < 9; ++digit) value *= 10;
    ASSERT_EQ(value, *slow) << text.substr(0, size);
  }
  EXPECT_GT(numbers, 10'000U);
}

TEST(Rfc3339, ReadsWhatToolsWrite) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_rfc3339("2026-11-23T15:29:36.590630544Z"), 1'795'447'776'590'630'544);
  EXPECT_EQ(parse_rfc3339("2026-11-23T16:29:36.59+01:00"), 1'795'447'776'590'000'000);
  EXPECT_EQ(parse_rfc3339("2026-11-23T12:29:36-03:00"), 1'795'447'776'000'000'000);
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), 1'709'164'800'000'000'000);
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2026-11-23", "2026-13-23T15:29:36Z", "2026-02-30T15:29:36Z", "2026-11-23T24:29:36Z", "2026-11-23T15:29:36",
        "2026-11-23T15:29:36.Z", "2026-11-23T15:29:36Zx", "2026-11-23T15:29:36+1:00", "9999-11-23T15:29:36Z"}) {
    EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
  }
}

TEST(Rfc3339, WritesWhatItReads) {
  EXPECT_EQ(format_rfc3339(1'795'447'776'590'630'544), "2026-11-23T15:29:36.590Z");
  EXPECT_EQ(format_rfc3339(-1'000'000), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_day(1'795'447'776'590'630'544), "2026.11.23");
  std::mt19937_64 random(2);
  for (int i = 0; i < 1000; ++i) {
    const auto ms = static_cast<std::int64_t>(random() % 4'000'000'000'000);
    EXPECT_EQ(parse_rfc3339(format_rfc3339(ms * 1'000'000)), ms * 1'000'000);
  }
}

TEST(Decimal, ToTheLastDigit) {
  EXPECT_EQ(read_decimal("0.0267", 9), 26'700'000);
  EXPECT_EQ(read_decimal("1.773352623", 9), 1'773'352'623);
  EXPECT_EQ(read_decimal("0.1234567899", 9), 123'456'789);
  EXPECT_EQ(read_decimal("12", 6), 12'000'000);
  EXPECT_EQ(read_decimal("12", 0), 12);
  EXPECT_EQ(read_decimal("12.9", 0), 12);
  EXPECT_EQ(read_decimal("9223372036.854775807", 9), INT64_MAX);
}

TEST(Decimal, NothingElse) {
  for (const char* text : {"", ".", ".5", "5.", "-1", "+1", "1e3", "1,5", "1.2.3", " 1", "1 ", "9223372036.854775808",
                           "99999999999", "18446744073709551616000"}) {
    EXPECT_EQ(read_decimal(text, 9), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace omniwriter
