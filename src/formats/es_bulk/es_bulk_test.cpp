#include "formats/es_bulk/es_bulk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace omniwriter {
namespace {

using nlohmann::json;

TEST(EsBulk, EncodesCreate) {
  EXPECT_EQ(encode_bulk_create("i-2026.01.31", "x\"1", {{"b", 1}, {"a", "line\nbreak"}}),
            "{\"create\":{\"_id\":\"x\\\"1\",\"_index\":\"i-2026.01.31\"}}\n{\"a\":\"line\\nbreak\",\"b\":1}\n");
}

TEST(EsBulk, PutsWithTheVersionOfTheRequest) {
  const std::string put = encode_bulk_put("i", "x\"version\":", {{"version", 7}});
  std::string body;
  append_bulk(body, put, 123);
  append_bulk(body, encode_bulk_create("i", "1", {{"version", 0}}), 123);
  EXPECT_EQ(body,
            "{\"index\":{\"_id\":\"x\\\"version\\\":\",\"_index\":\"i\",\"version\":123,"
            "\"version_type\":\"external_gte\"}}\n{\"version\":7}\n"
            "{\"create\":{\"_id\":\"1\",\"_index\":\"i\"}}\n{\"version\":0}\n");
}

TEST(EsBulk, SurvivesTextThatIsNotUtf8) {
  EXPECT_EQ(encode_bulk_create("i", "1", {{"a", "\xff"}}),
            "{\"create\":{\"_id\":\"1\",\"_index\":\"i\"}}\n{\"a\":\"\xEF\xBF\xBD\"}\n");
}

TEST(EsBulk, DecodesItems) {
  const auto items = decode_bulk_reply(
      R"({"took":1,"errors":true,"items":[{"create":{"_id":"1","status":201}},
          {"create":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"no"}}},
          {"create":{"status":429,"error":"busy"}}]})");
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 3U);
  EXPECT_EQ((*items)[0].status, 201);
  EXPECT_EQ((*items)[0].reason, "");
  EXPECT_EQ((*items)[1].reason, "mapper_parsing_exception: no");
  EXPECT_EQ((*items)[2].reason, "busy");
}

TEST(EsBulk, AnOddReplyIsAnError) {
  for (const char* body : {"", "<html>", "{}", "[]", R"({"items":3})", R"({"items":[{}]})", R"({"items":[3]})",
                           R"({"items":[{"create":{}}]})", R"({"items":[{"create":{"status":"x"}}]})"}) {
    EXPECT_FALSE(decode_bulk_reply(body)) << body;
  }
}

TEST(EsBulk, Templates) {
  const auto composable = json::parse(index_template("load-tests", "load-tests", true));
  EXPECT_EQ(composable["index_patterns"], json::array({"load-tests-*"}));
  EXPECT_GE(composable["priority"], 500);
  EXPECT_EQ(composable["template"]["mappings"]["properties"]["endpoint"]["type"], "keyword");
  EXPECT_TRUE(composable["template"]["aliases"].contains("load-tests"));
  const auto legacy = json::parse(index_template("load-tests", "", false));
  EXPECT_EQ(legacy["mappings"]["dynamic"], false);
  EXPECT_FALSE(legacy.contains("template"));
  EXPECT_FALSE(legacy.contains("aliases"));
}

TEST(EsBulk, KnowsItsOwnTemplates) {
  const auto composable = json::parse(index_template("a", "a", true));
  EXPECT_EQ(load_test_template_version({{"index_templates", {{{"name", "a"}, {"index_template", composable}}}}}),
            kLoadTestTemplateVersion);
  const auto legacy = json::parse(index_template("a", "a", false));
  EXPECT_EQ(load_test_template_version({{"a", legacy}}), kLoadTestTemplateVersion);
  for (const char* other : {"null", "[]", "{}", R"({"a":{"version":1}})", R"({"index_templates":[]})",
                            R"({"index_templates":[{"index_template":{"version":1,"template":{}}}]})"}) {
    EXPECT_EQ(load_test_template_version(json::parse(other)), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace omniwriter
