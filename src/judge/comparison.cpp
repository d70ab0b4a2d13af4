#include "judge/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "judge/comparison_reasons.h"
#include "judge/quantile_interval.h"
#include "judge/statistics.h"

namespace omniwriter {
namespace {

constexpr double kLeastBeyond = 50;         // samples beyond a quantile, and half of what a mean needs
constexpr double kPriorDegrees = 2;         // that the assumed noise is worth beside the measured one
constexpr double kAssumedDegrees = 18;      // of one run against another: two times ten batches
constexpr double kMostPriorDegrees = 4;     // that endpoints lend each other
constexpr std::size_t kLeastEndpoints = 4;  // to tell one from the others
constexpr double kShared = 3;               // within a run, 12 endpoints are worth four independent ones
constexpr double kLeastNoise = 0.001;       // of an endpoint: histograms tell no less
constexpr double kLongEnough = 300;         // seconds, for the assumed noise
constexpr double kCoarse = 0.02;            // steps of times that make a quantile jump
constexpr double kErrorMargin = 0.001;      // one error more in a thousand requests is no harm
constexpr double kSureOfNoChange = 0.95;
constexpr double kPower = 0.9;              // with which a change by the margin would be seen
constexpr std::size_t kMostRuns = 50;       // that anybody would want to wait for
constexpr std::size_t kRunsToJudgeOne = 4;  // of a side, to say that one of them is far off
constexpr double kOutlying = 0.01;

double squared(double value) { return value * value; }

// A number of one run on the logarithmic scale, with its variance within the run.
struct Value {
  double log = 0;
  double within = 0;
};

// What is compared of each endpoint: a quantile, or the mean.
struct Measure {
  std::string name;
  std::optional<double> quantile;
};

// A measure of one endpoint, in all runs: those of the baseline first.
struct Row {
  std::size_t endpoint = 0;
  std::vector<Value> runs;
};

// A change and how sure it is.
struct Test {
  double change = 0;     // logarithmic
  double deviation = 0;  // of it
  double degrees = 1;
  double p = 1;
  double reach = 0;  // half of the interval
  bool rejected = false;

  void set_level(double level) { reach = t_quantile(1 - level / 2, degrees) * deviation; }
  [[nodiscard]] Interval interval() const { return {change - reach, change + reach}; }
  // A change beyond the margin is ruled out. That claim is held to a level of its own: the one above is that of an
  // alarm.
  [[nodiscard]] bool is_inside(double margin) const {
    return std::abs(change) + t_quantile((1 + kSureOfNoChange) / 2, degrees) * deviation < margin;
  }
};

Test test_of(double change, double variance, double degrees, double scale) {
  Test test{.change = change, .deviation = std::sqrt(variance * scale), .degrees = degrees};
  test.p = test.deviation == 0 ? (change == 0 ? 1 : 0) : t_two_sided(change / test.deviation, degrees);
  return test;
}

// Holm's, with intervals of the same levels: a test is rejected exactly if its interval is on one side of 0.
void hold_to_level(std::span<Test*> tests, double alpha) {
  std::ranges::sort(tests, {}, [](const Test* test) { return test->p; });
  auto left = static_cast<double>(tests.size());
  bool rejecting = true;
  for (Test* test : tests) {
    rejecting = rejecting && test->p < alpha / left;
    test->rejected = rejecting;
    test->set_level(alpha / left);
    if (rejecting) left -= 1;
  }
}

bool is_change(ComparisonVerdict verdict) {
  return verdict == ComparisonVerdict::worse || verdict == ComparisonVerdict::better;
}

bool is_within(const Interval& change, double margin) { return change.low >= -margin && change.high <= margin; }

ComparisonVerdict verdict_of(const Interval& change, bool ruled_out) {
  if (change.low > 0) return ComparisonVerdict::worse;
  if (change.high < 0) return ComparisonVerdict::better;
  return ruled_out ? ComparisonVerdict::no_change : ComparisonVerdict::inconclusive;
}

void set_verdict(ComparedMetric& metric, const Test& test, double log_margin) {
  const Interval logs = test.interval();
  metric.interval = {std::expm1(logs.low), std::expm1(logs.high)};
  metric.verdict = verdict_of(logs, test.is_inside(log_margin));
  metric.within_margin = is_change(metric.verdict) && is_within(logs, log_margin);
}

std::string name_of_quantile(double q) {
  std::string name = fmt::format("p{:g}", q * 100);
  std::ranges::replace(name, '.', '_');
  return name;
}

double sum_of_squares(std::span<const double> values) {
  return values.size() < 2 ? 0 : variance_of(values) * static_cast<double>(values.size() - 1);
}

// One comparison at work.
class Comparing {
 public:
  Comparing(const std::vector<RunDigest>& base, const std::vector<RunDigest>& candidate,
            const ComparisonSettings& settings)
      : settings_(settings), log_margin_(std::log1p(settings.margin)), base_runs_(base.size()) {
    for (const RunDigest& run : base) runs_.push_back(&run);
    for (const RunDigest& run : candidate) runs_.push_back(&run);
    run_degrees_ = static_cast<double>(runs_.size()) - 2;
    scale_ = 1 / static_cast<double>(base.size()) + 1 / static_cast<double>(candidate.size());
    result_.margin = settings.margin;
    result_.noise_measured = run_degrees_ >= kPriorDegrees;
    for (const RunDigest& run : base) result_.base.push_back(run.info.run_id);
    for (const RunDigest& run : candidate) result_.candidate.push_back(run.info.run_id);
    facts_.has_samples = std::ranges::all_of(runs_, [](const RunDigest* run) { return run->has_samples; });
    facts_.shortest_seconds = kLongEnough;
    for (const RunDigest* run : runs_) {
      const double seconds = run->duration_seconds();
      if (seconds <= 0) continue;  // of a tool that does not tell
      facts_.shortest_seconds = std::min(facts_.shortest_seconds, seconds);
      facts_.longest_seconds = std::max(facts_.longest_seconds, seconds);
    }
    floor_ = settings.noise_floor;
    if (run_degrees_ == 0) floor_ *= kLongEnough / facts_.shortest_seconds;
    for (const double q : settings.quantiles) measures_.push_back({name_of_quantile(q), q});
    measures_.push_back({"mean", std::nullopt});
  }

  Comparison result() {
    match_endpoints();
    for (const Measure& measure : measures_) compare_times(measure);
    std::vector<Test*> all;
    for (Overall& one : overall_) all.push_back(&one.test);
    const bool closed_loop = std::ranges::all_of(runs_, [](const RunDigest* run) { return run->closed_loop; });
    std::optional<Test> throughput = throughput_test();
    if (throughput && closed_loop) all.push_back(&*throughput);
    hold_to_level(all, settings_.alpha);
    family_ = std::max<std::size_t>(1, all.size());
    compare_endpoints();
    finish_overall();
    if (throughput) add_throughput(*throughput, closed_loop);
    compare_errors();
    decide();
    find_outlying();
    result_.reasons = reasons_of(result_, facts_);
    return std::move(result_);
  }

 private:
  struct Unit {
    std::string name;
    std::vector<const EndpointDigest*> runs;
  };
  struct Tested {
    std::size_t endpoint;
    std::size_t measure;  // index into overall_
    double base;
    double candidate;
    Test total;
    std::optional<Test> relative;
  };
  struct Overall {
    std::string name;
    double base = 0;
    double candidate = 0;
    double within = 0;  // its variance within a run
    Test test;
    std::vector<double> runs;
  };

  [[nodiscard]] std::size_t candidate_runs() const { return runs_.size() - base_runs_; }
  template <typename T>
  [[nodiscard]] std::span<const T> base_of(const std::vector<T>& runs) const {
    return std::span(runs).first(base_runs_);
  }
  template <typename T>
  [[nodiscard]] std::span<const T> candidate_of(const std::vector<T>& runs) const {
    return std::span(runs).subspan(base_runs_);
  }

  void match_endpoints() {
    const auto name_in_base = [&](std::size_t run, const std::string& name) {
      const auto same = run < base_runs_ ? settings_.same_endpoints.end() : settings_.same_endpoints.find(name);
      return same == settings_.same_endpoints.end() ? name : same->second;
    };
    std::vector<std::map<std::string, const EndpointDigest*>> by_name(runs_.size());
    for (std::size_t run = 0; run < runs_.size(); ++run) {
      for (const EndpointDigest& endpoint : runs_[run]->endpoints) {
        by_name[run].emplace(name_in_base(run, endpoint.endpoint), &endpoint);
      }
    }
    std::set<std::string> seen;
    const auto in_any = [&](std::size_t first, std::size_t end, const std::string& name) {
      for (std::size_t run = first; run < end; ++run) {
        if (by_name[run].contains(name)) return true;
      }
      return false;
    };
    for (std::size_t run = 0; run < runs_.size(); ++run) {
      for (const EndpointDigest& endpoint : runs_[run]->endpoints) {
        const std::string name = name_in_base(run, endpoint.endpoint);
        if (!seen.insert(name).second) continue;
        if (!in_any(base_runs_, runs_.size(), name)) {
          result_.only_in_base.push_back(name);
        } else if (!in_any(0, base_runs_, name)) {
          result_.only_in_candidate.push_back(endpoint.endpoint);
        } else {
          Unit unit{.name = name, .runs = {}};
          for (const auto& of_run : by_name) {
            const auto found = of_run.find(name);
            if (found != of_run.end()) unit.runs.push_back(found->second);
          }
          if (unit.runs.size() == runs_.size()) {
            units_.push_back(std::move(unit));
          } else {
            facts_.not_in_all_runs.push_back(name);
          }
        }
      }
    }
    for (const RunDigest* run : runs_) all_.runs.push_back(&run->all);
    for (const Unit& unit : units_) result_.endpoints.push_back({.endpoint = unit.name, .metrics = {}});
  }

  [[nodiscard]] std::optional<Value> value_of(const EndpointDigest& digest, const Measure& measure) const {
    if (digest.reported) return told_value_of(digest, measure);
    const auto count = static_cast<double>(digest.total().response_time.count());
    const double beyond = measure.quantile ? count * (1 - *measure.quantile) : count / 2;
    if (beyond < kLeastBeyond) return std::nullopt;
    const auto estimate = measure.quantile ? quantile_estimate(digest, *measure.quantile) : mean_estimate(digest);
    if (!estimate) return std::nullopt;
    return Value{.log = std::log(estimate->value), .within = estimate->variance_of_log};
  }

  // Of what only a tool told, nobody knows the scatter: as much as between runs is assumed.
  [[nodiscard]] std::optional<Value> told_value_of(const EndpointDigest& digest, const Measure& measure) const {
    Tally told;
    told.response_time = digest.total().response_time;
    told.reported = digest.reported;
    const std::optional<double> value = measure.quantile ? told.quantile(*measure.quantile) : told.mean();
    if (!value || !(*value > 0)) return std::nullopt;
    return Value{.log = std::log(*value), .within = squared(settings_.noise_floor)};
  }

  [[nodiscard]] std::optional<Row> row_of(const Unit& unit, const Measure& measure) {
    Row row;
    if (measure.quantile) {
      Histogram together;
      for (const EndpointDigest* digest : unit.runs) {
        if (digest->reported) continue;
        together.merge(digest->total().response_time);
      }
      const double step = DistributionCurve(together).step_at(*measure.quantile);
      if (step > kCoarse) {
        double& widest = facts_.coarse[unit.name];
        widest = std::max(widest, step);
        return std::nullopt;
      }
    }
    for (const EndpointDigest* digest : unit.runs) {
      const auto value = value_of(*digest, measure);
      if (!value) return std::nullopt;
      row.runs.push_back(*value);
    }
    return row;
  }

  // Pooled over both sides.
  [[nodiscard]] double run_variance(const std::vector<double>& runs) const {
    return (sum_of_squares(base_of(runs)) + sum_of_squares(candidate_of(runs))) / run_degrees_;
  }

  // Of numbers that no other numbers can tell the scatter of: what is assumed, corrected by what was seen.
  [[nodiscard]] Test absolute_test(const std::vector<double>& runs, double assumed) const {
    const double change = mean_of(candidate_of(runs)) - mean_of(base_of(runs));
    if (run_degrees_ == 0) return test_of(change, assumed, kAssumedDegrees, scale_);
    const double degrees = kPriorDegrees + run_degrees_;
    const double variance = (kPriorDegrees * assumed + run_degrees_ * run_variance(runs)) / degrees;
    return test_of(change, variance, degrees, scale_);
  }

  void compare_times(const Measure& measure) {
    std::vector<Row> rows;
    for (std::size_t at = 0; at < units_.size(); ++at) {
      if (auto row = row_of(units_[at], measure)) {
        row->endpoint = at;
        rows.push_back(std::move(*row));
      }
    }
    const bool alone = rows.empty() && units_.empty();  // nothing in common but that they are requests
    if (alone) {
      if (auto row = row_of(all_, measure)) rows.push_back(std::move(*row));
    }
    if (rows.empty()) return;

    const auto count = static_cast<double>(rows.size());
    Overall overall{.name = measure.name, .base = 0, .candidate = 0, .within = 0, .test = {}, .runs = {}};
    for (std::size_t run = 0; run < runs_.size(); ++run) {
      double sum = 0;
      for (const Row& row : rows) sum += row.runs[run].log;
      overall.runs.push_back(sum / count);
    }
    double within = 0;
    for (const Row& row : rows) within += within_of(row) / count;
    overall.within = within * std::min(1.0, kShared / count);
    overall.test = absolute_test(overall.runs, overall.within + squared(floor_));
    overall.base = std::exp(mean_of(base_of(overall.runs)));
    overall.candidate = std::exp(mean_of(candidate_of(overall.runs)));
    overall_.push_back(std::move(overall));
    if (!alone) add_tests(rows);
  }

  static double within_of(const Row& row) {
    double sum = 0;
    for (const Value& value : row.runs) sum += value.within;
    return sum / static_cast<double>(row.runs.size());
  }

  static std::vector<double> logs_of(const Row& row) {
    std::vector<double> logs;
    for (const Value& value : row.runs) logs.push_back(value.log);
    return logs;
  }

  void add_tests(const std::vector<Row>& rows) {
    const std::vector<std::optional<Test>> relative = relative_tests(rows);
    for (std::size_t at = 0; at < rows.size(); ++at) {
      const std::vector<double> logs = logs_of(rows[at]);
      const double assumed = within_of(rows[at]) + squared(floor_) + squared(endpoint_floor());
      tested_.push_back({.endpoint = rows[at].endpoint,
                         .measure = overall_.size() - 1,
                         .base = std::exp(mean_of(base_of(logs))),
                         .candidate = std::exp(mean_of(candidate_of(logs))),
                         .total = absolute_test(logs, assumed),
                         .relative = relative[at]});
    }
  }

  [[nodiscard]] double endpoint_floor() const {
    return settings_.endpoint_floor * (settings_.noise_floor > 0 ? floor_ / settings_.noise_floor : 1);
  }

  // Each endpoint against the others: what the whole machine did is in all of them, and falls out.
  [[nodiscard]] std::vector<std::optional<Test>> relative_tests(const std::vector<Row>& rows) const {
    std::vector<std::optional<Test>> tests(rows.size());
    if (rows.size() < kLeastEndpoints) return tests;
    std::vector<double> changes;
    std::vector<std::vector<double>> off;  // of each run from the mean of its side, by endpoint
    for (const Row& row : rows) {
      const std::vector<double> logs = logs_of(row);
      const double base = mean_of(base_of(logs));
      const double candidate = mean_of(candidate_of(logs));
      changes.push_back(candidate - base);
      std::vector<double>& of_row = off.emplace_back();
      for (std::size_t run = 0; run < logs.size(); ++run)
        of_row.push_back(logs[run] - (run < base_runs_ ? base : candidate));
    }
    const double shared = median_of(changes);
    if (run_degrees_ == 0) {
      for (std::size_t at = 0; at < rows.size(); ++at) {
        tests[at] =
            test_of(changes[at] - shared, within_of(rows[at]) + squared(endpoint_floor()), kAssumedDegrees, scale_);
      }
      return tests;
    }
    for (std::size_t run = 0; run < runs_.size(); ++run) {
      std::vector<double> of_run;
      for (const auto& of_row : off) of_run.push_back(of_row[run]);
      const double shared_by_run = median_of(std::move(of_run));
      for (auto& of_row : off) of_row[run] -= shared_by_run;
    }
    std::vector<double> variances;
    double beyond_within = 0;
    for (std::size_t at = 0; at < rows.size(); ++at) {
      double sum = 0;
      for (const double one : off[at]) sum += squared(one);
      variances.push_back(sum / run_degrees_);
      beyond_within += (variances.back() - within_of(rows[at])) / static_cast<double>(rows.size());
    }
    std::vector<double> expected;
    std::vector<double> relative_variances;
    for (std::size_t at = 0; at < rows.size(); ++at) {
      expected.push_back(std::max(0.0, beyond_within) + within_of(rows[at]) + squared(kLeastNoise));
      relative_variances.push_back(variances[at] / expected.back());
    }
    // What is shared is in the scatter within a run, too, and falls out here: so all of them may be less than expected.
    const VariancePrior found = variance_prior(relative_variances, run_degrees_);
    const double degrees = std::min(found.degrees + run_degrees_, run_degrees_ + kMostPriorDegrees);
    for (std::size_t at = 0; at < rows.size(); ++at) {
      const double variance =
          squeezed(variances[at], run_degrees_, {.variance = expected[at] * found.variance, .degrees = found.degrees});
      tests[at] = test_of(changes[at] - shared, std::max(variance, squared(kLeastNoise)), degrees, scale_);
    }
    return tests;
  }

  void compare_endpoints() {
    std::vector<Test*> family;
    for (Tested& one : tested_) {
      if (one.relative) {
        family.push_back(&*one.relative);
      } else {
        family.push_back(&one.total);
      }
    }
    const double count = std::max(1.0, static_cast<double>(family.size()));
    hold_to_level(family, settings_.alpha);
    for (Tested& one : tested_) {
      ComparedMetric metric{.metric = overall_[one.measure].name,
                            .base = one.base,
                            .candidate = one.candidate,
                            .change = std::expm1(one.total.change),
                            .interval = {},
                            .verdict = {},
                            .within_margin = false,
                            .against_others = false};
      if (one.relative) one.total.set_level(settings_.alpha / count);
      set_verdict(metric, one.total, log_margin_);
      if (one.relative) judge_by_the_others(metric, one);
      result_.endpoints[one.endpoint].metrics.push_back(std::move(metric));
    }
  }

  // The change as a whole is believed only where all endpoints together show one; otherwise it is that of the machine.
  void judge_by_the_others(ComparedMetric& metric, const Tested& one) {
    const Test& overall = overall_[one.measure].test;
    const bool changed = is_change(metric.verdict);
    const bool shared = overall.rejected && (overall.change > 0) == (one.total.change > 0);
    if (changed && shared) return;
    // Where all became slower, one that did not is faster than the others, but not faster.
    const bool alike = one.relative->change * one.total.change > 0;
    if (one.relative->rejected && (alike || !overall.rejected)) {
      set_verdict(metric, *one.relative, log_margin_);
      metric.against_others = true;
      return;
    }
    const bool steady = !overall.rejected && overall.is_inside(log_margin_) && one.relative->is_inside(log_margin_);
    metric.verdict = steady || metric.verdict == ComparisonVerdict::no_change ? ComparisonVerdict::no_change
                                                                              : ComparisonVerdict::inconclusive;
    metric.within_margin = false;
    if (changed || steady) {
      metric.interval = {std::expm1(one.relative->interval().low), std::expm1(one.relative->interval().high)};
      metric.against_others = true;
    }
  }

  void finish_overall() {
    for (const Overall& one : overall_) {
      ComparedMetric metric{.metric = one.name,
                            .base = one.base,
                            .candidate = one.candidate,
                            .change = std::expm1(one.test.change),
                            .interval = {},
                            .verdict = {},
                            .within_margin = false,
                            .against_others = false};
      set_verdict(metric, one.test, log_margin_);
      result_.overall_metrics.push_back(std::move(metric));
    }
    if (overall_.empty()) return;
    std::size_t surest = overall_.size() - 1;  // the mean, unless something changed
    for (std::size_t at = 0; at < overall_.size(); ++at) {
      const Test& test = overall_[at].test;
      const Test& best = overall_[surest].test;
      if (test.rejected && (!best.rejected || (test.change > 0 && best.change < 0) ||
                            ((test.change > 0) == (best.change > 0) && test.p < best.p))) {
        surest = at;
      }
    }
    result_.overall = result_.overall_metrics[surest];
    const Test& test = overall_[surest].test;
    deciding_ = &overall_[surest];
    result_.noise = test.deviation / std::sqrt(scale_);
    const double level = settings_.alpha / static_cast<double>(family_);
    result_.minimum_detectable_change = std::expm1(t_quantile(1 - level / 2, test.degrees) * test.deviation);
  }

  [[nodiscard]] std::optional<Test> throughput_test() const {
    std::vector<double> logs;
    double within = 0;
    for (const RunDigest* run : runs_) {
      std::vector<double> counts;
      for (const BatchDigest& batch : run->all.batches)
        counts.push_back(static_cast<double>(batch.response_time.count()));
      const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
      if (sum == 0 || !(run->duration_seconds() > 0)) return std::nullopt;
      logs.push_back(std::log(sum / run->duration_seconds()));
      const double of_run = run->has_samples ? static_cast<double>(kBatches) * variance_of(counts) / squared(sum)
                                             : squared(settings_.noise_floor);
      within += of_run / static_cast<double>(runs_.size());
    }
    Test test = absolute_test(logs, within + squared(floor_));
    test.set_level(settings_.alpha);
    return test;
  }

  void add_throughput(const Test& test, bool closed_loop) {
    std::vector<double> rates;
    for (const RunDigest* run : runs_) {
      rates.push_back(std::log(static_cast<double>(run->all.total().response_time.count()) / run->duration_seconds()));
    }
    ComparedMetric metric{.metric = "throughput",
                          .base = std::exp(mean_of(base_of(rates))),
                          .candidate = std::exp(mean_of(candidate_of(rates))),
                          .change = std::expm1(test.change),
                          .interval = {},
                          .verdict = {},
                          .within_margin = false,
                          .against_others = false};
    set_verdict(metric, test, log_margin_);
    facts_.load_differs = !closed_loop && std::abs(test.change) > log_margin_ / 2;
    if (is_change(metric.verdict)) {
      // More is better here; and what a schedule asked for is neither.
      metric.verdict = !closed_loop                                 ? ComparisonVerdict::inconclusive
                       : metric.verdict == ComparisonVerdict::worse ? ComparisonVerdict::better
                                                                    : ComparisonVerdict::worse;
      metric.within_margin = metric.within_margin && closed_loop;
    }
    result_.overall_metrics.push_back(std::move(metric));
  }

  struct Errors {
    double events = 0;
    double trials = 0;
    double design_effect = 1;
  };

  [[nodiscard]] Errors errors_of(const Unit& unit, std::size_t first, std::size_t end) const {
    Errors errors;
    std::vector<std::pair<double, double>> by_run;
    for (std::size_t run = first; run < end; ++run) {
      const BatchDigest total = unit.runs[run]->total();
      by_run.emplace_back(static_cast<double>(total.errors), static_cast<double>(total.response_time.count()));
      errors.events += by_run.back().first;
      errors.trials += by_run.back().second;
      if (runs_[run]->has_samples) {
        errors.design_effect = std::max(errors.design_effect, design_effect_of_errors(*unit.runs[run]));
      }
    }
    const double ratio = errors.trials > 0 ? errors.events / errors.trials : 0;
    if (by_run.size() > 2 && ratio > 0 && ratio < 1) {
      std::vector<double> beyond;
      for (const auto& [events, trials] : by_run) beyond.push_back(events - ratio * trials);
      const double between =
          variance_of(beyond) * static_cast<double>(beyond.size()) / (errors.trials * ratio * (1 - ratio));
      errors.design_effect = std::max(errors.design_effect, between);
    }
    return errors;
  }

  [[nodiscard]] std::optional<ComparedMetric> error_metric(const Unit& unit, double level) const {
    const Errors base = errors_of(unit, 0, base_runs_);
    const Errors candidate = errors_of(unit, base_runs_, runs_.size());
    if (base.trials == 0 || candidate.trials == 0) return std::nullopt;
    const double effect = std::max(base.design_effect, candidate.design_effect);
    const double degrees = static_cast<double>((kBatches - 1) * runs_.size());
    ComparedMetric metric{.metric = "error_ratio",
                          .base = base.events / base.trials,
                          .candidate = candidate.events / candidate.trials,
                          .change = candidate.events / candidate.trials - base.events / base.trials,
                          .interval = newcombe(base.events / effect, base.trials / effect, candidate.events / effect,
                                               candidate.trials / effect, t_quantile(1 - level / 2, degrees)),
                          .verdict = {},
                          .within_margin = false,
                          .against_others = false};
    metric.verdict =
        verdict_of(metric.interval, base.events + candidate.events == 0 || is_within(metric.interval, kErrorMargin));
    metric.within_margin = is_change(metric.verdict) && is_within(metric.interval, kErrorMargin);
    return metric;
  }

  void compare_errors() {
    const double level = settings_.alpha / static_cast<double>(units_.size() + 1);
    if (auto metric = error_metric(all_, level)) result_.overall_metrics.push_back(std::move(*metric));
    for (std::size_t at = 0; at < units_.size(); ++at) {
      if (auto metric = error_metric(units_[at], level)) result_.endpoints[at].metrics.push_back(std::move(*metric));
    }
  }

  void decide() {
    bool worse = false;
    bool better = false;
    bool worse_within = true;
    bool better_within = true;
    const auto look_at = [&](const ComparedMetric& metric) {
      if (metric.verdict == ComparisonVerdict::worse) {
        worse = true;
        worse_within = worse_within && metric.within_margin;
      } else if (metric.verdict == ComparisonVerdict::better) {
        better = true;
        better_within = better_within && metric.within_margin;
      }
    };
    for (const ComparedMetric& metric : result_.overall_metrics) look_at(metric);
    for (const ComparedEndpoint& endpoint : result_.endpoints) std::ranges::for_each(endpoint.metrics, look_at);
    const bool steady = !overall_.empty() && std::ranges::all_of(overall_, [&](const Overall& one) {
      return !one.test.rejected && one.test.is_inside(log_margin_);
    });
    if (worse) {
      result_.verdict = ComparisonVerdict::worse;
      result_.within_margin = worse_within;
    } else if (better) {
      result_.verdict = ComparisonVerdict::better;
      result_.within_margin = better_within;
    } else if (steady) {
      result_.verdict = ComparisonVerdict::no_change;
    } else {
      result_.verdict = ComparisonVerdict::inconclusive;
      if (deciding_ != nullptr) find_more_runs();
    }
  }

  // How many runs more would show a change by the margin: of the candidate, or where that never will, of both.
  void find_more_runs() {
    const double variance = squared(deciding_->test.deviation) / scale_;
    const double level = settings_.alpha / static_cast<double>(family_);
    const auto is_enough = [&](std::size_t base, std::size_t candidate) {
      const double degrees = kPriorDegrees + static_cast<double>(base + candidate) - 2;
      const double needed = t_quantile(1 - level / 2, degrees) + t_quantile(kPower, degrees);
      return needed * std::sqrt(variance * (1 / static_cast<double>(base) + 1 / static_cast<double>(candidate))) <=
             log_margin_;
    };
    for (const bool both : {false, true}) {
      for (std::size_t more = 1; more <= kMostRuns; ++more) {
        if (!is_enough(base_runs_ + (both ? more : 0), candidate_runs() + more)) continue;
        result_.more_runs = more;
        facts_.more_on_both_sides = both;
        return;
      }
    }
  }

  void find_outlying() {
    if (overall_.empty()) return;
    const Overall& mean = overall_.back();
    find_outlying(base_of(mean.runs), mean.within, result_.base);
    find_outlying(candidate_of(mean.runs), mean.within, result_.candidate);
  }

  void find_outlying(std::span<const double> runs, double within, const std::vector<std::string>& ids) {
    if (runs.size() < kRunsToJudgeOne) return;
    for (std::size_t at = 0; at < runs.size(); ++at) {
      std::vector<double> others(runs.begin(), runs.end());
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(at));
      const auto degrees = static_cast<double>(others.size() - 1);
      const double assumed = within + squared(settings_.noise_floor);
      const double variance = (kPriorDegrees * assumed + degrees * variance_of(others)) / (kPriorDegrees + degrees);
      const Test test = test_of(runs[at] - mean_of(others), variance, kPriorDegrees + degrees,
                                1 + 1 / static_cast<double>(others.size()));
      if (test.p < kOutlying / static_cast<double>(runs.size())) result_.outlying.push_back(ids[at]);
    }
  }

  const ComparisonSettings& settings_;
  double log_margin_;
  std::size_t base_runs_;
  std::vector<const RunDigest*> runs_;  // those of the baseline first
  double run_degrees_ = 0;
  double scale_ = 2;
  double floor_ = 0;  // of the noise between runs, as long as these
  std::vector<Measure> measures_;
  std::vector<Unit> units_;
  Unit all_;
  std::vector<Overall> overall_;
  std::vector<Tested> tested_;
  std::size_t family_ = 1;
  const Overall* deciding_ = nullptr;
  ComparisonFacts facts_;
  Comparison result_;
};

}  // namespace

std::string_view name_of(ComparisonVerdict verdict) {
  switch (verdict) {
    case ComparisonVerdict::better:
      return "better";
    case ComparisonVerdict::worse:
      return "worse";
    case ComparisonVerdict::no_change:
      return "no_change";
    case ComparisonVerdict::inconclusive:
      break;
  }
  return "inconclusive";
}

Comparison compare(const std::vector<RunDigest>& base, const std::vector<RunDigest>& candidate,
                   const ComparisonSettings& settings) {
  if (base.empty() || candidate.empty()) {
    Comparison nothing;
    nothing.reasons = reasons_of(nothing, {});
    return nothing;
  }
  return Comparing(base, candidate, settings).result();
}

}  // namespace omniwriter
