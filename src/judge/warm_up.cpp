#include "judge/warm_up.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "judge/statistics.h"

namespace omniwriter {
namespace {

constexpr std::size_t kBatch = 5;
constexpr double kLeastDifference = 0.02;
constexpr double kLevel = 0.01;

std::vector<double> batch_means(std::span<const double> values, std::size_t batch) {
  std::vector<double> means;
  for (std::size_t at = 0; at + batch <= values.size(); at += batch)
    means.push_back(mean_of(values.subspan(at, batch)));
  return means;
}

// How likely two stretches differ by chance; neighbours that are alike count for less.
double step_p(std::span<const double> before, std::span<const double> after) {
  if (before.size() + after.size() < 4 || after.size() < 2) return 1;
  const double mean_before = mean_of(before);
  const double mean_after = mean_of(after);
  std::vector<double> left;
  for (const double value : after) left.push_back(value - mean_after);
  const double alike = std::clamp(lag_one_autocorrelation(left), 0.0, 0.9);
  const double inflation = (1 + alike) / (1 - alike);
  // The scatter is that of the warm part: what is cut falls, and so scatters for another reason.
  const double variance =
      variance_of(after) * inflation * (1 / static_cast<double>(before.size()) + 1 / static_cast<double>(after.size()));
  if (variance == 0) return mean_before == mean_after ? 1 : 0;
  const double degrees = std::max(1.0, static_cast<double>(after.size() - 1) / inflation);
  return t_two_sided((mean_before - mean_after) / std::sqrt(variance), degrees);
}

}  // namespace

std::size_t mser_cut(std::span<const double> values, std::size_t batch) {
  const std::vector<double> means = batch_means(values, batch);
  double count = 0;
  double mean = 0;
  double squares = 0;  // sum of squared distances from the mean, of all from `at` on
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t at = means.size(); at-- > 0;) {
    count += 1;
    const double off = means[at] - mean;
    mean += off / count;
    squares += off * (means[at] - mean);
    const double statistic = squares / (count * count);
    if (at <= means.size() / 2 && statistic <= least) {
      least = statistic;
      best = at;
    }
  }
  return best * batch;
}

std::optional<WarmUp> warm_up(std::span<const double> values) {
  const std::size_t cut = mser_cut(values, kBatch);
  if (cut == 0) return std::nullopt;
  const std::vector<double> before = batch_means(values.first(cut), kBatch);
  const std::vector<double> after = batch_means(values.subspan(cut), kBatch);
  const WarmUp found{.values = cut,
                     .during = mean_of(values.first(cut)),
                     .after = mean_of(values.subspan(cut)),
                     .p = step_p(before, after)};
  if (!(std::abs(found.during - found.after) > kLeastDifference * found.after) || !(found.p < kLevel))
    return std::nullopt;
  return found;
}

std::optional<RunWarmUp> warm_up_of(const Run& run) {
  std::vector<double> means;
  std::vector<std::int64_t> starts;
  run.for_each_narrow_total([&](std::int64_t start_seconds, const Tally& tally) {
    if (tally.samples() == 0 || tally.reported) return;
    means.push_back(tally.response_time.mean_seconds());
    starts.push_back(start_seconds);
  });
  const std::optional<WarmUp> found = warm_up(means);
  if (!found) return std::nullopt;
  constexpr double kNsPerSecond = 1e9;
  const double end = static_cast<double>(starts[found->values]) - static_cast<double>(run.started_ns) / kNsPerSecond;
  return RunWarmUp{.seconds = std::max(0.0, end), .during = found->during, .after = found->after, .p = found->p};
}

}  // namespace omniwriter
