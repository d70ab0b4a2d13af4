#include "base/foreign_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace omniwriter {
namespace {

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
}

TEST(ForeignJson, IsReadWhereItIsJson) {
  EXPECT_EQ(parse_foreign_json(R"({"a":[1,{"b":"]}\"["}]})")["a"][1]["b"], "]}\"[");
  for (const char* text : {"", "<html>", "{", "]]]]", "\"", "{}{}"}) {
    EXPECT_TRUE(parse_foreign_json(text).is_discarded()) << text;
  }
}

TEST(ForeignJson, IsNotFollowedIntoAnyDepth) {
  EXPECT_FALSE(parse_foreign_json(nested(kMaxJsonDepth)).is_discarded());
  EXPECT_TRUE(parse_foreign_json(nested(kMaxJsonDepth + 1)).is_discarded());
  EXPECT_FALSE(parse_foreign_json("\"" + std::string(1000, '[') + "\"").is_discarded()) << "text";
  EXPECT_FALSE(parse_foreign_json("[\"\\\"\"," + nested(10) + "]").is_discarded());
  EXPECT_TRUE(parse_foreign_json(std::string(1 << 20, '[')).is_discarded());
}

}  // namespace
}  // namespace omniwriter
