#include "formats/vegeta/results.h"

#include <gtest/gtest.h>

namespace omniwriter::vegeta {
namespace {

TEST(VegetaResults, EndpointsHaveNoSecrets) {
  EXPECT_EQ(endpoint_of("GET", "http://a:80/b?token=x#y"), "GET http://a:80/b");
  EXPECT_EQ(endpoint_of("GET", "http://user:p@ss@a/b@c"), "GET http://a/b@c");
  EXPECT_EQ(endpoint_of("GET", "/b"), "GET /b");
  EXPECT_EQ(endpoint_of("", "http://a"), "http://a");
  EXPECT_EQ(endpoint_of("POST", ""), "POST");
  EXPECT_EQ(endpoint_of("", "?x"), "(unnamed)");
}

TEST(VegetaResults, ImpossibleNumbersAreRefused) {
  SampleBatch batch;
  HitSink sink({});
  sink.begin(batch);
  const Hit good{.start_ns = 1'795'447'158'180'723'418, .latency_ns = 5, .code = 200, .url = "http://a"};
  EXPECT_EQ(sink.add(good), nullptr);
  for (const auto& change : {+[](Hit& hit) { hit.start_ns = 0; }, +[](Hit& hit) { hit.start_ns = INT64_MAX; },
                             +[](Hit& hit) { hit.latency_ns = -1; }, +[](Hit& hit) { hit.latency_ns = INT64_MAX; },
                             +[](Hit& hit) { hit.code = 1000; }}) {
    Hit bad = good;
    change(bad);
    EXPECT_NE(sink.add(bad), nullptr);
  }
  EXPECT_EQ(batch.samples.size(), 1U);
}

}  // namespace
}  // namespace omniwriter::vegeta
