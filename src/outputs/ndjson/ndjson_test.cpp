#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "delivery/output_kind.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_ndjson();

namespace {

TEST(NdjsonOutput, EveryLineIsAPointAndTheLastTheRun) {
  Config config;
  config.labels = {{"team", "shop"}};
  const auto output = output_ndjson().make(config, "x.ndjson");
  ASSERT_TRUE(output);
  std::stringstream text;
  (*output)->encode(testing::sample_run(), [&](const OutputItem& item) { text << item.bytes; });
  std::map<std::string, int> types;
  std::string last;
  for (std::string line; std::getline(text, line);) {
    const auto point = nlohmann::json::parse(line);
    EXPECT_EQ(point.at("labels").at("team"), "shop");
    last = point.at("type");
    ++types[last];
  }
  EXPECT_EQ(types, (std::map<std::string, int>{{"interval", 360}, {"interval_total", 120}, {"run", 1}}));
  EXPECT_EQ(last, "run");
}

TEST(NdjsonOutput, PhasesChecksMetricsAndMessagesAreLinesOfTheirOwn) {
  const auto output = output_ndjson().make(Config(), "x.ndjson");
  ASSERT_TRUE(output);
  std::stringstream text;
  (*output)->encode(testing::detailed_run(), [&](const OutputItem& item) { text << item.bytes; });
  std::map<std::string, nlohmann::json> last;
  for (std::string line; std::getline(text, line);) {
    const auto point = nlohmann::json::parse(line);
    last[point.at("type")] = point;
  }
  EXPECT_EQ(last.at("check").at("time"), "2026-02-01T00:01:04.000Z");
  EXPECT_EQ(last.at("check").at("passed"), 1);
  EXPECT_EQ(last.at("phase").at("interval_seconds"), 1);
  EXPECT_EQ(last.at("run_check").at("failed"), 30);
  EXPECT_EQ(last.at("run_metric").at("testid"), "run-1");
  EXPECT_EQ(last.at("error_message").at("count"), 40);
  EXPECT_EQ(last.at("error_message").at("error_type"), "http_500");
}

}  // namespace
}  // namespace omniwriter
