#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/report.h"
#include "support/golden.h"
#include "support/judgements.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t kMaxBytes = 60'000;

std::string told(const Run& run, const Judgement* judgement, Language language = Language::en) {
  ReportInput input{.run = run, .ledger = {}};
  input.judgement = judgement;
  return pull_request_report(input, language);
}

TEST(PullRequestReport, VerdictThenWhatChangedThenDetails) {
  const auto run = testing::shop_run();
  const auto failed = testing::failed_judgement();
  testing::expect_golden(told(run, &failed), "src/reports/markdown/testdata/pull_request_failed_en.md");
  testing::expect_golden(told(run, &failed, Language::pt_br),
                         "src/reports/markdown/testdata/pull_request_failed_pt_br.md");
  const auto passed = testing::passed_judgement();
  testing::expect_golden(told(run, &passed), "src/reports/markdown/testdata/pull_request_passed_en.md");
}

TEST(PullRequestReport, WhatMakesARunInvalidIsNotFolded) {
  const auto run = testing::shop_run();
  const auto invalid = testing::invalid_judgement();
  const std::string text = told(run, &invalid);
  EXPECT_THAT(text, HasSubstr("⛔ **INVALID**"));
  EXPECT_THAT(text, Not(HasSubstr("✅")));
  EXPECT_LT(text.find("requests waited for one another"), text.find("<details>"));
}

TEST(PullRequestReport, ARunThatWasNotJudgedSaysSo) {
  EXPECT_THAT(told(testing::shop_run(), nullptr), HasSubstr("the run has no verdict"));
}

TEST(PullRequestReport, FitsIntoACommentWhateverTheRun) {
  auto run = testing::shop_run();
  const Series series = run.series.front();
  for (int i = 0; i < 3000; ++i) {
    run.series.push_back(series);
    run.series.back().endpoint = fmt::format("GET /{}/{}", std::string(3000, '<'), i);
  }
  run.info.test_name = run.info.tool = std::string(5000, '<');
  const auto endless = testing::endless_judgement();
  for (const Language language : {Language::en, Language::pt_br}) {
    const std::string text = told(run, &endless, language);
    EXPECT_LE(text.size(), kMaxBytes);
    EXPECT_THAT(text, HasSubstr(language == Language::en ? " more\n" : "… e mais "));
  }
}

TEST(PullRequestReport, HostileTextsAreTexts) {
  const auto hostile = testing::hostile_judgement();
  const std::string text = told(testing::hostile_run(), &hostile);
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
  EXPECT_EQ(text.find("-->"), text.find('\n') - 3);
  std::size_t opened = 0;
  std::size_t closed = 0;
  for (auto at = text.find("<details>"); at != std::string::npos; at = text.find("<details>", at + 1)) ++opened;
  for (auto at = text.find("</details>"); at != std::string::npos; at = text.find("</details>", at + 1)) ++closed;
  EXPECT_EQ(opened, closed);
}

}  // namespace
}  // namespace omniwriter
