#pragma once
/// Textbook statistics, as R has them. Probabilities are 0 to 1; what cannot be computed is NaN.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "judge/interval.h"

namespace omniwriter {

/// Without limit: as many as one likes, the normal distribution.
inline constexpr double kManyDegrees = std::numeric_limits<double>::infinity();

[[nodiscard]] double mean_of(std::span<const double> values);
/// 0 for less than two values.
[[nodiscard]] double variance_of(std::span<const double> values);
/// NaN where there is none.
[[nodiscard]] double median_of(std::vector<double> values);

/// Of Student's t: the value that is not exceeded with this probability, and how likely a value as far from 0 as `t`
/// is.
[[nodiscard]] double t_quantile(double probability, double degrees);
[[nodiscard]] double t_two_sided(double t, double degrees);
[[nodiscard]] double normal_quantile(double probability);

/// Welch's test of two means: how likely such a difference is by chance.
[[nodiscard]] double welch_p(std::span<const double> a, std::span<const double> b);
/// Spearman's rank correlation; equal values share their rank. NaN where one side never varies.
[[nodiscard]] double spearman(std::span<const double> x, std::span<const double> y);
/// Of neighbours in a series that has the mean 0.
[[nodiscard]] double lag_one_autocorrelation(std::span<const double> values);

/// p-values after Holm, in the order given: each may be held against the same level.
[[nodiscard]] std::vector<double> holm(std::span<const double> p);

/// What variances of many like things tell of each other (limma's fitFDist): the variance they scatter around, and how
/// many degrees of freedom that is worth; kManyDegrees where they scatter no more than by chance.
struct VariancePrior {
  double variance = 0;
  double degrees = 0;
};
[[nodiscard]] VariancePrior variance_prior(std::span<const double> variances, double degrees);
/// A variance drawn towards its prior (limma's squeezeVar).
[[nodiscard]] double squeezed(double variance, double degrees, VariancePrior prior);

/// Wilson's interval of a ratio; `events` and `trials` may be divided by a design effect before. `z`: of the
/// confidence.
[[nodiscard]] Interval wilson(double events, double trials, double z);
/// Newcombe's interval of the ratio of b less that of a.
[[nodiscard]] Interval newcombe(double events_a, double trials_a, double events_b, double trials_b, double z);

/// MOVER: the interval of b - a, from those of a and b.
[[nodiscard]] Interval difference_of(double a, Interval of_a, double b, Interval of_b);

}  // namespace omniwriter
