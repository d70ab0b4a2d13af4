#include "provision/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omniwriter {
namespace {

using nlohmann::json;

TEST(Fingerprint, TellsContentsApart) {
  const json content{{"title", "a"}, {"panels", {{{"id", 1}, {"expr", "up"}}}}};
  json other = content;
  other["panels"][0]["expr"] = "down";
  EXPECT_NE(fingerprint(content), fingerprint(other));
  other = content;
  other["panels"].push_back({{"id", 2}});
  EXPECT_NE(fingerprint(content), fingerprint(other));
  other = content;
  other["added"] = "by hand";
  EXPECT_NE(fingerprint(content), fingerprint(other));
}

TEST(Fingerprint, WhatServersAddOfTheirOwnDoesNotCount) {
  const json content{{"title", "a"}, {"list", {1, 2}}, {"inner", {{"x", 5}}}};
  json served = content;
  served["user"] = "";
  served["withCredentials"] = false;
  served["inner"]["nothing"] = nullptr;
  served["inner"]["empty"] = json::object();
  served["inner"]["x"] = 5.0;
  EXPECT_EQ(fingerprint(content), fingerprint(served));
}

TEST(Fingerprint, ElementsOfListsCountEvenIfEmpty) {
  EXPECT_NE(fingerprint({{"list", {0, 1}}}), fingerprint({{"list", {1, 0}}}));
  EXPECT_NE(fingerprint({{"list", {1}}}), fingerprint({{"list", {1, 0}}}));
}

}  // namespace
}  // namespace omniwriter
