#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/report.h"
#include "support/judgements.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

using nlohmann::json;

// The members that GitLab's widget reads.
TEST(GitlabReport, HasWhatMergeRequestsCompare) {
  const auto run = testing::measured_run();
  const json metrics = json::parse(gitlab_report({run, {}}))["metrics"];
  EXPECT_NEAR(metrics["http_reqs"]["rate"], static_cast<double>(run.total().samples()) / run.duration_seconds(), 1e-9);
  const double waiting = metrics["http_req_waiting"]["p(95)"];
  const double all = metrics["http_req_duration"]["p(95)"];
  EXPECT_GT(waiting, 1);  // milliseconds
  EXPECT_LE(waiting, all * 1.01);
  EXPECT_LE(metrics["http_req_waiting"]["p(90)"], metrics["http_req_waiting"]["p(95)"]);
  EXPECT_GT(metrics["checks"]["passes"], metrics["checks"]["fails"]);
}

TEST(GitlabReport, CriteriaAreChecksWhereTheTestHasNone) {
  const auto run = testing::shop_run();
  const auto judgement = testing::failed_judgement();
  ReportInput input{.run = run, .ledger = {}};
  EXPECT_FALSE(json::parse(gitlab_report(input))["metrics"].contains("checks"));
  input.judgement = &judgement;
  const json checks = json::parse(gitlab_report(input))["metrics"]["checks"];
  EXPECT_EQ(checks, (json{{"passes", 2}, {"fails", 2}, {"value", 0.5}}));
}

TEST(GitlabReport, TheResponseTimeStandsInForTheTimeToTheFirstByte) {
  const json metrics = json::parse(gitlab_report({testing::shop_run(), {}}))["metrics"];
  EXPECT_EQ(metrics["http_req_waiting"], metrics["http_req_duration"]);
}

TEST(GitlabReport, ARunWithoutSamples) {
  const json metrics = json::parse(gitlab_report({omniwriter::Run(), {}}))["metrics"];
  EXPECT_FALSE(metrics.contains("http_req_waiting"));
}

}  // namespace
}  // namespace omniwriter
