#include "base/utf8.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

TEST(CleanUtf8, KeepsWellFormedText) {
  EXPECT_EQ(clean_utf8("GET /ação 中 😀", 64), "GET /ação 中 😀");
  EXPECT_EQ(clean_utf8("", 64), "");
}

TEST(CleanUtf8, ReplacesControlCharactersAndTrims) {
  EXPECT_EQ(clean_utf8(" \ta\nb\x7F"
                       "c\r\n",
                       64),
            "a b c");
  EXPECT_EQ(clean_utf8(std::string_view("a\0b", 3), 64), "a b");
}

TEST(CleanUtf8, ReplacesWhatIsNotUtf8ByteByByte) {
  EXPECT_EQ(clean_utf8("a\xFF"
                       "b",
                       64),
            "a?b");
  EXPECT_EQ(clean_utf8("\xC0\xAF", 64), "??");            // overlong
  EXPECT_EQ(clean_utf8("\xED\xA0\x80", 64), "???");       // surrogate
  EXPECT_EQ(clean_utf8("\xF4\x90\x80\x80", 64), "????");  // past U+10FFFF
  EXPECT_EQ(clean_utf8("\xE4\xB8", 64), "??");            // cut
  EXPECT_EQ(clean_utf8("\xE4\xB8X", 64), "??X");
}

TEST(CleanUtf8, CutsBetweenCharacters) {
  EXPECT_EQ(clean_utf8("aé", 2), "a");
  EXPECT_EQ(clean_utf8("aé", 3), "aé");
  EXPECT_EQ(clean_utf8("abc", 0), "");
}

}  // namespace
}  // namespace omniwriter
