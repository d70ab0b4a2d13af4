#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "reports/report.h"
#include "support/judgements.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

using ::testing::HasSubstr;

std::string told(const Judgement* judgement) {
  const auto run = testing::shop_run();
  ReportInput input{.run = run, .ledger = {}};
  input.judgement = judgement;
  return github_annotations(input, Language::en);
}

TEST(GithubAnnotations, ALineForEachThingToLookAt) {
  const auto judgement = testing::failed_judgement();
  const std::string text = told(&judgement);
  EXPECT_THAT(text,
              HasSubstr("::error title=black-friday%3A p95{endpoint%3APOST /checkout}<300ms::not met: observed 312 ms, "
                        "limit 300 ms (99%25 sure: 305 ms to 320 ms) → half of the time of all "
                        "requests is spent in POST /checkout: begin there\n"));
  EXPECT_THAT(text, HasSubstr("::error title=black-friday%3A Comparison with the baseline::worse: "));
  EXPECT_THAT(text, HasSubstr("::warning title=black-friday%3A p99<1s::cannot be told: "));
  EXPECT_THAT(text, HasSubstr("::warning title=black-friday%3A cpu<80%25::not met (only warns): "));
  EXPECT_EQ(std::ranges::count(text, '\n'), 5);
}

TEST(GithubAnnotations, NoneWhereAllIsWell) {
  const auto judgement = testing::passed_judgement();
  EXPECT_EQ(told(&judgement), "");
  EXPECT_EQ(told(nullptr), "");
}

TEST(GithubAnnotations, AnInvalidRunIsAnError) {
  const auto judgement = testing::invalid_judgement();
  EXPECT_EQ(
      told(&judgement),
      "::error title=black-friday%3A invalid::requests waited for one another for 34%25 of the time → use an open load "
      "model\n");
}

TEST(GithubAnnotations, HostileTextsAreNoCommands) {
  for (const Judgement& judgement : {testing::hostile_judgement(), testing::endless_judgement()}) {
    std::istringstream lines(told(&judgement));
    std::size_t found = 0;
    for (std::string line; std::getline(lines, line); ++found) {
      EXPECT_TRUE(line.starts_with("::error title=") || line.starts_with("::warning title=")) << line;
    }
    EXPECT_LE(found, 20U);
  }
}

}  // namespace
}  // namespace omniwriter
