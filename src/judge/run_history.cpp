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

/// Which values lie further than four deviations from the median of their level.
std::vector<bool> outlying(const std::vector<double>& logs, const std::vector<ChangePoint>& changes, double noise) {
  constexpr double kDeviations = 4;
  constexpr double kLeast = 0.01;           // what differs by less is no matter, however equal the others are
  constexpr std::ptrdiff_t kTooNew = 2;     // the last runs may be the beginning of a new level
  constexpr std::ptrdiff_t kLeastRuns = 4;  // of a level
  std::vector<bool> result(logs.size());
  const auto size = static_cast<std::ptrdiff_t>(logs.size());
  std::ptrdiff_t first = 0;
  for (std::size_t level = 0; level <= changes.size(); ++level) {
    const auto end = level < changes.size() ? static_cast<std::ptrdiff_t>(changes[level].first) : size;
    if (end - first >= kLeastRuns) {
      const double median = median_of({logs.begin() + first, logs.begin() + end});
      for (std::ptrdiff_t i = first; i < std::min(end, size - kTooNew); ++i) {
        const auto at = static_cast<std::size_t>(i);
        result[at] = std::abs(logs[at] - median) > std::max(kDeviations * noise, kLeast);
      }
    }
    first = end;
  }
  return result;
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
    metric.changes = change_points(known.values);
    if (metric.noise) {
      const std::vector<bool> found = outlying(known.logs, metric.changes, *metric.noise);
      for (std::size_t i = 0; i < found.size(); ++i) metric.outlying[known.runs[i]] = found[i];
    }
    for (ChangePoint& change : metric.changes) change.first = known.runs[change.first];
  }
  return history;
}

}  // namespace omniwriter
