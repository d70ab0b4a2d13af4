#include "reports/display_width.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("ação"), 4);
  EXPECT_EQ(display_width("カート"), 6);
  EXPECT_EQ(display_width("한국"), 4);
  EXPECT_EQ(display_width("e\xcc\x81"), 1) << "a combining accent";
  EXPECT_EQ(display_width("🚀"), 2);
  EXPECT_EQ(display_width("…─█✓"), 4);
}

TEST(DisplayWidth, VisibleTextShowsWhatWouldAct) {
  EXPECT_EQ(visible_text("GET /ação"), "GET /ação");
  EXPECT_EQ(visible_text("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(visible_text("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
  EXPECT_EQ(visible_text("\xc2\x9b"), "\\x9b");
  EXPECT_EQ(visible_text("\xe2\x80\xae"), "\\u{202e}");
  EXPECT_EQ(visible_text(std::string("\0", 1)), "\\x00");
  EXPECT_EQ(visible_text("\xff"
                         "a\xe3\x82"),
            "\uFFFDa\uFFFD\uFFFD");
}

TEST(DisplayWidth, ShortensInTheMiddle) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefgh", 6), "ab…fgh");
  EXPECT_EQ(shortened("abcdefgh", 5), "ab…gh");
  EXPECT_EQ(shortened("abc", 1), "…");
  EXPECT_EQ(shortened("漢字漢字漢字", 6), "漢…字") << "a wide character is never cut in half";
  EXPECT_EQ(shortened("e\xcc\x81"
                      "bcdefg"
                      "e\xcc\x81",
                      4),
            "e\xcc\x81…ge\xcc\x81")
      << "an accent stays with its letter";
  for (int columns = 1; columns < 30; ++columns) {
    EXPECT_LE(display_width(shortened("GET /カート/注文確認/ação", columns)), columns);
  }
}

TEST(DisplayWidth, ShortensAtEitherEnd) {
  EXPECT_EQ(shortened("abcdefgh", 4, Cut::start), "…fgh");
  EXPECT_EQ(shortened("abcdefgh", 4, Cut::end), "abc…");
  EXPECT_EQ(shortened("漢字漢字", 4, Cut::start), "…字") << "a wide character is never cut in half";
  EXPECT_EQ(shortened("abcd", 4, Cut::start), "abcd");
  EXPECT_EQ(shortened("abc", 1, Cut::end), "…");
}

TEST(DisplayWidth, Pads) {
  EXPECT_EQ(padded_right("カ", 4), "カ  ");
  EXPECT_EQ(padded_left("ab", 4), "  ab");
  EXPECT_EQ(padded_left("abcde", 4), "abcde");
}

TEST(DisplayWidth, TextsAreBrokenAtSpaces) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrapped("one two three", 7), (Lines{"one two", "three"}));
  EXPECT_EQ(wrapped("漢字 漢字 a", 6), (Lines{"漢字", "漢字 a"}));
  EXPECT_EQ(wrapped("a toolongword b", 5), (Lines{"a", "to…rd", "b"}));
  EXPECT_EQ(wrapped("", 5), Lines{""});
}

}  // namespace
}  // namespace omniwriter
