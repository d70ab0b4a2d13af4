#pragma once
/// How exact a number of one run is, as its ten batches tell: requests that follow each other are alike, so their count
/// alone would promise too much.

#include <cstdint>
#include <optional>
#include <vector>

#include "judge/interval.h"
#include "judge/run_digest.h"

namespace omniwriter {

/// A histogram as a function: within a bucket, samples lie evenly on the logarithmic scale.
class DistributionCurve {
 public:
  explicit DistributionCurve(const Histogram& histogram);

  [[nodiscard]] double count() const { return count_; }
  /// Samples of at most so many seconds.
  [[nodiscard]] double at_most(double seconds) const;
  /// The inverse, for a part of all samples: 0 to 1. 0 where there is no sample.
  [[nodiscard]] double quantile(double part) const;
  /// Times in whole milliseconds are steps, not a curve: the relative width of the steps at this quantile, where they
  /// are wider than buckets; else 0.
  [[nodiscard]] double step_at(double part) const;

 private:
  struct Stretch {
    double low;  // seconds
    double high;
    double before;  // samples of all stretches before
    double count;
  };
  std::vector<Stretch> stretches_;
  double zero_ = 0;
  double count_ = 0;
};

/// A number of a run, and how it would scatter between stretches of the same run.
struct Estimate {
  double value = 0;            ///< seconds
  double variance_of_log = 0;  ///< of ln value, within the run
  Interval interval;           ///< with the confidence that was asked for
  double batch_variance = 0;   ///< of the sum over the run of what the batches have beyond their share
};

/// Of a digest that has samples. `confidence`: of both sides together; `degrees`: of freedom. Nothing where there is no
/// sample, or the number is 0.
[[nodiscard]] std::optional<Estimate> quantile_estimate(const EndpointDigest& digest, double q,
                                                        double confidence = 0.99, double degrees = kBatches - 1);
[[nodiscard]] std::optional<Estimate> mean_estimate(const EndpointDigest& digest, double confidence = 0.99,
                                                    double degrees = kBatches - 1);

/// By how much the run b differs from the run a in a number, as b/a.
struct Ratio {
  double ratio = 1;
  Interval interval;
};
/// As far as the scatter within the two runs tells: two equal runs differ by more. Nothing where an estimate is
/// nothing.
[[nodiscard]] std::optional<Ratio> quantile_ratio(const EndpointDigest& a, const EndpointDigest& b, double q,
                                                  double confidence = 0.99);
[[nodiscard]] std::optional<Ratio> mean_ratio(const EndpointDigest& a, const EndpointDigest& b,
                                              double confidence = 0.99);

/// How many requests count as one independent one for the ratio of errors: 1 or more.
[[nodiscard]] double design_effect_of_errors(const EndpointDigest& digest);

}  // namespace omniwriter
