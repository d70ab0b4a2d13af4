#include "judge/change_points.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "judge/statistics.h"

namespace omniwriter {
namespace {

constexpr std::size_t kLeastStretch = 3;
constexpr double kPenalty = 3;  // times the variance and ln n, for each point
constexpr double kLone = 4;     // deviations
constexpr double kLevel = 1e-4;
constexpr double kPriorDegrees = 4;  // that the scatter of the whole series is worth to a pair of stretches
constexpr double kMostAlike = 0.95;  // autocorrelation
constexpr double kMadOfNormal = 0.6745;

// Of the noise from one value to the next, which steps of the level hardly touch.
double deviation_of_noise(const std::vector<double>& values) {
  std::vector<double> steps;
  for (std::size_t at = 1; at < values.size(); ++at) steps.push_back(values[at] - values[at - 1]);
  const double middle = median_of(steps);
  for (double& step : steps) step = std::abs(step - middle);
  return median_of(std::move(steps)) / (kMadOfNormal * std::sqrt(2.0));
}

// A lone value is no level: it is far from each of its neighbours, two on either side. The last two are left: nobody
// knows yet whether they are alone.
std::vector<double> without_lone_values(const std::vector<double>& values, double deviation) {
  std::vector<double> calm = values;
  for (std::size_t at = 0; at + 2 < values.size(); ++at) {
    std::vector<double> neighbours;
    for (std::size_t near = at < 2 ? 0 : at - 2; near <= at + 2; ++near) {
      if (near != at) neighbours.push_back(values[near]);
    }
    const bool lone =
        std::ranges::all_of(neighbours, [&](double near) { return std::abs(values[at] - near) > kLone * deviation; });
    if (lone) calm[at] = median_of(std::move(neighbours));
  }
  return calm;
}

// Sums up to each value, so that those of any stretch are a subtraction.
class Sums {
 public:
  explicit Sums(const std::vector<double>& values) : sums_{0}, squares_{0} {
    const double middle = median_of(values);  // near 0, squares lose nothing
    for (const double value : values) {
      sums_.push_back(sums_.back() + (value - middle));
      squares_.push_back(squares_.back() + (value - middle) * (value - middle));
    }
  }
  [[nodiscard]] double mean(std::size_t first, std::size_t end) const {
    return (sums_[end] - sums_[first]) / static_cast<double>(end - first);
  }
  // Squared distances from the mean.
  [[nodiscard]] double error(std::size_t first, std::size_t end) const {
    const double sum = sums_[end] - sums_[first];
    return std::max(0.0, squares_[end] - squares_[first] - sum * sum / static_cast<double>(end - first));
  }

 private:
  std::vector<double> sums_;
  std::vector<double> squares_;
};

// The best way to cut all values into stretches, each of which costs `penalty`: PELT. The bounds, with 0 and the end.
std::vector<std::size_t> partition(const Sums& sums, std::size_t count, double penalty) {
  std::vector<double> cost(count + 1, std::numeric_limits<double>::infinity());
  std::vector<std::size_t> before(count + 1, 0);
  cost[0] = -penalty;
  std::vector<std::size_t> candidates{0};
  for (std::size_t end = kLeastStretch; end <= count; ++end) {
    if (const std::size_t first = end - kLeastStretch; first >= kLeastStretch) {
      // What is no better up to `first` than a cut at it never will be: from here on, a stretch may begin at `first`.
      std::erase_if(candidates, [&](std::size_t at) {
        return first >= at + kLeastStretch && cost[at] + sums.error(at, first) >= cost[first];
      });
      candidates.push_back(first);
    }
    for (const std::size_t at : candidates) {
      const double total = cost[at] + sums.error(at, end) + penalty;
      if (total < cost[end]) {
        cost[end] = total;
        before[end] = at;
      }
    }
  }
  std::vector<std::size_t> bounds{count};
  while (bounds.back() != 0) bounds.push_back(before[bounds.back()]);
  std::ranges::reverse(bounds);
  return bounds;
}

// How likely each inner bound is by chance.
std::vector<double> chances(const std::vector<double>& values, const Sums& sums,
                            const std::vector<std::size_t>& bounds) {
  std::vector<double> left;
  double error = 0;
  for (std::size_t at = 1; at < bounds.size(); ++at) {
    error += sums.error(bounds[at - 1], bounds[at]);
    const double mean = mean_of(std::span(values).subspan(bounds[at - 1], bounds[at] - bounds[at - 1]));
    for (std::size_t i = bounds[at - 1]; i < bounds[at]; ++i) left.push_back(values[i] - mean);
  }
  const double all_degrees = std::max(1.0, static_cast<double>(values.size() - (bounds.size() - 1)));
  const double pooled = error / all_degrees;
  const double alike = std::clamp(lag_one_autocorrelation(left), 0.0, kMostAlike);
  const double inflation = (1 + alike) / (1 - alike);
  std::vector<double> p;
  for (std::size_t at = 1; at + 1 < bounds.size(); ++at) {
    const auto count_before = static_cast<double>(bounds[at] - bounds[at - 1]);
    const auto count_after = static_cast<double>(bounds[at + 1] - bounds[at]);
    const double degrees = count_before + count_after - 2;
    const double local = sums.error(bounds[at - 1], bounds[at]) + sums.error(bounds[at], bounds[at + 1]);
    const double variance = (local + kPriorDegrees * pooled) / (degrees + kPriorDegrees) * inflation;
    const double step = sums.mean(bounds[at], bounds[at + 1]) - sums.mean(bounds[at - 1], bounds[at]);
    const double error_of_step = std::sqrt(variance * (1 / count_before + 1 / count_after));
    p.push_back(error_of_step == 0 ? (step == 0 ? 1 : 0) : t_two_sided(step / error_of_step, degrees / inflation));
  }
  return p;
}

}  // namespace

std::vector<ChangePoint> change_points(std::span<const double> values) {
  if (values.size() < 2 * kLeastStretch) return {};
  std::vector<double> logs(values.begin(), values.end());
  if (std::ranges::all_of(values, [](double value) { return value > 0; })) {
    for (double& value : logs) value = std::log(value);
  }
  const double deviation = deviation_of_noise(logs);
  const std::vector<double> calm = without_lone_values(logs, deviation);
  const Sums sums(calm);
  const double penalty = kPenalty * deviation * deviation * std::log(static_cast<double>(values.size()));
  std::vector<std::size_t> bounds = partition(sums, values.size(), penalty);
  std::vector<double> p;
  while (bounds.size() > 2) {
    p = chances(calm, sums, bounds);
    const auto weakest = std::ranges::max_element(p);
    if (*weakest < kLevel) break;
    bounds.erase(bounds.begin() + 1 + (weakest - p.begin()));
  }
  std::vector<ChangePoint> points;
  for (std::size_t at = 1; at + 1 < bounds.size(); ++at) {
    points.push_back({.first = bounds[at],
                      .before = mean_of(values.subspan(bounds[at - 1], bounds[at] - bounds[at - 1])),
                      .after = mean_of(values.subspan(bounds[at], bounds[at + 1] - bounds[at])),
                      .p = p[at - 1]});
  }
  return points;
}

}  // namespace omniwriter
