#pragma once
/// Is a run better or worse than others? A run is one data point: how much equal runs differ is learnt from several, or
/// assumed, and said.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "judge/interval.h"
#include "judge/run_digest.h"

namespace omniwriter {

enum class ComparisonVerdict : std::uint8_t { better, worse, no_change, inconclusive };
/// "better", "worse", "no_change", "inconclusive".
[[nodiscard]] std::string_view name_of(ComparisonVerdict verdict);

struct ComparisonSettings {
  double margin = 0.10;          ///< a change up to this is no harm
  double noise_floor = 0.02;     ///< by how much equal runs differ where that cannot be measured (one deviation)
  double endpoint_floor = 0.01;  ///< the same of one endpoint against the others
  double alpha = 0.0035;         ///< false alarms of each of the two families of tests: all, and each endpoint
  std::vector<double> quantiles{0.5, 0.95};
  std::map<std::string, std::string> same_endpoints;  ///< name in the candidates -> name in the baseline
};

/// One number on both sides. Changes are relative: 0.05 is 5 % more. Those of "error_ratio" are differences: 0.05 is
/// five errors more among a hundred requests.
struct ComparedMetric {
  std::string metric;  ///< "p50", "p95", "mean", "throughput", "error_ratio"
  double base = 0;  ///< the mean over the runs of that side, geometric for times and rates; seconds, a second, a ratio
  double candidate = 0;
  double change = 0;
  Interval interval;  ///< of `change`
  ComparisonVerdict verdict = ComparisonVerdict::inconclusive;
  bool within_margin = false;  ///< worse or better, and surely by no more than the margin
  /// `interval` is that of the change against the other endpoints, without what all of them share: where only that
  /// tells a change.
  bool against_others = false;
};

struct ComparedEndpoint {
  std::string endpoint;
  std::vector<ComparedMetric> metrics;
};

struct Comparison {
  ComparisonVerdict verdict = ComparisonVerdict::inconclusive;
  bool within_margin = false;  ///< see ComparedMetric
  double margin = 0;
  bool noise_measured = false;    ///< otherwise it was assumed
  double noise = 0;               ///< one standard deviation between equal runs, relative
  std::vector<std::string> base;  ///< run ids
  std::vector<std::string> candidate;
  std::size_t more_runs = 0;             ///< how many would be needed for an answer; 0: it is there, or cannot be had
  double minimum_detectable_change = 0;  ///< what would have been seen
  std::vector<std::string> reasons;      ///< for people
  ComparedMetric overall;                ///< of the response times over the endpoints: what changed most surely
  std::vector<ComparedMetric> overall_metrics;  ///< the mean change over the endpoints of each; throughput; errors
  std::vector<ComparedEndpoint> endpoints;      ///< those on both sides, by impact
  std::vector<std::string> outlying;            ///< ids of runs that are far from the others of their side
  std::vector<std::string> only_in_base;        ///< endpoints that could not be compared
  std::vector<std::string> only_in_candidate;
};

/// `base` and `candidate`: one run or more on each side.
[[nodiscard]] Comparison compare(const std::vector<RunDigest>& base, const std::vector<RunDigest>& candidate,
                                 const ComparisonSettings& settings = {});

}  // namespace omniwriter
