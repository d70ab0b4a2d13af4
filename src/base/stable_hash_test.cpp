#include "base/stable_hash.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

TEST(StableHash, NeverChanges) {
  EXPECT_EQ(stable_hash({}), "6c62272e07bb014262b821756295c58d");
  EXPECT_EQ(stable_hash({"run-1", "interval"}), "edd91de4be11992f943d821e33768297");
}

TEST(StableHash, TellsPartsApart) {
  EXPECT_NE(stable_hash({"ab", "c"}), stable_hash({"a", "bc"}));
  EXPECT_NE(stable_hash({"a"}), stable_hash({"a", ""}));
}

}  // namespace
}  // namespace omniwriter
