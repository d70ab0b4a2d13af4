#include "integration/metrics_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "systems/system.h"

namespace omniwriter {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json seed_record() {
  return {{"test_name", "api_load_test"}, {"requests_count", 1000}, {"response_time_avg", 150.5}, {"error_rate", 0.02},
          {"throughput", 50.0},           {"cpu_usage", 75.0},      {"memory_usage", 512.0}};
}
/// As a system keeps it.
std::vector<OutputItem> items_of(const char* system, const json& record) {
  const auto read = read_metrics_record(record);
  EXPECT_TRUE(read) << read.error().message;
  Config config;
  config.labels = {{"team", "a"}};
  return find_system(system)->records->of(config, *read, "run-1", 1'706'371'200'000'000'001);
}

TEST(MetricsRecord, BecomesThePointsOfARun) {
  const auto items = items_of("influxdb", seed_record());
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[1].bytes,
            "load_test_interval_total,team=a,test_name=api_load_test,testid=run-1 requests=1000i,errors=20i,"
            "throughput_rps=50,mean=0.1505,cpu_percent=75,memory_mb=512 1706371200000000001\n");
  EXPECT_THAT(items[2].bytes, StartsWith("load_test_buckets,le_ms=160,"));
}

TEST(MetricsRecord, TheDocumentKeepsTheMembersOfTheRecord) {
  json original = seed_record();
  original["build"] = "1.2";
  original["retries"] = 3;
  const auto items = items_of("elasticsearch", original);
  const std::string& bytes = items[1].bytes;
  EXPECT_THAT(bytes, HasSubstr(R"("_index":"load-tests-2024.01.27")"));
  const auto document = json::parse(bytes.substr(bytes.find('\n') + 1));
  for (const auto& [name, value] : original.items()) EXPECT_EQ(document[name], value) << name;
  EXPECT_EQ(document["doc_type"], "interval_total");
  EXPECT_EQ(document["samples"], 1000);
  EXPECT_EQ(document["errors"], 20);
  EXPECT_EQ(document["error_ratio"], 0.02);
  EXPECT_EQ(document["response_time_seconds"]["mean"], 0.1505);
  EXPECT_EQ(document["cpu_percent"], 75);
}

TEST(MetricsRecord, FurtherMembersBecomeFields) {
  json original = seed_record();
  original["build"] = "1.2";
  original["retries"] = 3;
  const auto items = items_of("influxdb", original);
  EXPECT_THAT(items[1].bytes, HasSubstr(R"(,retries=3,build="1.2" )"));
}

TEST(MetricsRecord, WhatCannotBeIsAnError) {
  const auto message = [](const char* name, json value) {
    json record = seed_record();
    record[name] = std::move(value);
    const auto read = read_metrics_record(record);
    return read ? "no error" : read.error().message;
  };
  EXPECT_THAT(message("error_rate", 1.5), HasSubstr("from 0 to 1"));
  EXPECT_THAT(message("requests_count", -1), HasSubstr("requests_count"));
  EXPECT_THAT(message("throughput", "fast"), HasSubstr("throughput must be a number"));
  EXPECT_THAT(message("test_name", 5), HasSubstr("test_name"));
  EXPECT_THAT(message("test_name", "a\nb"), HasSubstr("on one line"));
  EXPECT_THAT(message("nested", json::object()), HasSubstr("a number or text"));
  EXPECT_FALSE(read_metrics_record(json::array()));
}

}  // namespace
}  // namespace omniwriter
