#include "judge/comparison_reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace omniwriter {
namespace {

constexpr std::size_t kMostEndpoints = 5;
constexpr double kLongEnough = 300;
constexpr double kSimilar = 1.5;  // lengths of runs

bool is_change(const ComparedMetric& metric) {
  return metric.verdict == ComparisonVerdict::worse || metric.verdict == ComparisonVerdict::better;
}

// "12", "4.2", "0.35": as many digits as anybody reads.
std::string percent(double ratio) {
  const double value = std::abs(ratio) * 100;
  return fmt::format("{:.{}f}%", value, value >= 9.95 ? 0 : value >= 0.95 ? 1 : 2);
}

std::string with_sign(double ratio) { return (ratio < 0 ? "-" : "+") + percent(ratio); }

std::string change_of(std::string_view of, const ComparedMetric& metric) {
  const std::string low = with_sign(metric.interval.low);
  const std::string high = with_sign(metric.interval.high);
  if (metric.metric == "error_ratio") {
    return metric.change > 0 ? fmt::format("{}: errors rose from {} to {} of the requests", of, percent(metric.base),
                                           percent(metric.candidate))
                             : fmt::format("{}: errors fell from {} to {} of the requests", of, percent(metric.base),
                                           percent(metric.candidate));
  }
  if (metric.against_others) {
    return fmt::format("{}: {} changed by {} to {} against the other endpoints", of, metric.metric, low, high);
  }
  return fmt::format("{}: {} changed by {} (surely {} to {})", of, metric.metric, with_sign(metric.change), low, high);
}

void say_what_changed(const Comparison& comparison, std::vector<std::string>& reasons) {
  for (const ComparedMetric& metric : comparison.overall_metrics) {
    if (is_change(metric)) reasons.push_back(change_of("all endpoints", metric));
  }
  // Of an endpoint what is worst of it, and of all endpoints the worst.
  std::vector<std::pair<const ComparedEndpoint*, const ComparedMetric*>> changed;
  for (const ComparedEndpoint& endpoint : comparison.endpoints) {
    const ComparedMetric* most = nullptr;
    for (const ComparedMetric& metric : endpoint.metrics) {
      if (!is_change(metric)) continue;
      const bool outranks =
          most == nullptr || (metric.verdict == ComparisonVerdict::worse && most->verdict == ComparisonVerdict::better);
      if (outranks || (metric.verdict == most->verdict && std::abs(metric.change) > std::abs(most->change)))
        most = &metric;
    }
    if (most != nullptr) changed.emplace_back(&endpoint, most);
  }
  std::ranges::sort(changed, [](const auto& a, const auto& b) {
    const auto key = [](const auto& one) {
      return std::pair(one.second->verdict != ComparisonVerdict::worse, -std::abs(one.second->change));
    };
    return key(a) != key(b) ? key(a) < key(b) : a.first->endpoint < b.first->endpoint;
  });
  for (std::size_t at = 0; at < std::min(changed.size(), kMostEndpoints); ++at) {
    reasons.push_back(change_of(changed[at].first->endpoint, *changed[at].second));
  }
  if (changed.size() > kMostEndpoints) {
    reasons.push_back(fmt::format("{} more endpoints changed", changed.size() - kMostEndpoints));
  }
}

void say_what_would_have_been_seen(const Comparison& comparison, const ComparisonFacts& facts,
                                   std::vector<std::string>& reasons) {
  if (comparison.overall_metrics.empty() || comparison.overall.metric.empty()) {
    reasons.emplace_back(
        "there are too few requests to compare response times: a hundred of an endpoint are the least");
    return;
  }
  if (comparison.verdict == ComparisonVerdict::no_change) {
    reasons.push_back(fmt::format("a change of all response times by more than the margin ({}) is ruled out",
                                  percent(comparison.margin)));
    reasons.push_back(fmt::format("a change of {} or more would surely have been seen",
                                  percent(comparison.minimum_detectable_change)));
    const auto open = std::ranges::count_if(comparison.endpoints, [](const ComparedEndpoint& endpoint) {
      return std::ranges::any_of(endpoint.metrics, [](const ComparedMetric& metric) {
        return metric.metric != "error_ratio" && metric.verdict == ComparisonVerdict::inconclusive;
      });
    });
    if (open > 0) {
      reasons.push_back(fmt::format("of {} endpoints alone, a change by the margin could have been missed", open));
    }
  }
  if (comparison.verdict == ComparisonVerdict::inconclusive) {
    reasons.push_back(
        fmt::format("the response times changed by {} to {}: that may be nothing, or more than the margin",
                    with_sign(comparison.overall.interval.low), with_sign(comparison.overall.interval.high)));
    if (comparison.more_runs == 0) {
      reasons.emplace_back(
          "equal runs differ too much: no number of runs worth waiting for would tell; look for what "
          "disturbs the machines");
    } else if (facts.more_on_both_sides) {
      reasons.push_back(fmt::format("next: repeat both sides, {} more runs each; that shows a change by the margin",
                                    comparison.more_runs));
    } else {
      reasons.push_back(fmt::format("next: repeat the candidate, {} more runs; that shows a change by the margin",
                                    comparison.more_runs));
    }
  }
}

void say_how_noise_is_known(const Comparison& comparison, const ComparisonFacts& facts,
                            std::vector<std::string>& reasons) {
  const std::size_t runs = comparison.base.size() + comparison.candidate.size();
  if (!comparison.noise_measured) {
    reasons.push_back(
        fmt::format("noise between equal runs is assumed ({}), not measured: three more runs of the baseline "
                    "would measure it",
                    percent(comparison.noise)));
    if (facts.shortest_seconds < kLongEnough && runs == 2) {
      reasons.push_back(
          fmt::format("a run of {:.0f} s is short, so more noise is assumed; 300 s or more tell smaller changes",
                      facts.shortest_seconds));
    }
  } else {
    reasons.push_back(
        fmt::format("equal runs of this test differ by {}, measured over {} runs", percent(comparison.noise), runs));
  }
  if (!facts.has_samples) {
    reasons.emplace_back("of some runs only the totals of the tool are known, so the scatter within them is assumed");
  }
}

void say_what_to_mind(const Comparison& comparison, const ComparisonFacts& facts, std::vector<std::string>& reasons) {
  if (facts.load_differs) {
    const auto load = std::ranges::find(comparison.overall_metrics, "throughput", &ComparedMetric::metric);
    reasons.push_back(
        fmt::format("the load differs: {:.4g} against {:.4g} requests a second; response times of different "
                    "loads are no fair comparison",
                    load->candidate, load->base));
  }
  if (facts.longest_seconds > facts.shortest_seconds * kSimilar && facts.shortest_seconds < kLongEnough) {
    reasons.push_back(fmt::format("the runs last {:.0f} to {:.0f} s: better compare runs of similar length",
                                  facts.shortest_seconds, facts.longest_seconds));
  }
  for (const auto& [endpoint, step] : facts.coarse) {
    reasons.push_back(
        fmt::format("{}: its times come in steps of {}, so it is judged by the mean", endpoint, percent(step)));
  }
  for (const std::string& run : comparison.outlying) {
    reasons.push_back(fmt::format("run {} is far from the others of its side: repeat it, or leave it out", run));
  }
  if (comparison.endpoints.empty() && !(comparison.only_in_base.empty() && comparison.only_in_candidate.empty())) {
    reasons.emplace_back(
        "no endpoint is on both sides, so all requests are compared as one; --map OLD=NEW tells which are "
        "the same");
  } else if (!comparison.only_in_base.empty() || !comparison.only_in_candidate.empty()) {
    reasons.push_back(
        fmt::format("{} endpoints are only in the baseline, {} only in the candidate; --map OLD=NEW tells which "
                    "are the same",
                    comparison.only_in_base.size(), comparison.only_in_candidate.size()));
  }
  if (!facts.not_in_all_runs.empty()) {
    reasons.push_back(
        fmt::format("{} endpoints are not in all of the runs, and are left out", facts.not_in_all_runs.size()));
  }
}

}  // namespace

std::vector<std::string> reasons_of(const Comparison& comparison, const ComparisonFacts& facts) {
  std::vector<std::string> reasons;
  if (comparison.base.empty() || comparison.candidate.empty()) return {"there is no run to compare with"};
  say_what_changed(comparison, reasons);
  say_what_would_have_been_seen(comparison, facts, reasons);
  say_how_noise_is_known(comparison, facts, reasons);
  say_what_to_mind(comparison, facts, reasons);
  return reasons;
}

}  // namespace omniwriter
