#include "reports/format_numbers.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

constexpr auto kEn = Language::en;
constexpr auto kPt = Language::pt_br;

TEST(FormatNumbers, Counts) {
  EXPECT_EQ(format_count(0, kEn), "0");
  EXPECT_EQ(format_count(999, kEn), "999");
  EXPECT_EQ(format_count(1'000, kEn), "1,000");
  EXPECT_EQ(format_count(1'234'567, kPt), "1.234.567");
  EXPECT_EQ(format_count(18'446'744'073'709'551'615U, kEn), "18,446,744,073,709,551,615");
}

TEST(FormatNumbers, ThreeSignificantDigits) {
  EXPECT_EQ(format_number(0, kEn), "0");
  EXPECT_EQ(format_number(0.25, kPt), "0,25");
  EXPECT_EQ(format_number(9.994, kEn), "9.99");
  EXPECT_EQ(format_number(9.996, kEn), "10.0");
  EXPECT_EQ(format_number(99.96, kEn), "100");
  EXPECT_EQ(format_number(123'456.7, kPt), "123.457");
}

TEST(FormatNumbers, PercentagesNeverHideAnErrorOrASuccess) {
  EXPECT_EQ(format_percent(0, kEn), "0%");
  EXPECT_EQ(format_percent(1, kEn), "100%");
  EXPECT_EQ(format_percent(0.0042, kPt), "0,42%");
  EXPECT_EQ(format_percent(0.000001, kEn), "<0.01%");
  EXPECT_EQ(format_percent(0.99999, kEn), ">99.9%");
  EXPECT_EQ(format_percent(0.5, kEn), "50.0%");
}

TEST(FormatNumbers, Times) {
  EXPECT_EQ(format_time(0, kEn), "0 s");
  EXPECT_EQ(format_time(5e-9, kEn), "5 ns");
  EXPECT_EQ(format_time(850e-6, kEn), "850 µs");
  EXPECT_EQ(format_time(0.0123, kPt), "12,3 ms");
  EXPECT_EQ(format_time(0.9994, kEn), "999 ms");
  EXPECT_EQ(format_time(0.9996, kEn), "1.00 s");
  EXPECT_EQ(format_time(1234, kEn, ""), "1,234s");
}

TEST(FormatNumbers, Durations) {
  EXPECT_EQ(format_duration(0.5, kEn), "500 ms");
  EXPECT_EQ(format_duration(12.34, kPt), "12,3 s");
  EXPECT_EQ(format_duration(59.96, kEn), "1 min 00 s");
  EXPECT_EQ(format_duration(602, kEn), "10 min 02 s");
  EXPECT_EQ(format_duration(3599.7, kEn), "1 h 00 min");
  EXPECT_EQ(format_duration(7385, kEn), "2 h 03 min");
}

TEST(FormatNumbers, Bytes) {
  EXPECT_EQ(format_bytes(999, kEn), "999 B");
  EXPECT_EQ(format_bytes(1'000, kEn), "1.00 kB");
  EXPECT_EQ(format_bytes(999'600, kEn), "1.00 MB");
  EXPECT_EQ(format_bytes(12'345'678'901, kPt), "12,3 GB");
  EXPECT_EQ(format_bytes(18'446'744'073'709'551'615U, kEn), "18.4 EB");
}

TEST(FormatNumbers, Instants) { EXPECT_EQ(format_instant(1'795'447'776'590'000'000), "2026-11-23 15:29:36 UTC"); }

}  // namespace
}  // namespace omniwriter
