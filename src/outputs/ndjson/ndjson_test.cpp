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

}  // namespace
}  // namespace omniwriter
