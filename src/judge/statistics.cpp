#include "judge/statistics.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <numeric>

namespace omniwriter {
namespace {

namespace policies = boost::math::policies;
// Doubles throughout, and NaN in place of exceptions.
using Policy =
    policies::policy<policies::promote_double<false>, policies::domain_error<policies::ignore_error>,
                     policies::pole_error<policies::ignore_error>, policies::overflow_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>>;
using StudentsT = boost::math::students_t_distribution<double, Policy>;
using Normal = boost::math::normal_distribution<double, Policy>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kEnoughForNormal = 1e10;

std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t at) { return std::pair(values[at], at); });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double shared = (static_cast<double>(first) + static_cast<double>(end - 1)) / 2;
    for (; first < end; ++first) ranks[order[first]] = shared;
  }
  return ranks;
}

// Newton's method, as limma has it.
double trigamma_inverse(double value) {
  if (value > 1e7) return 1 / std::sqrt(value);
  if (value < 1e-6) return 1 / value;
  double at = 0.5 + 1 / value;
  for (int i = 0; i < 50; ++i) {
    const double trigamma = boost::math::trigamma(at, Policy());
    // The slope of trigamma, by a difference that is exact enough for Newton to end at the same place.
    const double step = at * 1e-6;
    const double slope =
        (boost::math::trigamma(at + step, Policy()) - boost::math::trigamma(at - step, Policy())) / (2 * step);
    const double move = trigamma * (1 - trigamma / value) / slope;
    at += move;
    if (-move / at < 1e-12) break;
  }
  return at;
}

}  // namespace

double mean_of(std::span<const double> values) {
  if (values.empty()) return kNan;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

double median_of(std::vector<double> values) {
  if (values.empty()) return kNan;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double t_quantile(double probability, double degrees) {
  if (degrees > kEnoughForNormal) return normal_quantile(probability);
  return boost::math::quantile(StudentsT(degrees), probability);
}

double t_two_sided(double t, double degrees) {
  if (std::isnan(t)) return kNan;
  if (std::isinf(t)) return 0;
  if (degrees > kEnoughForNormal) return 2 * boost::math::cdf(Normal(), -std::abs(t));
  return 2 * boost::math::cdf(StudentsT(degrees), -std::abs(t));
}

double normal_quantile(double probability) { return boost::math::quantile(Normal(), probability); }

double welch_p(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 2 || b.size() < 2) return kNan;
  const double of_a = variance_of(a) / static_cast<double>(a.size());
  const double of_b = variance_of(b) / static_cast<double>(b.size());
  const double difference = mean_of(a) - mean_of(b);
  if (of_a + of_b == 0) return difference == 0 ? 1 : 0;
  const double degrees =
      (of_a + of_b) * (of_a + of_b) /
      (of_a * of_a / static_cast<double>(a.size() - 1) + of_b * of_b / static_cast<double>(b.size() - 1));
  return t_two_sided(difference / std::sqrt(of_a + of_b), degrees);
}

double spearman(std::span<const double> x, std::span<const double> y) {
  const std::vector<double> of_x = ranks_of(x);
  const std::vector<double> of_y = ranks_of(y);
  const double mean = (static_cast<double>(x.size()) - 1) / 2;
  double both = 0;
  double only_x = 0;
  double only_y = 0;
  for (std::size_t at = 0; at < of_x.size(); ++at) {
    both += (of_x[at] - mean) * (of_y[at] - mean);
    only_x += (of_x[at] - mean) * (of_x[at] - mean);
    only_y += (of_y[at] - mean) * (of_y[at] - mean);
  }
  return only_x == 0 || only_y == 0 ? kNan : both / std::sqrt(only_x * only_y);
}

double lag_one_autocorrelation(std::span<const double> values) {
  double neighbours = 0;
  double all = 0;
  for (std::size_t at = 0; at < values.size(); ++at) {
    all += values[at] * values[at];
    if (at > 0) neighbours += values[at] * values[at - 1];
  }
  return all == 0 ? 0 : neighbours / all;
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t at) { return std::pair(p[at], at); });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, p[order[rank]] * static_cast<double>(p.size() - rank));
    adjusted[order[rank]] = std::min(1.0, largest);
  }
  return adjusted;
}

VariancePrior variance_prior(std::span<const double> variances, double degrees) {
  // A variance of 0 has no logarithm: limma, too, lifts those that are next to nothing.
  const double least = 1e-5 * median_of({variances.begin(), variances.end()});
  if (variances.size() < 2 || !(least > 0)) return {mean_of(variances), 0};
  std::vector<double> logs;
  for (const double variance : variances) {
    logs.push_back(std::log(std::max(variance, least)) - boost::math::digamma(degrees / 2, Policy()) +
                   std::log(degrees / 2));
  }
  const double beyond_chance = variance_of(logs) - boost::math::trigamma(degrees / 2, Policy());
  if (beyond_chance <= 0) return {mean_of(variances), kManyDegrees};
  const double prior = 2 * trigamma_inverse(beyond_chance);
  return {std::exp(mean_of(logs) + boost::math::digamma(prior / 2, Policy()) - std::log(prior / 2)), prior};
}

double squeezed(double variance, double degrees, VariancePrior prior) {
  if (std::isinf(prior.degrees)) return prior.variance;
  return (prior.degrees * prior.variance + degrees * variance) / (prior.degrees + degrees);
}

Interval wilson(double events, double trials, double z) {
  if (trials <= 0) return {0, 1};
  const double ratio = events / trials;
  const double square = z * z;
  const double centre = (ratio + square / (2 * trials)) / (1 + square / trials);
  const double half =
      z / (1 + square / trials) * std::sqrt(ratio * (1 - ratio) / trials + square / (4 * trials * trials));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Interval newcombe(double events_a, double trials_a, double events_b, double trials_b, double z) {
  if (trials_a <= 0 || trials_b <= 0) return {-1, 1};
  return difference_of(events_a / trials_a, wilson(events_a, trials_a, z), events_b / trials_b,
                       wilson(events_b, trials_b, z));
}

Interval difference_of(double a, Interval of_a, double b, Interval of_b) {
  const double difference = b - a;
  return {difference - std::hypot(b - of_b.low, of_a.high - a), difference + std::hypot(of_b.high - b, a - of_a.low)};
}

}  // namespace omniwriter
