#include "judge/judgement.h"

#include <gtest/gtest.h>

#include "model/aggregator.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMs;

/// `seconds` of a run with `rps` requests a second to "/a". `duration_ms(second)`, `failed(second)` tell of those of
/// one second.
omniwriter::Run run_of(
    int seconds, std::uint32_t rps, const std::function<std::int64_t(int)>& duration_ms,
    const std::function<std::uint32_t(int)>& failed = [](int) { return 0U; }) {
  Aggregator aggregator;
  SampleBatch batch;
  Aggregator::Feed feed;
  const auto endpoint = batch.endpoint("/a");
  const auto ok = batch.outcome("200", "");
  const auto bad = batch.outcome("500", "http_500");
  for (int s = 0; s < seconds; ++s) {
    const std::uint32_t errors = failed(s);
    Sample sample{
        .start_ns = (1000 + s) * kSecond, .duration_ns = duration_ms(s) * kMs, .endpoint = endpoint, .outcome = ok};
    sample.repeat = rps - errors;
    if (sample.repeat > 0) batch.samples.push_back(sample);
    sample.outcome = bad;
    sample.repeat = errors;
    if (errors > 0) batch.samples.push_back(sample);
  }
  aggregator.add(batch, feed);
  return aggregator.finish();
}

omniwriter::Run steady(int seconds = 100, std::uint32_t rps = 10) {
  return run_of(seconds, rps, [](int) { return 100; });
}

CriterionResult result_of(const omniwriter::Run& run, std::string_view text,
                          const std::optional<Comparison>& comparison = {}) {
  const auto criterion = parse_criterion(text);
  EXPECT_TRUE(criterion) << (criterion ? "" : criterion.error().message);
  return criterion ? judge_criterion(run, *criterion, comparison) : CriterionResult{};
}

TEST(Judgement, NumbersOfTheWholeRun) {
  const omniwriter::Run run = testing::sample_run();
  const CriterionResult p95 = result_of(run, "p95<10s");
  EXPECT_EQ(p95.verdict, Verdict::pass);
  EXPECT_EQ(p95.criterion, "p95<10s");
  EXPECT_EQ(p95.observed, run.total().quantile(0.95));
  EXPECT_EQ(p95.bound, 10);
  EXPECT_EQ(p95.unit, ValueUnit::seconds);
  EXPECT_EQ(result_of(run, "p95<1ms").verdict, Verdict::fail);

  const CriterionResult errors = result_of(run, "errors<1%");
  EXPECT_EQ(errors.verdict, Verdict::fail);
  EXPECT_DOUBLE_EQ(*errors.observed, 40.0 / 1200);
  EXPECT_EQ(errors.unit, ValueUnit::ratio);
  EXPECT_NE(errors.advice.find("http_500"), std::string::npos) << errors.advice;
  EXPECT_EQ(*result_of(run, "errors<10").observed, 40);
  EXPECT_EQ(*result_of(run, "errors{status=\"500\"}<100").observed, 40);
  EXPECT_EQ(*result_of(run, "errors{status=\"503\"}<1").observed, 0);
  EXPECT_EQ(*result_of(run, "errors{status=5xx}<100").observed, 40);
  EXPECT_EQ(*result_of(run, "requests{status=5??}<100").observed, 40);
  EXPECT_EQ(*result_of(run, "requests{status=4*}<100").observed, 0);
  EXPECT_EQ(*result_of(run, "errors{error_type=http_500}: rate<5%").observed, 40.0 / 1200);
  EXPECT_EQ(*result_of(run, "requests{status=500}>1").observed, 40);
  EXPECT_EQ(*result_of(run, "errors{endpoint=\"POST /login\"}<100").observed, 40);
  EXPECT_EQ(*result_of(run, "errors{endpoint=\"GET /\"}==0").observed, 0);
  EXPECT_EQ(*result_of(run, "requests>=1200").observed, 1200);
  EXPECT_DOUBLE_EQ(*result_of(run, "throughput>1").observed, run.throughput_rps(1200));
  EXPECT_EQ(*result_of(run, "users>=24").observed, 24);
  EXPECT_EQ(result_of(run, "users>=25").verdict, Verdict::fail);
  EXPECT_EQ(*result_of(run, "max<1h").observed, run.total().maximum());
  EXPECT_EQ(*result_of(run, "response_time: count>1").observed, 1200);
  EXPECT_GT(*result_of(run, "apdex(1h)>0.1").observed, 0.9);
  EXPECT_GT(*result_of(run, "bytes_received>1").observed, 1);
}

TEST(Judgement, WhatARunKnowsBesides) {
  const omniwriter::Run run = testing::detailed_run();
  EXPECT_TRUE(result_of(run, "waiting: p95<10s").observed);
  EXPECT_TRUE(result_of(run, "waiting{endpoint=\"GET /\"}: p95<10s").observed);
  EXPECT_NEAR(*result_of(run, "checks>99%").observed, 0.75, 0.02);
  for (const Series& series : run.series) {
    if (!is_measure(series.kind) || series.kind == SampleKind::check) continue;
    const std::string number = series.kind == SampleKind::rate      ? ": rate>0"
                               : series.kind == SampleKind::counter ? ": count>0"
                                                                    : ": max>0";
    const CriterionResult result = result_of(run, "metric{name=\"" + series.endpoint + "\"}" + number);
    EXPECT_TRUE(result.observed) << series.endpoint << result.reason;
  }
  EXPECT_EQ(result_of(run, "tls: p95<10s").verdict, Verdict::inconclusive);
  EXPECT_EQ(result_of(run, "response_time{nothing=x}: p95<10s").verdict, Verdict::inconclusive);
}

TEST(Judgement, WithoutDataNothingHoldsUnlessItIsSaid) {
  const omniwriter::Run run = steady();
  const CriterionResult missing = result_of(run, "response_time{endpoint=\"/b\"}: p95<1s");
  EXPECT_EQ(missing.verdict, Verdict::fail);
  EXPECT_FALSE(missing.observed);
  EXPECT_NE(missing.advice.find("\"/a\""), std::string::npos) << missing.advice;
  EXPECT_EQ(result_of(run, "response_time{endpoint=\"/b\"}: p95<1s or no data").verdict, Verdict::pass);
  EXPECT_EQ(result_of(run, "cpu<80%").verdict, Verdict::fail);
  EXPECT_EQ(result_of(run, "cpu<80% or no data").verdict, Verdict::pass);
  EXPECT_EQ(result_of(run, "my_trend: p95<1s").verdict, Verdict::fail);
  EXPECT_EQ(result_of(run, "checks>99%").verdict, Verdict::fail);
  EXPECT_EQ(result_of(run, "query{name=a}: max<1").verdict, Verdict::fail);
}

TEST(Judgement, APercentileNeedsSamples) {
  // 71 do not carry a p95, 72 do.
  EXPECT_EQ(result_of(steady(71, 1), "p95<1s").verdict, Verdict::inconclusive);
  EXPECT_NE(result_of(steady(71, 1), "p95<1s").reason.find("72"), std::string::npos);
  EXPECT_EQ(result_of(steady(72, 1), "p95<1s").verdict, Verdict::pass);
  // What all of them break is broken, however few they are.
  EXPECT_EQ(result_of(steady(20, 1), "p95<50ms").verdict, Verdict::fail);
  EXPECT_EQ(result_of(steady(20, 1), "mean<1s").verdict, Verdict::pass);
}

TEST(Judgement, For) {
  // Slow in seconds 20 to 29, and in each tenth.
  const omniwriter::Run run = run_of(100, 10, [](int s) { return (s >= 20 && s < 30) || s % 10 == 0 ? 500 : 100; });
  EXPECT_EQ(result_of(run, "p95<300ms").verdict, Verdict::fail);
  const CriterionResult held = result_of(run, "p95<300ms for 10s");
  EXPECT_EQ(held.verdict, Verdict::fail);
  EXPECT_NEAR(*held.observed, 0.5, 0.01);
  const CriterionResult longer = result_of(run, "p95<300ms for 12s");
  EXPECT_EQ(longer.verdict, Verdict::pass);
  EXPECT_NEAR(*longer.observed, 0.1, 0.01);  // what lasted so long
  EXPECT_EQ(result_of(run, "p95<300ms for 10m").verdict, Verdict::pass);
}

TEST(Judgement, Over) {
  // A second without a success among hundred.
  const omniwriter::Run run = run_of(100, 10, [](int) { return 100; }, [](int s) { return s == 50 ? 10U : 0U; });
  EXPECT_EQ(result_of(run, "errors<2%").verdict, Verdict::pass);
  const CriterionResult worst = result_of(run, "errors<2% over 10s");
  EXPECT_EQ(worst.verdict, Verdict::fail);
  EXPECT_DOUBLE_EQ(*worst.observed, 0.1);
  EXPECT_DOUBLE_EQ(*result_of(run, "errors<2% over 1h").observed, 0.01);
  EXPECT_DOUBLE_EQ(*result_of(run, "errors<20 over 10s").observed, 10);
  EXPECT_DOUBLE_EQ(*result_of(run, "errors<2% over 10s for 10s").observed, 0.1);
  EXPECT_DOUBLE_EQ(*result_of(run, "errors<2% over 10s for 11s").observed, 0);
}

TEST(Judgement, ThroughputOfWholeSlotsOnly) {
  const omniwriter::Run run = steady(100, 10);
  EXPECT_DOUBLE_EQ(*result_of(run, "throughput>9 for 1s").observed, 10);
  EXPECT_DOUBLE_EQ(*result_of(run, "throughput>9 over 10s").observed, 10);
  // A pause counts as one.
  Aggregator aggregator;
  SampleBatch batch;
  Aggregator::Feed feed;
  const auto endpoint = batch.endpoint("/a");
  const auto ok = batch.outcome("200", "");
  for (int s = 0; s < 100; ++s) {
    if (s >= 40 && s < 45) continue;
    batch.samples.push_back(
        {.start_ns = (1000 + s) * kSecond, .duration_ns = kMs, .endpoint = endpoint, .outcome = ok});
  }
  aggregator.add(batch, feed);
  const omniwriter::Run paused = aggregator.finish();
  EXPECT_EQ(*result_of(paused, "throughput>0.5 for 5s").observed, 0);
  EXPECT_EQ(*result_of(paused, "throughput>0.5 for 6s").observed, 1);
}

TEST(Judgement, IgnoresWarmUpAndCoolDown) {
  const omniwriter::Run run = run_of(100, 10, [](int s) { return s < 20 || s >= 90 ? 1000 : 100; });
  EXPECT_EQ(result_of(run, "max<500ms").verdict, Verdict::fail);
  EXPECT_EQ(result_of(run, "max<500ms ignore first 20s").verdict, Verdict::fail);
  EXPECT_EQ(result_of(run, "max<500ms ignore first 20s ignore last 11s").verdict, Verdict::pass);
  EXPECT_EQ(*result_of(run, "requests>1 ignore first 20s").observed, 800);
  EXPECT_EQ(result_of(run, "p95<1s ignore first 1h").verdict, Verdict::fail);
  EXPECT_NEAR(*result_of(run, "throughput>1 ignore first 20s").observed, 10, 0.2);
}

TEST(Judgement, WhatGoesUpAndDown) {
  omniwriter::Run run = steady();
  for (std::int64_t s = 0; s < 100; ++s) {
    run.vitals[1000 + s].cpu_percent = s >= 50 && s < 60 ? 95 : 20;
    run.vitals[1000 + s].memory_mb = 100;
  }
  ObservedSeries connections{.query = "db_connections", .labels = {{"host", "a"}}, .values = {}};
  for (std::int64_t s = 0; s < 100; s += 15) connections.values[1000 + s] = static_cast<double>(s);
  run.observed.push_back(connections);
  EXPECT_EQ(result_of(run, "cpu<90%").verdict, Verdict::fail);
  EXPECT_EQ(result_of(run, "cpu<90% for 10s").verdict, Verdict::fail);
  EXPECT_EQ(result_of(run, "cpu<90% for 11s").verdict, Verdict::pass);
  EXPECT_DOUBLE_EQ(*result_of(run, "cpu: mean<90%").observed, 27.5);
  EXPECT_DOUBLE_EQ(*result_of(run, "cpu: mean<90% over 20s").observed, 57.5);
  EXPECT_EQ(result_of(run, "cpu<90%").unit, ValueUnit::percent);
  EXPECT_EQ(*result_of(run, "memory<1GB").observed, 100);
  EXPECT_EQ(*result_of(run, "query{name=\"db_connections\"}: max<100").observed, 90);
  EXPECT_EQ(*result_of(run, "query{name=\"db_connections\", host=a}: last<100").observed, 90);
  EXPECT_EQ(result_of(run, "query{name=\"db_connections\", host=b}: max<100").verdict, Verdict::fail);
  EXPECT_EQ(*result_of(run, "db_connections: max<80 for 15s").observed, 90);
  EXPECT_EQ(*result_of(run, "db_connections: max<80 for 30s").observed, 75);
}

TEST(Judgement, WhatAToolToldIsNotCounted) {
  omniwriter::Run run = steady();
  ReportedTotal reported;
  reported.total = run.total();
  reported.total.reported = std::make_shared<const ReportedTimes>(
      ReportedTimes{.quantiles = {{0.95, 0.2}}, .relative_error = {}, .mean = true, .minimum = true, .maximum = true});
  run.reported = reported;
  EXPECT_EQ(result_of(run, "p95<300ms").verdict, Verdict::pass);
  EXPECT_EQ(*result_of(run, "p95<300ms").observed, 0.2);
  const CriterionResult untold = result_of(run, "p99<300ms or no data");
  EXPECT_EQ(untold.verdict, Verdict::inconclusive);
  EXPECT_EQ(untold.reason, "the load tool does not tell that");
  EXPECT_EQ(result_of(run, "p95<300ms over 10s").verdict, Verdict::inconclusive);
}

Comparison compared(double change, Interval interval) {
  Comparison comparison;
  comparison.endpoints = {{"/a", {{.metric = "p95", .change = change, .interval = interval}}}};
  comparison.overall_metrics = {{.metric = "p95", .change = change, .interval = interval}};
  return comparison;
}

TEST(Judgement, RelativeToTheBaseline) {
  const omniwriter::Run run = steady();
  const CriterionResult none = result_of(run, "p95<=+10%");
  EXPECT_EQ(none.verdict, Verdict::inconclusive);
  EXPECT_FALSE(none.observed);
  EXPECT_EQ(none.reason, "there is no baseline");
  constexpr std::string_view kOfEndpoint = "response_time{endpoint=/a}: p95<=+10%";
  EXPECT_EQ(result_of(run, kOfEndpoint, compared(0.05, {0.01, 0.09})).verdict, Verdict::pass);
  EXPECT_EQ(result_of(run, kOfEndpoint, compared(0.05, {0.01, 0.12})).verdict, Verdict::inconclusive);
  EXPECT_EQ(result_of(run, kOfEndpoint, compared(0.2, {0.11, 0.3})).verdict, Verdict::fail);
  EXPECT_EQ(result_of(run, "p95<=+10%", compared(0.2, {0.11, 0.3})).verdict, Verdict::fail);
  EXPECT_EQ(result_of(run, "throughput>=-10%", compared(0.2, {0.11, 0.3})).verdict, Verdict::inconclusive);
}

TEST(Judgement, TheVerdictOfAll) {
  const omniwriter::Run run = steady();
  const auto judged = [&](std::initializer_list<std::string_view> texts, bool only_warn = false) {
    std::vector<Criterion> criteria;
    for (const std::string_view text : texts) {
      criteria.push_back(parse_criterion(text).value());
      criteria.back().only_warns = only_warn;
    }
    return judge(run, criteria);
  };
  EXPECT_FALSE(judged({}).verdict);
  EXPECT_EQ(judged({"p95<1s", "errors<1%"}).verdict, Verdict::pass);
  EXPECT_EQ(judged({"p95<1s", "errors>1%"}).verdict, Verdict::fail);
  EXPECT_EQ(judged({"errors>1%"}, true).verdict, Verdict::warn);
  EXPECT_EQ(judged({"tls: max<1s"}).verdict, Verdict::inconclusive);
  EXPECT_EQ(judged({"tls: max<1s"}, true).verdict, Verdict::warn);
  EXPECT_EQ(exit_code_of(judged({"p95<1s"}), true), 0);
  EXPECT_EQ(exit_code_of(judged({"p95<1ms"}), false), 99);
  EXPECT_EQ(exit_code_of(judged({"tls: max<1s"}), false), 0);
  EXPECT_EQ(exit_code_of(judged({"tls: max<1s"}), true), 97);

  Judgement invalid = judged({"p95<1s"});
  invalid.concerns = {{.check = "generator_cpu", .level = ConcernLevel::invalid, .what = "", .advice = ""}};
  EXPECT_EQ(verdict_of(invalid), Verdict::inconclusive);
  EXPECT_EQ(exit_code_of(invalid, true), 97);
  invalid.criteria.front().verdict = Verdict::fail;
  EXPECT_EQ(verdict_of(invalid), Verdict::fail);

  Judgement worse;
  worse.comparison.emplace().verdict = ComparisonVerdict::worse;
  EXPECT_EQ(verdict_of(worse), Verdict::fail);
  EXPECT_EQ(exit_code_of(worse, false), 98);
  worse.comparison->within_margin = true;
  EXPECT_EQ(verdict_of(worse), Verdict::pass);
  EXPECT_EQ(exit_code_of(worse, true), 0);
  worse.comparison->verdict = ComparisonVerdict::inconclusive;
  EXPECT_EQ(exit_code_of(worse, true), 97);
}

}  // namespace
}  // namespace omniwriter
