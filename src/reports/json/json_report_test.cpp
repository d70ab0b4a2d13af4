#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/report.h"
#include "support/golden.h"
#include "support/judgements.h"
#include "support/report_runs.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using nlohmann::json;

// The last digits of a percentile may differ between mathematical libraries.
void round_numbers(nlohmann::ordered_json& node) {
  if (node.is_structured()) {
    for (auto& child : node) round_numbers(child);
  } else if (node.is_number_float()) {
    node = nlohmann::ordered_json::parse(fmt::format("{:.9g}", node.get<double>()));
  }
}

TEST(JsonReport, HasEveryMemberThatProgramsRelyOn) {
  const auto ledger = testing::shop_ledger();
  const std::string text = json_report({testing::shop_run(), ledger});
  auto report = nlohmann::ordered_json::parse(text);
  round_numbers(report);
  testing::expect_golden(report.dump(2) + "\n", "src/reports/json/testdata/shop.json");
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST(JsonReport, WhatStandsBesideTheRequests) {
  const json report = json::parse(json_report({testing::accompanied_run(), {}}));
  EXPECT_EQ(report["tool_verdicts"], json::parse(R"([
      {"subject": "http_req_duration", "expected": "p(95)<500", "passed": true},
      {"subject": "checks", "expected": "rate>0.99", "passed": false},
      {"subject": "", "expected": "dropped_iterations<1", "passed": null}])"));
  EXPECT_EQ(report["users_by_scenario"], json::parse(R"([{"scenario": "browse", "active_users_max": 12},
                                                         {"scenario": "buy", "active_users_max": 6}])"));
  EXPECT_EQ(report["observed"][0],
            json::parse(R"({"query": "db_connections", "labels": {"datname": "shop"}, "count": 60,
                                                   "min": 12, "mean": 17.5, "max": 23, "last": 23})"));
  EXPECT_EQ(report["observed"][2]["labels"], json::object());
  const json before = json::parse(json_report({testing::measured_run(), {}}));
  for (const char* member : {"tool_verdicts", "users_by_scenario", "observed"}) EXPECT_FALSE(before.contains(member));
}

TEST(JsonReport, AGaugeHasItsLastValue) {
  const json report = json::parse(json_report({testing::measured_run(), {}}));
  for (const json& metric : report["metrics"]) EXPECT_EQ(metric.contains("last"), metric["kind"] == "gauge") << metric;
}

TEST(JsonReport, NumbersAreThoseOfTheRun) {
  const auto run = testing::sample_run();
  const json report = json::parse(json_report({run, {}}));
  EXPECT_EQ(report["run_id"], "run-1");
  EXPECT_EQ(report["test_name"], "checkout");
  EXPECT_EQ(report["tool"], "jmeter");
  EXPECT_EQ(report["started"], "2026-01-31T23:59:00.000Z");
  EXPECT_EQ(report["samples"], testing::kSampleRunRequests);
  EXPECT_EQ(report["errors"], testing::kSampleRunErrors);
  EXPECT_DOUBLE_EQ(report["error_ratio"], 40.0 / 1200);
  EXPECT_DOUBLE_EQ(report["throughput_rps"], 1200 / run.duration_seconds());
  EXPECT_EQ(report["bytes_received"], 1'200'000);
  EXPECT_EQ(report["bytes_sent"], 120'000);
  EXPECT_EQ(report["active_users_max"], 24);
  EXPECT_EQ(report["not_counted"], (json{{"transactions", 120}, {"sub_results", 0}}));
  EXPECT_EQ(report["errors_by_type"], json::parse(R"([{"error_type": "http_500", "count": 40}])"));
  EXPECT_EQ(report["outputs"], json::array());
  EXPECT_EQ(report["criteria"], json::array());
  EXPECT_EQ(report["verdict"], nullptr);
  const json& times = report["response_time_seconds"];
  EXPECT_NEAR(times["relative_error"], 0.00271, 0.00001);
  EXPECT_DOUBLE_EQ(times["min"], 0.001);
  EXPECT_DOUBLE_EQ(times["max"], 0.997);
  EXPECT_NEAR(times["p99_9"], 0.997, 0.997 * 0.00271);
  ASSERT_EQ(report["endpoints"].size(), 3U);
  std::uint64_t samples = 0;
  double time = 1e9;
  for (const json& endpoint : report["endpoints"]) {
    samples += endpoint["samples"].get<std::uint64_t>();
    const double impact = endpoint["samples"].get<double>() * endpoint["response_time_seconds"]["mean"].get<double>();
    EXPECT_LE(impact, time) << "sorted by impact";
    time = impact;
  }
  EXPECT_EQ(samples, testing::kSampleRunRequests);
}

TEST(JsonReport, TellsWhereSamplesCameFrom) {
  auto run = testing::sample_run();
  const std::int64_t second = 1'000'000'000;
  run.sources = {{"a", 1000, run.started_ns, run.ended_ns, 12},
                 {"b", {}, run.started_ns, run.ended_ns - 20 * second, 0}};
  const json sources = json::parse(json_report({run, {}}))["sources"];
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_EQ(sources[0]["source"], "a");
  EXPECT_EQ(sources[0]["samples"], 1000);
  EXPECT_EQ(sources[0]["started"], "2026-01-31T23:59:00.000Z");
  EXPECT_EQ(sources[0]["active_users_max"], 12);
  EXPECT_EQ(sources[0]["ended_early_seconds"], 0);
  EXPECT_EQ(sources[1]["samples"], nullptr);
  EXPECT_EQ(sources[1]["ended_early_seconds"], 20);
  EXPECT_EQ(sources[1]["began_late_seconds"], 0);
}

TEST(JsonReport, HasCpuAndMemoryWhereTheyAreKnown) {
  auto run = testing::sample_run();
  EXPECT_EQ(json::parse(json_report({run, {}}))["cpu_percent_mean"], nullptr);
  run.vitals[1] = {{}, {}, 20, 100};
  run.vitals[2] = {{}, {}, 60, 300};
  const json report = json::parse(json_report({run, {}}));
  EXPECT_EQ(report["cpu_percent_mean"], 40);
  EXPECT_EQ(report["cpu_percent_max"], 60);
  EXPECT_EQ(report["memory_mb_max"], 300);
}

TEST(JsonReport, TellsWhatTheTestMeasuredBesidesRequests) {
  const auto run = testing::measured_run();
  const std::string text = json_report({run, {}});
  auto report = nlohmann::ordered_json::parse(text);
  round_numbers(report);
  testing::expect_golden(report.dump(2) + "\n", "src/reports/json/testdata/measured.json");

  const json numbers = json::parse(text);
  EXPECT_EQ(numbers["time_goes_to"], "server");
  double shares = 0;
  for (const json& phase : numbers["phases"]) shares += phase["share"].get<double>();
  EXPECT_NEAR(shares, 1, 1e-9);
  EXPECT_EQ(numbers["checks"][0], (json{{"name", "status is 200"}, {"passed", 588}, {"failed", 12}, {"rate", 0.98}}));
  // 600 requests within 60 s; the last of them ends 59.9 s and its response time after the first began.
  for (const json& metric : numbers["metrics"]) {
    if (metric["name"] == "orders") {
      EXPECT_EQ(metric["sum"], 120);
      EXPECT_NEAR(metric["per_second"], 120 / 60.3, 0.01);
    } else if (metric["name"] == "queue_length") {
      EXPECT_EQ(
          metric,
          (json{{"name", "queue_length"}, {"kind", "gauge"}, {"count", 600}, {"min", 0}, {"max", 35}, {"last", 18.5}}));
    } else if (metric["name"] == "items_in_cart") {
      EXPECT_EQ(metric["mean"], 4.5);
      EXPECT_EQ(metric["max"], 5);
    }
  }
  const json& message = numbers["error_messages"][1];
  EXPECT_EQ(message["count"], 6);
  EXPECT_EQ(message["message"], "request timeout after # ms");
  EXPECT_EQ(message["example"], "request timeout after 7009 ms");
  EXPECT_EQ(message["first"], "2026-11-23T15:29:36.900Z");
  EXPECT_EQ(message["last"], "2026-11-23T15:30:26.900Z");
}

TEST(JsonReport, HasNoMemberForWhatWasNotMeasured) {
  const json report = json::parse(json_report({testing::shop_run(), {}}));
  for (const char* member : {"phases", "time_goes_to", "checks", "metrics", "error_messages"}) {
    EXPECT_FALSE(report.contains(member)) << member;
    EXPECT_FALSE(report["endpoints"][0].contains(member)) << member;
  }
}

TEST(JsonReport, HostileTextsMakeValidJson) {
  const auto ledger = testing::hostile_ledger();
  const json report = json::parse(json_report({testing::hostile_run(), ledger}));
  EXPECT_EQ(report["tags"]["key|"], "<b>\n\uFFFD");
  EXPECT_EQ(report["bad_record_reports"][0]["line"], 3);
  bool replaced = false;
  for (const json& endpoint : report["endpoints"]) replaced |= endpoint["endpoint"] == "not UTF-8: \uFFFD\uFFFD\uFFFD";
  EXPECT_TRUE(replaced);
}

TEST(JsonReport, ARunWithoutSamplesHasNoNumberThatJsonCannotHold) {
  const omniwriter::Run empty;
  const json report = json::parse(json_report({empty, {}}));
  EXPECT_EQ(report["samples"], 0);
  EXPECT_EQ(report["throughput_rps"], 0.0);
  EXPECT_EQ(report["response_time_seconds"]["p95"], 0.0);
  EXPECT_EQ(report["endpoints"], json::array());
}

TEST(JsonReport, DimensionsHaveWhatEndpointsHave) {
  auto run = testing::sample_run();
  for (const std::string value : {"scenario=buy", "region=eu", "scenario=look=at"}) {
    Series series = run.series[1];
    series.kind = SampleKind::dimension;
    series.endpoint = value;
    run.series.push_back(series);
  }
  const json report = json::parse(json_report({run, {}}));
  ASSERT_EQ(report["dimensions"].size(), 2U);
  EXPECT_EQ(report["dimensions"][0]["dimension"], "region");
  const json& values = report["dimensions"][1]["values"];
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[1]["value"], "look=at");
  const json& endpoint = report["endpoints"][1];
  EXPECT_EQ(values[0]["samples"], endpoint["samples"]);
  EXPECT_EQ(values[0]["errors"], endpoint["errors"]);
  EXPECT_EQ(values[0]["response_time_seconds"], endpoint["response_time_seconds"]);
  EXPECT_FALSE(json::parse(json_report({testing::sample_run(), {}})).contains("dimensions"));
}

TEST(JsonReport, TheJudgement) {
  const auto run = testing::shop_run();
  const auto judgement = testing::failed_judgement();
  ReportInput input{.run = run, .ledger = {}};
  input.judgement = &judgement;
  const auto report = nlohmann::ordered_json::parse(json_report(input));
  EXPECT_EQ(report["verdict"], "fail");
  nlohmann::ordered_json told;
  for (const char* member : {"criteria", "concerns", "comparison"}) told[member] = report[member];
  round_numbers(told);
  testing::expect_golden(told.dump(2) + "\n", "src/reports/json/testdata/judgement.json");
}

TEST(JsonReport, ARunThatWasNotJudgedHasTheSameMembers) {
  const json report = json::parse(json_report({testing::shop_run(), {}}));
  EXPECT_EQ(report["verdict"], nullptr);
  EXPECT_EQ(report["criteria"], json::array());
  EXPECT_EQ(report["concerns"], json::array());
  EXPECT_EQ(report["comparison"], nullptr);
}

TEST(JsonReport, AHostileJudgementIsJson) {
  const auto run = testing::shop_run();
  const auto judgement = testing::hostile_judgement();
  ReportInput input{.run = run, .ledger = {}};
  input.judgement = &judgement;
  const json report = json::parse(json_report(input));
  EXPECT_EQ(report["criteria"][0]["observed"], nullptr);
  EXPECT_EQ(report["criteria"].size(), 4U);
}

}  // namespace
}  // namespace omniwriter
