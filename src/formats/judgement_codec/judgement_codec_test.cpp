#include "formats/judgement_codec/judgement_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace omniwriter {
namespace {

using ::testing::HasSubstr;

Judgement full_judgement() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const ComparedMetric metric{.metric = "p95",
                              .base = 0.1,
                              .candidate = 1.0 / 3,
                              .change = -0.0,
                              .interval = {-kInfinity, kInfinity},
                              .verdict = ComparisonVerdict::worse,
                              .within_margin = true};
  Judgement judgement;
  judgement.verdict = Verdict::fail;
  judgement.criteria = {{.criterion = "p95<300ms",
                         .only_warns = true,
                         .verdict = Verdict::warn,
                         .observed = 5e-324,
                         .bound = 0.3,
                         .unit = ValueUnit::seconds,
                         .interval = Interval{0.1, 1e308},
                         .reason = "“quoted” \n <b>",
                         .advice = "ação"},
                        {}};
  judgement.concerns = {{"warm_up", ConcernLevel::invalid, "the first 30 s", "leave them out"}};
  judgement.comparison = Comparison{.verdict = ComparisonVerdict::no_change,
                                    .within_margin = true,
                                    .margin = 0.1,
                                    .noise_measured = true,
                                    .noise = 0.02,
                                    .base = {"a", "b"},
                                    .candidate = {"c"},
                                    .more_runs = 7,
                                    .minimum_detectable_change = 0.05,
                                    .reasons = {"noise", ""},
                                    .overall = metric,
                                    .overall_metrics = {metric, {}},
                                    .endpoints = {{"GET /", {metric, {}}}, {"", {}}},
                                    .outlying = {"b"},
                                    .only_in_base = {"x"},
                                    .only_in_candidate = {"y", "z"}};
  return judgement;
}

TEST(JudgementCodec, AJudgementComesBackToTheLastBit) {
  const Judgement judgement = full_judgement();
  const std::string text = encode_judgement(judgement);
  const auto again = decode_judgement(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(encode_judgement(*again), text);

  EXPECT_EQ(again->verdict, Verdict::fail);
  ASSERT_EQ(again->criteria.size(), 2U);
  const CriterionResult& first = again->criteria[0];
  EXPECT_EQ(first.criterion, "p95<300ms");
  EXPECT_TRUE(first.only_warns);
  EXPECT_EQ(first.verdict, Verdict::warn);
  EXPECT_EQ(first.observed, 5e-324);
  EXPECT_EQ(first.bound, 0.3);
  EXPECT_EQ(first.unit, ValueUnit::seconds);
  EXPECT_EQ(first.interval, (Interval{0.1, 1e308}));
  EXPECT_EQ(first.reason, "“quoted” \n <b>");
  EXPECT_EQ(first.advice, "ação");
  EXPECT_FALSE(again->criteria[1].observed);
  EXPECT_FALSE(again->criteria[1].interval);
  ASSERT_EQ(again->concerns.size(), 1U);
  EXPECT_EQ(again->concerns[0].check, "warm_up");
  EXPECT_EQ(again->concerns[0].level, ConcernLevel::invalid);
  EXPECT_EQ(again->concerns[0].what, "the first 30 s");
  EXPECT_EQ(again->concerns[0].advice, "leave them out");
  ASSERT_TRUE(again->comparison);
  const Comparison& comparison = *again->comparison;
  EXPECT_EQ(comparison.verdict, ComparisonVerdict::no_change);
  EXPECT_TRUE(comparison.within_margin);
  EXPECT_EQ(comparison.margin, 0.1);
  EXPECT_TRUE(comparison.noise_measured);
  EXPECT_EQ(comparison.noise, 0.02);
  EXPECT_EQ(comparison.base, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(comparison.candidate, (std::vector<std::string>{"c"}));
  EXPECT_EQ(comparison.more_runs, 7U);
  EXPECT_EQ(comparison.minimum_detectable_change, 0.05);
  EXPECT_EQ(comparison.reasons, (std::vector<std::string>{"noise", ""}));
  EXPECT_EQ(comparison.overall.metric, "p95");
  EXPECT_EQ(comparison.overall.candidate, 1.0 / 3);
  EXPECT_TRUE(std::signbit(comparison.overall.change));
  EXPECT_TRUE(std::isinf(comparison.overall.interval.high));
  EXPECT_LT(comparison.overall.interval.low, 0);
  EXPECT_EQ(comparison.overall.verdict, ComparisonVerdict::worse);
  EXPECT_TRUE(comparison.overall.within_margin);
  ASSERT_EQ(comparison.endpoints.size(), 2U);
  EXPECT_EQ(comparison.endpoints[0].endpoint, "GET /");
  EXPECT_EQ(comparison.endpoints[0].metrics.size(), 2U);
  EXPECT_EQ(comparison.only_in_base, (std::vector<std::string>{"x"}));
  EXPECT_EQ(comparison.only_in_candidate, (std::vector<std::string>{"y", "z"}));
}

TEST(JudgementCodec, NothingIsNothing) {
  const auto again = decode_judgement(encode_judgement({}));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->verdict);
  EXPECT_FALSE(again->comparison);
  auto odd = full_judgement();
  odd.criteria[0].observed = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(decode_judgement(encode_judgement(odd))->criteria[0].observed.value()));
}

TEST(JudgementCodec, WhatIsNewIsPassedOverAndWhatIsWrongIsAnError) {
  EXPECT_EQ(decode_judgement(R"({"verdict":"pass","novelty":[1]})")->verdict, Verdict::pass);
  for (const char* wrong : {"", "[]", "7", R"({"verdict":"maybe"})", R"({"verdict":1})", R"({"criteria":{}})",
                            R"({"criteria":[7]})", R"({"criteria":[{"observed":"much"}]})",
                            R"({"comparison":{"more_runs":-1}})", R"({"comparison":{"base":[1]}})", R"({"verdict":)"}) {
    const auto judgement = decode_judgement(wrong);
    ASSERT_FALSE(judgement) << wrong;
    EXPECT_EQ(judgement.error().code, ErrorCode::io);
    EXPECT_THAT(judgement.error().message, HasSubstr("damaged"));
  }
}

}  // namespace
}  // namespace omniwriter
