#include "app/console.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

TEST(ProgressText, ShowsShareRatesAndTimeLeft) {
  const ReadProgress progress{.bytes_read = 250'000'000, .bytes_total = 1'000'000'000, .samples = 1'600'000};
  EXPECT_EQ(progress_text("big.jtl", progress, 100'000, 0.5, 80, Language::en),
            "big.jtl  25 %, 500 MB/s, 3.0 M samples/s, 2 s left");
}

TEST(ProgressText, ShowsBytesWhereTheSizeIsNotKnown) {
  EXPECT_EQ(
      progress_text("stdin", {.bytes_read = 1'234'567, .bytes_total = 0, .samples = 10'000}, 0, 1, 80, Language::en),
      "stdin 1.2 MB, 1 MB/s, 10 k samples/s");
  EXPECT_EQ(progress_text("stdin", {.bytes_read = 12, .bytes_total = 0, .samples = 0}, 0, 0, 80, Language::en),
            "stdin 12 B");
}

TEST(ProgressText, InPortuguese) {
  const ReadProgress progress{.bytes_read = 250'000'000, .bytes_total = 1'000'000'000, .samples = 1'600'000};
  EXPECT_EQ(progress_text("a.b.jtl", progress, 100'000, 0.5, 80, Language::pt_br),
            "a.b.jtl  25 %, 500 MB/s, 3,0 M amostras/s, faltam 2 s");
}

TEST(ProgressText, LongTimesAreShort) {
  const ReadProgress progress{.bytes_read = 1, .bytes_total = 101, .samples = 0};
  EXPECT_NE(progress_text("a", progress, 0, 1, 80, Language::en).find("1 min 40 s left"), std::string::npos);
  EXPECT_NE(progress_text("a", progress, 0, 50, 80, Language::en).find("1 h 23 min left"), std::string::npos);
}

TEST(ProgressText, NeverFillsTheLine) {
  const ReadProgress progress{.bytes_read = 250'000'000, .bytes_total = 1'000'000'000, .samples = 1'600'000};
  for (const int width : {0, 1, 10, 40, 60, 80}) {
    EXPECT_LE(progress_text(std::string(500, 'x'), progress, 0, 0.5, width, Language::en).size(),
              static_cast<std::size_t>(std::max(0, width - 1)));
  }
}

}  // namespace
}  // namespace omniwriter
