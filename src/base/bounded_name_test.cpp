#include "base/bounded_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omniwriter {
namespace {

using testing::StartsWith;

TEST(BoundedName, LeavesNamesOfOrdinaryLength) {
  const std::string longest(kMaxNameBytes, 'n');
  EXPECT_EQ(bounded_name(longest), longest);
  EXPECT_EQ(bounded_name(""), "");
}

TEST(BoundedName, TellsLongNamesApartByAHashOfTheWhole) {
  const std::string one(1'000'000, 'n');
  std::string other = one;
  other[500'000] = 'm';
  EXPECT_LE(bounded_name(one).size(), kMaxNameBytes);
  EXPECT_NE(bounded_name(one), bounded_name(other));
  EXPECT_EQ(bounded_name(one), bounded_name(std::string(one)));
  EXPECT_EQ(bounded_name(bounded_name(one)), bounded_name(one));
}

TEST(BoundedName, CutsBetweenCharacters) {
  for (int shift = 0; shift < 4; ++shift) {
    std::string name(static_cast<std::size_t>(shift), 'a');
    for (int i = 0; i < 1000; ++i) name += "\U0001F600";
    const std::string cut = bounded_name(name);
    const std::size_t front = cut.rfind('~');
    EXPECT_EQ((front - static_cast<std::size_t>(shift)) % 4, 0U);
    EXPECT_THAT(name, StartsWith(cut.substr(0, front)));
  }
}

}  // namespace
}  // namespace omniwriter
