#include "base/decimal_mark.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

std::string plain(const DecimalMark& mark, std::string_view text) {
  std::string scratch;
  const auto read = mark.plain(text, scratch);
  return read ? std::string(*read) : "?";
}

TEST(DecimalMark, ReadsWhatIsNotAmbiguous) {
  const DecimalMark unknown;
  EXPECT_EQ(plain(unknown, "12"), "12");
  EXPECT_EQ(plain(unknown, "12.5"), "12.5");
  EXPECT_EQ(plain(unknown, "12,5"), "12.5");
  EXPECT_EQ(plain(unknown, "0,125"), "0.125");
  EXPECT_EQ(plain(unknown, "1.234,5"), "1234.5");
  EXPECT_EQ(plain(unknown, "1,234.5"), "1234.5");
  EXPECT_EQ(plain(unknown, "1.234.567"), "1234567");
  EXPECT_EQ(plain(unknown, "1234,567"), "1234.567");
  EXPECT_EQ(plain(unknown, "1.234"), "?");
  EXPECT_EQ(plain(unknown, "1,234"), "?");
}

TEST(DecimalMark, LearnsFromTheOtherNumbersOrIsTold) {
  DecimalMark comma;
  comma.see("12,5");
  EXPECT_EQ(plain(comma, "1,234"), "1.234");
  EXPECT_EQ(plain(comma, "1.234"), "1234");
  DecimalMark point;
  point.see("0.125");
  EXPECT_EQ(plain(point, "1.234"), "1.234");
  EXPECT_EQ(plain(point, "1,234"), "1234");
  DecimalMark both = point;
  both.see("12,5");
  EXPECT_EQ(plain(both, "1.234"), "?");
  DecimalMark supposed;
  supposed.suppose('.');
  EXPECT_EQ(plain(supposed, "1.234"), "1.234");
  EXPECT_EQ(plain(DecimalMark(','), "1.234"), "1234");
  EXPECT_EQ(plain(DecimalMark('.'), "1.234"), "1.234");
}

TEST(DecimalMark, LeavesWhatIsNoNumber) {
  for (const char* text : {"", ".", ",", "a,b", "1,,2", "1.2.3,4", "12,34.5"}) {
    DecimalMark told(',');
    EXPECT_NE(plain(told, text), "12.345") << text;
  }
}

}  // namespace
}  // namespace omniwriter
