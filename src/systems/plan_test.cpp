#include "systems/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_client.h"
#include "support/fake_http_server.h"
#include "systems/elasticsearch/settings.h"
#include "systems/grafana/settings.h"
#include "systems/influxdb/settings.h"

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

// As from a proxy that wants a login: what it says yes to did not happen.
TEST(RunPlan, AWebPageIsNoAnswer) {
  testing::FakeHttpServer portal([](const testing::FakeRequest&) {
    return testing::FakeReply{.body = "<html><title>Hotel Wi-Fi</title></html>"};
  });
  Config config;
  config.of<GrafanaSettings>().url = config.of<ElasticsearchSettings>().url = config.of<InfluxDbSettings>().url =
      portal.url();
  HttpClient http;
  const auto plans = run_plan(config, http, {.goal = PlanGoal::apply});
  ASSERT_EQ(plans.size(), 3U);
  for (const SystemPlan& plan : plans) {
    ASSERT_TRUE(plan.error) << plan.system;
    EXPECT_THAT(plan.error->message, ::testing::HasSubstr("web page, HTTP 200: Hotel Wi-Fi")) << plan.system;
  }
}

}  // namespace
}  // namespace omniwriter
