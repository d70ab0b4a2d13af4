#include "support/judgements.h"

#include <fmt/format.h>

#include <limits>
#include <string>
#include <utility>

namespace omniwriter::testing {
namespace {

CriterionResult met(std::string criterion, double observed, double bound, ValueUnit unit, Interval interval) {
  return {.criterion = std::move(criterion),
          .only_warns = false,
          .verdict = Verdict::pass,
          .observed = observed,
          .bound = bound,
          .unit = unit,
          .interval = interval,
          .reason = {},
          .advice = {}};
}

ComparedMetric compared(std::string metric, double base, double change, Interval interval, ComparisonVerdict verdict,
                        bool within_margin = false) {
  return {.metric = std::move(metric),
          .base = base,
          .candidate = base * (1 + change),
          .change = change,
          .interval = interval,
          .verdict = verdict,
          .within_margin = within_margin};
}

Comparison unchanged() {
  Comparison comparison;
  comparison.verdict = ComparisonVerdict::no_change;
  comparison.margin = 0.10;
  comparison.noise_measured = true;
  comparison.noise = 0.015;
  comparison.base = {"shop-41", "shop-42"};
  comparison.candidate = {"shop"};
  comparison.minimum_detectable_change = 0.05;
  comparison.overall = compared("mean", 0.2, 0.004, {-0.03, 0.04}, ComparisonVerdict::no_change);
  comparison.endpoints = {
      {"GET /", {compared("p95", 0.1, 0.01, {-0.04, 0.06}, ComparisonVerdict::no_change)}},
  };
  return comparison;
}

}  // namespace

Judgement passed_judgement() {
  Judgement judgement;
  judgement.verdict = Verdict::pass;
  judgement.criteria = {met("p95<2s", 1.234, 2, ValueUnit::seconds, {1.2, 1.28}),
                        met("http_req_failed: rate<5%", 0.0123, 0.05, ValueUnit::ratio, {0.011, 0.014}),
                        met("rps>20", 41.7, 20, ValueUnit::per_second, {41, 42.4})};
  judgement.comparison = unchanged();
  return judgement;
}

Judgement failed_judgement() {
  Judgement judgement;
  judgement.verdict = Verdict::fail;
  judgement.criteria = {met("http_req_failed: rate<5%", 0.0123, 0.05, ValueUnit::ratio, {0.011, 0.014}),
                        {.criterion = "p95{endpoint:POST /checkout}<300ms",
                         .only_warns = false,
                         .verdict = Verdict::fail,
                         .observed = 0.312,
                         .bound = 0.3,
                         .unit = ValueUnit::seconds,
                         .interval = Interval{0.305, 0.32},
                         .reason = {},
                         .advice = "half of the time of all requests is spent in POST /checkout: begin there"},
                        {.criterion = "p99<1s",
                         .only_warns = false,
                         .verdict = Verdict::inconclusive,
                         .observed = 0.98,
                         .bound = 1,
                         .unit = ValueUnit::seconds,
                         .interval = Interval{0.91, 1.07},
                         .reason = "the limit lies within what the true value may be",
                         .advice = "run longer, or with more requests"},
                        {.criterion = "cpu<80%",
                         .only_warns = true,
                         .verdict = Verdict::warn,
                         .observed = 91.5,
                         .bound = 80,
                         .unit = ValueUnit::percent,
                         .interval = {},
                         .reason = {},
                         .advice = "use a larger load generator, or several"}};
  judgement.concerns = {{"warm_up", ConcernLevel::note, "the first 20 s were slower than the rest", ""},
                        {"generator_cpu", ConcernLevel::warning, "the load generator used 91.5% of its CPU at most",
                         "use a larger load generator, or several"}};
  Comparison& comparison = judgement.comparison.emplace(unchanged());
  comparison.verdict = ComparisonVerdict::worse;
  comparison.overall = compared("mean", 0.2, 0.12, {0.081, 0.162}, ComparisonVerdict::worse);
  comparison.noise_measured = false;
  comparison.endpoints = {{"GET /",
                           {compared("p50", 0.05, 0.01, {-0.04, 0.06}, ComparisonVerdict::no_change),
                            compared("p95", 0.1, 0.03, {0.01, 0.06}, ComparisonVerdict::worse, true)}},
                          {"POST /checkout",
                           {compared("p95", 0.25, 0.25, {0.2, 0.3}, ComparisonVerdict::worse),
                            compared("error_ratio", 0.01, 1.5, {0.4, 2.6}, ComparisonVerdict::worse),
                            compared("throughput", 12.5, -0.001, {-0.02, 0.02}, ComparisonVerdict::no_change)}},
                          {"GET /search", {compared("p95", 0.4, -0.3, {-0.35, -0.24}, ComparisonVerdict::better)}}};
  comparison.only_in_base = {"GET /old"};
  comparison.only_in_candidate = {"GET /new"};
  return judgement;
}

Judgement invalid_judgement() {
  Judgement judgement = passed_judgement();
  judgement.verdict = Verdict::inconclusive;
  judgement.concerns = {{"coordinated_omission", ConcernLevel::invalid,
                         "requests waited for one another for 34% of the time", "use an open load model"}};
  return judgement;
}

Judgement hostile_judgement() {
  const std::string attack = "<b>\x1b[2J|\r\n::error::`x` ]]> \xff\xe2\x80\xae --> </details> \xef\xbf\xbe";
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  const double endless = std::numeric_limits<double>::infinity();
  Judgement judgement;
  judgement.verdict = Verdict::fail;
  for (const Verdict verdict : {Verdict::fail, Verdict::inconclusive, Verdict::warn, Verdict::pass}) {
    judgement.criteria.push_back({.criterion = attack,
                                  .only_warns = false,
                                  .verdict = verdict,
                                  .observed = nothing,
                                  .bound = endless,
                                  .unit = ValueUnit::bytes,
                                  .interval = Interval{-endless, endless},
                                  .reason = attack,
                                  .advice = attack});
  }
  for (const ConcernLevel level : {ConcernLevel::note, ConcernLevel::warning, ConcernLevel::invalid}) {
    judgement.concerns.push_back({attack, level, attack, attack});
  }
  Comparison& comparison = judgement.comparison.emplace();
  comparison.verdict = ComparisonVerdict::worse;
  comparison.base = comparison.candidate = comparison.reasons = {attack};
  comparison.only_in_base = comparison.only_in_candidate = {attack};
  comparison.overall = compared(attack, nothing, endless, {-endless, nothing}, ComparisonVerdict::worse);
  comparison.endpoints = {{attack, {comparison.overall, comparison.overall}}};
  return judgement;
}

Judgement endless_judgement() {
  Judgement judgement = failed_judgement();
  const std::string name(3000, 'x');
  const auto criteria = judgement.criteria;
  for (int i = 0; i < 500; ++i) {
    for (CriterionResult one : criteria) {
      one.criterion += fmt::format(" {} {}", name, i);
      one.advice += name;
      judgement.criteria.push_back(std::move(one));
    }
    judgement.concerns.push_back({"any", ConcernLevel::warning, name, name});
    judgement.comparison->base.push_back(fmt::format("run-{}", i));
    judgement.comparison->reasons.push_back(name);
    judgement.comparison->only_in_base.push_back(name);
    for (const char* metric : {"p50", "p95"}) {
      judgement.comparison->endpoints.push_back(
          {fmt::format("GET /{}/{}", name, i),
           {compared(metric, 0.1, 0.2 + i * 0.001, {0.1, 0.9}, ComparisonVerdict::worse)}});
    }
  }
  return judgement;
}

}  // namespace omniwriter::testing
