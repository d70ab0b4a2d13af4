#include "formats/hdr_histogram/hdr_histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "base/base64.h"

namespace omniwriter::hdr {
namespace {

using ::testing::HasSubstr;

// What the library for Java (2.2.2) made of the values 1, 2000, 2000, 1000000 with three digits.
constexpr std::string_view kByJava = "HISTFAAAACh4nJNpmSzMwMDAyQABzFCaEURcm7yEwf4DVIRptjzL/H5GJgCEWwaB";

std::string big_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}

std::string packed(const std::string& plain) {
  std::string bytes(compressBound(plain.size()), '\0');
  uLongf size = bytes.size();
  compress(reinterpret_cast<Bytef*>(bytes.data()), &size, reinterpret_cast<const Bytef*>(plain.data()), plain.size());
  bytes.resize(size);
  return base64(big_endian(0x1c849314, 4) + big_endian(size, 4) + bytes);
}

std::string histogram(const std::string& counters, std::uint64_t digits = 3, std::uint64_t lowest = 1) {
  return packed(big_endian(0x1c849313, 4) + big_endian(counters.size(), 4) + big_endian(0, 4) + big_endian(digits, 4) +
                big_endian(lowest, 8) + big_endian(1'000'000, 8) + big_endian(0x3FF0000000000000, 8) + counters);
}

Result<std::vector<Bucket>> decoded(std::string_view text) {
  std::size_t budget = kMaxBytes;
  return decode(text, budget);
}

std::string error_of(const std::string& text) {
  const auto buckets = decoded(text);
  return buckets ? "" : buckets.error().message;
}

TEST(HdrHistogram, ReadsWhatItsLibraryWrote) {
  const auto buckets = decoded(kByJava);
  ASSERT_TRUE(buckets) << buckets.error().message;
  ASSERT_EQ(buckets->size(), 3U);
  EXPECT_EQ((*buckets)[0].low, 1U);
  EXPECT_EQ((*buckets)[0].high, 1U);
  EXPECT_EQ((*buckets)[0].count, 1U);
  EXPECT_EQ((*buckets)[1].low, 2000U);
  EXPECT_EQ((*buckets)[1].count, 2U);
  EXPECT_EQ((*buckets)[2].low, 999'936U);  // as its lowestEquivalentValue() and highestEquivalentValue() have it
  EXPECT_EQ((*buckets)[2].high, 1'000'447U);
}

TEST(HdrHistogram, LargeCountersAndGaps) {
  // 300 times 0, nothing for 299 values, and the largest counter there is.
  const auto buckets = decoded(histogram(std::string("\xD8\x04\xD5\x04") + std::string(8, '\xFE') + "\xFF"));
  ASSERT_TRUE(buckets) << buckets.error().message;
  ASSERT_EQ(buckets->size(), 2U);
  EXPECT_EQ((*buckets)[0].count, 300U);
  EXPECT_EQ((*buckets)[1].low, 300U);
}

TEST(HdrHistogram, WhatCannotBeIsRefused) {
  EXPECT_THAT(error_of("HIST!"), HasSubstr("base64"));
  EXPECT_THAT(error_of(base64(big_endian(0x1c849312, 4) + big_endian(9, 4))), HasSubstr("version 2"));
  EXPECT_THAT(error_of(base64(big_endian(0x1c849314, 4) + big_endian(9, 4))), HasSubstr("cut off"));
  EXPECT_THAT(error_of(packed("short")), HasSubstr("inside"));
  EXPECT_THAT(error_of(histogram("\x02", 6)), HasSubstr("layout"));
  EXPECT_THAT(error_of(histogram("\x02", 3, 0)), HasSubstr("layout"));
  EXPECT_THAT(error_of(histogram("\x80")), HasSubstr("cut off"));
  // Further up than any value of 63 bits.
  EXPECT_THAT(error_of(histogram("\xFF\xFF\xFF\x7F\x02")), HasSubstr("values that cannot be"));
}

TEST(HdrHistogram, UnpacksNoMoreThanItMay) {
  EXPECT_THAT(error_of(histogram(std::string(kMaxBytes, '\0'))), HasSubstr("longer"));
  std::size_t budget = 50;
  EXPECT_TRUE(decode(histogram("\x02"), budget));
  EXPECT_EQ(budget, 9U);  // its head has 40 bytes
  EXPECT_FALSE(decode(histogram("\x02"), budget));
}

}  // namespace
}  // namespace omniwriter::hdr
