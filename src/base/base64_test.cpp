#include "base/base64.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

TEST(Base64, VectorsOfTheStandard) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xfb\xff"), "+/8=");
  EXPECT_EQ(base64_url("\xfb\xff"), "-_8");
}

TEST(Base64, BackToBytes) {
  for (const std::string bytes : {"", "f", "fo", "foo", "foobar", "\xfb\xff"})
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
  EXPECT_EQ(from_base64("Zm8"), "fo");
  for (const char* text : {"Z", "Zg-_", "Zg==Zg==", "Zg===", "Z g="})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace omniwriter
