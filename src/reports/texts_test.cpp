#include "reports/texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace omniwriter {
namespace {

std::ptrdiff_t places(std::string_view text) {
  std::ptrdiff_t found = 0;
  for (std::size_t at = text.find("{}"); at != std::string_view::npos; at = text.find("{}", at + 2)) ++found;
  return found;
}

TEST(Texts, EveryTextIsThereInEveryLanguage) {
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(kTexts[i].text), i) << "the table is in another order than the enumeration";
    EXPECT_FALSE(kTexts[i].pt_br.empty()) << i;
    EXPECT_FALSE(kTexts[i].en.empty()) << i;
    EXPECT_EQ(places(kTexts[i].pt_br), places(kTexts[i].en)) << kTexts[i].en;
    EXPECT_EQ(std::count(kTexts[i].en.begin(), kTexts[i].en.end(), '{'), places(kTexts[i].en)) << kTexts[i].en;
  }
  EXPECT_EQ(kTexts.size(), static_cast<std::size_t>(Text::only_now) + 1) << "a text is missing at the end of the table";
}

}  // namespace
}  // namespace omniwriter
