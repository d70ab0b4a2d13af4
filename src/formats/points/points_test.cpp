#include "formats/points/points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Points, EveryRequestIsInThePointsOfItsEndpointAndOfAllTogether) {
  const omniwriter::Run run = testing::sample_run();
  std::uint64_t samples = 0;
  std::uint64_t by_endpoint = 0;
  std::uint64_t together = 0;
  for_each_interval_point(run, [&](const IntervalPoint& point) {
    const auto line = json::parse(interval_json(run, {{"team", "shop"}}, point));
    EXPECT_EQ(line.at("testid"), "run-1");
    EXPECT_EQ(line.at("labels").at("team"), "shop");
    samples += point.samples;
    (line.at("type") == "interval" ? by_endpoint : together) += line.at("requests").get<std::uint64_t>();
    EXPECT_EQ(line.contains("endpoint"), line.at("type") == "interval");
  });
  EXPECT_EQ(samples, testing::kSampleRunRequests);
  EXPECT_EQ(by_endpoint, testing::kSampleRunRequests);
  EXPECT_EQ(together, testing::kSampleRunRequests);
  const auto whole = json::parse(run_json(run, {}));
  EXPECT_EQ(whole.at("requests"), testing::kSampleRunRequests);
  EXPECT_EQ(whole.at("errors"), testing::kSampleRunErrors);
  EXPECT_EQ(whole.at("tags").at("branch"), "main");
  EXPECT_FALSE(whole.contains("labels"));
}

TEST(Points, TheFirstPointIsKnownToTheLastDigit) {
  const omniwriter::Run run = testing::sample_run();
  std::string first;
  for_each_interval_point(run, [&](const IntervalPoint& point) {
    if (first.empty() && point.endpoint != nullptr && point.endpoint->endpoint == "GET /") {
      first = interval_json(run, {}, point);
    }
  });
  // "GET /" in the first second: 1, 827, 656 and 485 ms.
  EXPECT_EQ(first,
            R"({"type":"interval","time":"2026-01-31T23:59:00.000Z","testid":"run-1","test_name":"checkout",)"
            R"("tool":"jmeter","interval_seconds":1,"endpoint":"GET /","requests":4,"errors":0,"throughput_rps":4.0,)"
            R"("mean":0.49225,"min":0.001,"p50":0.48532596838690023,"p90":0.827,"p95":0.827,"p99":0.827,"max":0.827,)"
            R"("bytes_received":4000,"bytes_sent":400})");
}

TEST(Points, CsvHasARowForEachPoint) {
  std::string csv;
  write_interval_csv(testing::sample_run(), {{"team", "a,\"b\""}}, [&](std::string_view rows) { csv += rows; });
  csv.resize(1000);
  EXPECT_THAT(
      csv,
      StartsWith("time,interval_seconds,testid,test_name,endpoint,team,requests,errors,throughput_rps,mean,min,"
                 "p50,p90,p95,p99,max,bytes_received,bytes_sent,active_users,cpu_percent,memory_mb\r\n"
                 "2026-01-31T23:59:00.000Z,1,run-1,checkout,\"a,b=c \"\"d\"\" \\e {f}/g\\\",\"a,\"\"b\"\"\",3,0,3,"));
  EXPECT_THAT(csv,
              HasSubstr("\r\n2026-01-31T23:59:00.000Z,1,run-1,checkout,GET /,\"a,\"\"b\"\"\",4,0,4,0.49225,0.001,"));
  EXPECT_THAT(csv, HasSubstr("\r\n2026-01-31T23:59:00.000Z,1,run-1,checkout,,\"a,\"\"b\"\"\",10,1,10,"));
}

}  // namespace
}  // namespace omniwriter
