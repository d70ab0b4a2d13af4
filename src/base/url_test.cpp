#include "base/url.h"

#include <gtest/gtest.h>

namespace omniwriter {
namespace {

TEST(Url, ReadsTheParts) {
  const auto url = parse_url("HTTP://Prometheus.Example:9090/base/");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->scheme, "http");
  EXPECT_EQ(url->host, "prometheus.example");
  EXPECT_EQ(url->port, 9090);
  EXPECT_EQ(url->path, "/base/");
}

TEST(Url, KnowsThePortOfTheScheme) {
  EXPECT_EQ(parse_url("http://a")->port, 80);
  EXPECT_EQ(parse_url("https://a")->port, 443);
}

TEST(Url, ReadsIpv6) {
  const auto url = parse_url("http://[::1]:8086");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 8086);
}

TEST(Url, RefusesWhatIsNoServer) {
  for (const char* text : {"", "localhost:9090", "ftp://a", "http://", "http:///x", "http://:80", "http://a:",
                           "http://a:0", "http://a:65536", "http://a:8x", "http://a b", "http://a\n", "http://a/?u=x",
                           "http://a#b", "http://[::1", "http://[::1]x", "http://[zz]", "http://a\\b", "http://a<b"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::usage);
  }
}

TEST(Url, NeverRepeatsCredentials) {
  for (const char* text :
       {"http://user:canary@host", "http://canary@host:1", "ftp://user:canary@host", "user:canary@host",
        "http://host/?x=user:canary@", "http://us er:canary@host", "http://host/?token=canary"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().message.find("canary"), std::string::npos) << url.error().message;
  }
}

}  // namespace
}  // namespace omniwriter
