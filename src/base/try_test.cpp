#include "base/try.h"

#include <gtest/gtest.h>

#include <memory>

#include "omniwriter/error.h"

namespace omniwriter {
namespace {

Result<std::unique_ptr<int>> make(bool works) {
  if (!works) return fail(ErrorCode::io, "no room", true);
  return std::make_unique<int>(7);
}
Result<void> accept(int value) {
  if (value != 7) return fail(ErrorCode::internal, "not seven");
  return {};
}

Result<int> both(bool works, int add) {
  auto made = TRY(make(works));
  TRY(accept(*made + add));
  return *made;
}

TEST(Try, GivesTheValue) { EXPECT_EQ(both(true, 0).value(), 7); }

TEST(Try, HandsTheErrorOnAsItIs) {
  const auto result = both(false, 0);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::io);
  EXPECT_EQ(result.error().message, "no room");
  EXPECT_TRUE(result.error().retryable);
}

TEST(Try, HandsOnWhereThereIsNoValue) { EXPECT_EQ(both(true, 1).error().message, "not seven"); }

TEST(Try, TakesTheValueOutOfAVariable) {
  const auto of_variable = []() -> Result<int> {
    auto made = make(true);
    const std::unique_ptr<int> value = TRY(made);
    EXPECT_EQ(*made, nullptr);
    return *value;
  };
  EXPECT_EQ(of_variable().value(), 7);
}

}  // namespace
}  // namespace omniwriter
