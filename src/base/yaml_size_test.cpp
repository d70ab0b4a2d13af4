#include "base/yaml_size.h"

#include <gtest/gtest.h>

#include <limits>

namespace omniwriter {
namespace {

TEST(YamlSize, AliasesCountAsWhatTheyStandFor) {
  EXPECT_EQ(yaml_nodes(""), 0U);
  EXPECT_EQ(yaml_nodes("a"), 1U);
  EXPECT_EQ(yaml_nodes("a: [1, 2]"), 5U);
  EXPECT_EQ(yaml_nodes("a: &x [1, 2]\nb: *x"), 9U);
  EXPECT_EQ(yaml_nodes("a: 1\n---\nb: [1, 2, 3, 4]"), 3U);
}

TEST(YamlSize, ABombIsCountedNotBuilt) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += (i == 0 ? "*" : ",*") + before;
    bomb += "]\n";
  }
  EXPECT_EQ(yaml_nodes(bomb), std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace omniwriter
