#include "judge/run_history.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <utility>

#include "judge/statistics.h"

namespace omniwriter {
namespace {

using Value = std::optional<double> (*)(const RunDigest& run, const BatchDigest& total);

template <int kPercent>
std::optional<double> quantile(const RunDigest& run, const BatchDigest& total) {
  // Of what a tool told as a summary, the histogram has steps.
  if (total.response_time.count() == 0 || !run.has_samples) return std::nullopt;
  return total.response_time.quantile(kPercent / 100.0);
}

std::optional<double> mean(const RunDigest& run, const BatchDigest& total) {
  if (total.response_time.count() == 0 || !run.has_samples) return std::nullopt;
  return total.response_time.mean_seconds();
}

std::optional<double> throughput(const RunDigest& run, const BatchDigest& total) {
  if (run.duration_seconds() <= 0) return std::nullopt;
  return static_cast<double>(total.response_time.count()) / run.duration_seconds();
}

std::optional<double> error_ratio(const RunDigest& /*run*/, const BatchDigest& total) {
  if (total.response_time.count() == 0) return std::nullopt;
  return static_cast<double>(total.errors) / static_cast<double>(total.response_time.count());
}

/// Logarithms of what is known, and which runs that is of.
struct Logs {
  std::vector<double> values;
  std::vector<double> logs;
  std::vector<std::size_t> runs;
};

Logs logs_of(const std::vector<std::optional<double>>& values) {
  Logs found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i] || *values[i] <= 0) continue;
    found.values.push_back(*values[i]);
    found.logs.push_back(std::log(*values[i]));
    found.runs.push_back(i);
  }
  return found;
}

/// By the differences of neighbours, which a step changes in one place only.
std::optional<double> noise_of(const std::vector<double>& logs) {
  constexpr std::size_t kLeastRuns = 4;
  if (logs.size() < kLeastRuns) return std::nullopt;
  std::vector<double> differences;
  for (std::size_t i = 1; i < logs.size(); ++i) differences.push_back(std::abs(logs[i] - logs[i - 1]));
  // The median of absolute differences of normal numbers is 0.6745 standard deviations of the difference.
  return median_of(differences) / (0.6745 * std::sqrt(2.0));
}

/// Whether a value lies further than four deviations from the median of its neighbours, two on each side.
bool is_outlying(const std::vector<double>& logs, std::size_t at, double noise) {
  constexpr std::size_t kNeighbours = 2;
  constexpr double kDeviations = 4;
  constexpr double kLeast = 0.01;  // what differs by less is no matter, however equal the others are
  // The last runs may be the beginning of a new level.
  if (at < kNeighbours || at + kNeighbours >= logs.size()) return false;
  std::vector<double> neighbours;
  for (std::size_t i = at - kNeighbours; i <= at + kNeighbours; ++i) {
    if (i != at) neighbours.push_back(logs[i]);
  }
  return std::abs(logs[at] - median_of(neighbours)) > std::max(kDeviations * noise, kLeast);
}

}  // namespace

RunHistory history_of(const std::vector<RunDigest>& runs) {
  struct Kind {
    const char* name;
    ValueUnit unit;
    Value value;
  };
  constexpr std::array kKinds{
      Kind{"p50", ValueUnit::seconds, quantile<50>},         Kind{"p95", ValueUnit::seconds, quantile<95>},
      Kind{"p99", ValueUnit::seconds, quantile<99>},         Kind{"mean", ValueUnit::seconds, mean},
      Kind{"throughput", ValueUnit::per_second, throughput}, Kind{"error_ratio", ValueUnit::ratio, error_ratio}};
  RunHistory history;
  for (const Kind& kind : kKinds) {
    HistoryMetric& metric = history.metrics.emplace_back();
    metric.name = kind.name;
    metric.unit = kind.unit;
    metric.outlying.resize(runs.size());
  }
  for (const RunDigest& run : runs) {
    const BatchDigest total = run.all.total();
    for (std::size_t i = 0; i < kKinds.size(); ++i) history.metrics[i].values.push_back(kKinds[i].value(run, total));
  }
  for (HistoryMetric& metric : history.metrics) {
    if (metric.unit == ValueUnit::ratio) continue;
    const Logs known = logs_of(metric.values);
    metric.noise = noise_of(known.logs);
    for (ChangePoint change : change_points(known.values)) {
      change.first = known.runs[change.first];
      metric.changes.push_back(change);
    }
    if (!metric.noise) continue;
    for (std::size_t i = 0; i < known.logs.size(); ++i) {
      metric.outlying[known.runs[i]] = is_outlying(known.logs, i, *metric.noise);
    }
  }
  return history;
}

}  // namespace omniwriter
