#include "reports/verdict_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/judgements.h"

namespace omniwriter {
namespace {

TEST(VerdictText, AnInvalidRunIsNeverGreen) {
  Judgement judgement = testing::passed_judgement();
  EXPECT_EQ(standing_of(judgement), Standing::pass);
  judgement.concerns = testing::invalid_judgement().concerns;
  for (const std::optional<Verdict> verdict : {std::optional<Verdict>(), std::optional(Verdict::pass),
                                               std::optional(Verdict::warn), std::optional(Verdict::inconclusive)}) {
    judgement.verdict = verdict;
    EXPECT_EQ(standing_of(judgement), Standing::invalid);
  }
  judgement.verdict = Verdict::fail;
  EXPECT_EQ(standing_of(judgement), Standing::fail);
  EXPECT_EQ(standing_of({}), Standing::none);
}

TEST(VerdictText, SaysWhyInShort) {
  EXPECT_EQ(verdict_reason(testing::passed_judgement(), Language::en),
            "all 3 criteria are met; no change from the baseline");
  EXPECT_EQ(
      verdict_reason(testing::failed_judgement(), Language::en),
      "1 of 4 criteria not met; worse than the baseline (POST /checkout Errors +150%); 1 of 4 cannot be told; 1 of "
      "4 not met, which only warn");
  EXPECT_EQ(verdict_reason(testing::invalid_judgement(), Language::pt_br),
            "não se pode confiar nos números; todos os 3 critérios foram cumpridos; sem mudança em relação à "
            "referência");
  EXPECT_EQ(verdict_reason({}, Language::en), "");
}

TEST(VerdictText, ValuesHaveTheirUnits) {
  const auto en = [](double value, ValueUnit unit) { return format_value(value, unit, Language::en); };
  EXPECT_EQ(en(0.312, ValueUnit::seconds), "312 ms");
  EXPECT_EQ(en(0.0042, ValueUnit::ratio), "0.42%");
  EXPECT_EQ(en(57.31, ValueUnit::per_second), "57.3 req/s");
  EXPECT_EQ(en(91.5, ValueUnit::percent), "91.5%");
  EXPECT_EQ(en(512, ValueUnit::megabytes), "512 MB");
  EXPECT_EQ(en(1500, ValueUnit::bytes), "1.50 kB");
  EXPECT_EQ(en(1234567, ValueUnit::count), "1,234,567");
  EXPECT_EQ(en(-1234.5, ValueUnit::number), "-1,234");
  EXPECT_EQ(en(1e300, ValueUnit::bytes).size(), en(1e300, ValueUnit::number).size());
  EXPECT_EQ(en(std::numeric_limits<double>::quiet_NaN(), ValueUnit::seconds), "–");
  EXPECT_EQ(en(-std::numeric_limits<double>::infinity(), ValueUnit::bytes), "-∞");
  EXPECT_EQ(format_value(0.312, ValueUnit::ratio, Language::pt_br), "31,2%");
}

TEST(VerdictText, ChangesHaveASign) {
  EXPECT_EQ(format_change(0.052, Language::en), "+5.20%");
  EXPECT_EQ(format_change(-0.12, Language::pt_br), "-12,0%");
  EXPECT_EQ(format_change(2.5, Language::en), "+250%");
  EXPECT_EQ(format_change(0, Language::en), "0%");
}

TEST(VerdictText, SaysHowSureWhereTheVerdictDependsOnIt) {
  const auto judgement = testing::failed_judgement();
  EXPECT_EQ(outcome_text(judgement.criteria[0], Language::en), "observed 1.23%, limit 5.00%");
  EXPECT_EQ(outcome_text(judgement.criteria[1], Language::en),
            "observed 312 ms, limit 300 ms (99% sure: 305 ms to 320 ms)");
  EXPECT_EQ(outcome_text(judgement.criteria[2], Language::pt_br),
            "observado 980 ms, limite 1,00 s (99% de certeza: 910 ms a 1,07 s)");
  EXPECT_EQ(outcome_text({}, Language::en), "no data");
}

TEST(VerdictText, WhatAsksForSomethingComesFirst) {
  const auto judgement = testing::failed_judgement();
  std::vector<Verdict> verdicts;
  for (const CriterionResult* one : by_urgency(judgement.criteria)) verdicts.push_back(one->verdict);
  EXPECT_EQ(verdicts, (std::vector{Verdict::fail, Verdict::inconclusive, Verdict::warn, Verdict::pass}));
  EXPECT_EQ(by_level(judgement.concerns).front()->level, ConcernLevel::warning);
}

TEST(VerdictText, TheWorstChangesComeFirst) {
  const auto judgement = testing::failed_judgement();
  std::vector<std::string> changes;
  for (const EndpointChange& one : changes_of(*judgement.comparison)) {
    changes.push_back(*one.endpoint + " " + one.metric->metric);
  }
  EXPECT_EQ(changes, (std::vector<std::string>{"POST /checkout error_ratio", "POST /checkout p95", "GET / p95",
                                               "GET /search p95"}));
  EXPECT_EQ(all_compared(*judgement.comparison).size(), 6U);
}

TEST(VerdictText, AComparisonInASentence) {
  EXPECT_EQ(comparison_text(*testing::failed_judgement().comparison, Language::en),
            "worse: response times +12.0% overall (between +8.10% and +16.2%); margin 10.0%; noise between equal runs "
            "1.50%, assumed; a change of 5.00% would have been seen");
  Comparison open;
  open.more_runs = 1;
  EXPECT_TRUE(comparison_text(open, Language::pt_br).ends_with("mais 1 execução daria uma resposta"));
}

}  // namespace
}  // namespace omniwriter
