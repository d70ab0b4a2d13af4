#include "model/endpoint_names.h"

#include <gtest/gtest.h>

#include "base/bounded_name.h"

namespace omniwriter {
namespace {

TEST(FoldEndpoint, IdsBecomeTemplates) {
  for (const auto& [name, endpoint] : std::initializer_list<std::pair<const char*, const char*>>{
           {"/orders/123", "/orders/{id}"},
           {"GET /orders/123/items/7", "GET /orders/{id}/items/{id}"},
           {"https://shop.example/orders/123?page=2#top", "https://shop.example/orders/{id}"},
           {"http://10.0.0.1:8080/users/7", "http://10.0.0.1:8080/users/{id}"},
           {"/u/550e8400-e29b-41d4-a716-446655440000/x", "/u/{uuid}/x"},
           {"/blob/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/blob/{hash}"},
           {"/log/2026-11-23", "/log/{date}"},
           {"/order-1234/x", "/order-{id}/x"},
           {"/img/photo_20260101.jpg", "/img/photo_{id}.jpg"},
           {"/img/photo-20260101.jpg", "/img/photo-{id}.jpg"},
           {"/t/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "/t/{token}"},
           {"/a;jsessionid=1A2B", "/a"},
           {"GET /a?b=1 HTTP/1.1", "GET /a HTTP/1.1"},
           {"https://shop.example?x=1", "https://shop.example"},
           {"/2024/report", "/{id}/report"}}) {
    EXPECT_EQ(fold_endpoint(name), endpoint);
    EXPECT_EQ(fold_endpoint(endpoint), endpoint) << "folding twice is folding once";
  }
}

TEST(FoldEndpoint, AllElseStays) {
  for (const char* name : {"", "/", "//", "login", "Login / Logout", "1/2 checkout", "HTTP Request 17", "/api/v1/users",
                           "/oauth2/token", "GET \"flaky\", please", "Zürich ünï/9", "/page-10", "/deadbeef", "/face",
                           "a 123 b", "__other__", "/internationalization-settings", "http://10.0.0.1:8080"}) {
    EXPECT_EQ(fold_endpoint(name), name);
  }
}

TEST(EndpointNames, RulesComeFirst) {
  const EndpointNames names(true, {{"^(GET|POST) /v\\d+/(\\w+)/.*", "$1 $2"}, {"static", "static files"}});
  EXPECT_EQ(names("GET /v1/users/17/x"), "GET users");
  EXPECT_EQ(names("/static/app.1234.js"), "static files");
  EXPECT_EQ(names("/orders/5"), "/orders/{id}");
  EXPECT_EQ(EndpointNames(false)("/orders/5?x=1"), "/orders/5?x=1");
}

TEST(EndpointNames, HugeNamesAreNoDanger) {
  const EndpointNames names(true, {{"(a|b)*c", "x"}});
  const std::string huge(std::size_t{1} << 20, 'a');
  EXPECT_EQ(names(huge), bounded_name(huge));
  EXPECT_EQ(names("/" + std::string(std::size_t{1} << 20, '7')), "/{id}");
}

TEST(EndpointNames, APatternCannotTakeForever) {
  const EndpointNames names(false, {{"^/(a+)+$", "x"}, {"(a|aa)*b$", "y"}});
  const std::string name = "/" + std::string(100'000, 'a') + "!";
  EXPECT_EQ(names(name), bounded_name(name));
  EXPECT_EQ(names("/aaa"), "x");
}

TEST(EndpointNames, WhatARuleNames) {
  const EndpointNames names(false, {{"(a)(b)?(c)", "$3-$2-$1-$&-$$-$0-$"}});
  EXPECT_EQ(names("xacx"), "c--a-ac-$-$0-$");
}

TEST(EndpointNames, PatternsThatCannotBeUsedAreTold) {
  EXPECT_EQ(problem_with_pattern("^/(a+)+$"), std::nullopt);
  for (const char* pattern : {"(", "(?=a)", "(?!a)", "(a)\\1"}) {
    EXPECT_NE(problem_with_pattern(pattern).value_or(""), "") << pattern;
  }
}

}  // namespace
}  // namespace omniwriter
