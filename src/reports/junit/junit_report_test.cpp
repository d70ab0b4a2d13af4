#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/report.h"
#include "support/golden.h"
#include "support/judgements.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string told(const Run& run, const Judgement* judgement, Language language = Language::en) {
  ReportInput input{.run = run, .ledger = {}};
  input.judgement = judgement;
  return junit_report(input, language);
}

TEST(JunitReport, ACaseForEachCriterionForTheComparisonAndForValidity) {
  const auto run = testing::shop_run();
  const auto judgement = testing::failed_judgement();
  testing::expect_golden(told(run, &judgement), "src/reports/junit/testdata/failed_en.xml");
  testing::expect_golden(told(run, &judgement, Language::pt_br), "src/reports/junit/testdata/failed_pt_br.xml");
}

TEST(JunitReport, AnInvalidRunIsAnError) {
  const auto run = testing::shop_run();
  const auto passed = testing::passed_judgement();
  EXPECT_THAT(told(run, &passed), HasSubstr("tests=\"5\" failures=\"0\" errors=\"0\" skipped=\"0\""));
  const auto invalid = testing::invalid_judgement();
  EXPECT_THAT(told(run, &invalid),
              AllOf(HasSubstr("tests=\"5\" failures=\"0\" errors=\"1\" skipped=\"0\""),
                    HasSubstr("<error message=\"invalid: requests waited for one another for 34% of the time → use")));
}

TEST(JunitReport, ARunThatWasNotJudgedHasNoResult) {
  EXPECT_THAT(told(testing::shop_run(), nullptr),
              AllOf(HasSubstr("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""), HasSubstr("has no verdict")));
}

TEST(JunitReport, HostileTextsAreTexts) {
  const auto hostile = testing::hostile_judgement();
  const std::string text = told(testing::hostile_run(), &hostile);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("<b>")), Not(HasSubstr("]]>")), Not(HasSubstr("\xef\xbf\xbe"))));
  for (const char c : text) EXPECT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)) << +c;
}

}  // namespace
}  // namespace omniwriter
