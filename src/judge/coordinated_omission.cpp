#include "judge/coordinated_omission.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "base/floor_divide.h"
#include "judge/statistics.h"

namespace omniwriter {
namespace {

constexpr double kNsPerSecond = 1e9;
constexpr std::int64_t kWindowSeconds = 5;
constexpr std::size_t kLeastWindows = 60;
constexpr double kLeastVariation = 0.05;
constexpr double kClosedLoop = -0.35;
constexpr double kPause = 0.2;           // of the median of starts
constexpr double kLeastOfBusySlot = 10;  // starts; fewer come and go by chance
constexpr double kMostAdded = 1e6;       // for one time: beyond that the interval is no interval

struct Slot {
  double starts = 0;
  double mean = 0;
  double busy_until = 0;  // in seconds since the epoch: at least so long a request of this slot was under way
};

// Between the first and the last busy slot: when load comes up or ends, few starts are no pause.
std::size_t count_pauses(const std::map<std::int64_t, Slot>& slots, std::int64_t width) {
  std::vector<double> starts;
  for (const auto& [start, slot] : slots) starts.push_back(slot.starts);
  const double median = median_of(starts);
  if (!(median >= kLeastOfBusySlot)) return 0;
  const auto busy = [&](const auto& one) { return one.second.starts >= median / 2; };
  const auto first = std::ranges::find_if(slots, busy);
  const auto last = std::find_if(slots.rbegin(), slots.rend(), busy);
  std::size_t pauses = 0;
  double under_way_until = 0;
  std::int64_t expected = first->first;
  const auto look_at = [&](std::int64_t start, double begun) {
    if (begun < kPause * median && under_way_until >= static_cast<double>(start + width)) ++pauses;
  };
  for (auto at = first; at != slots.end() && at->first <= last->first; ++at) {
    // Slots without a request are not told; a request can only span so many of them.
    while (expected < at->first && under_way_until >= static_cast<double>(expected + width)) {
      look_at(expected, 0);
      expected += width;
    }
    look_at(at->first, at->second.starts);
    under_way_until = std::max(under_way_until, at->second.busy_until);
    expected = at->first + width;
  }
  return pauses;
}

std::optional<double> load_against_time(const std::map<std::int64_t, Slot>& slots) {
  struct Window {
    double starts = 0;
    double sum = 0;
  };
  std::map<std::int64_t, Window> windows;
  for (const auto& [start, slot] : slots) {
    Window& window = windows[floor_divide(start, kWindowSeconds)];
    window.starts += slot.starts;
    window.sum += slot.starts * slot.mean;
  }
  if (windows.size() < kLeastWindows + 2) return std::nullopt;
  std::vector<double> starts;
  std::vector<double> means;
  for (auto at = std::next(windows.begin()); at != std::prev(windows.end()); ++at) {  // those at the ends are not whole
    starts.push_back(at->second.starts);
    means.push_back(at->second.sum / at->second.starts);
  }
  if (!(std::sqrt(variance_of(starts)) > kLeastVariation * mean_of(starts))) return std::nullopt;
  const double correlation = spearman(starts, means);
  return std::isnan(correlation) ? std::nullopt : std::optional(correlation);
}

// By the users there were, else by how many requests were under way on average.
double interval_of_a_user(const Run& run, const std::map<std::int64_t, Slot>& slots, std::int64_t width) {
  std::vector<double> starts;
  std::vector<double> means;
  for (const auto& [start, slot] : slots) {
    starts.push_back(slot.starts);
    means.push_back(slot.mean);
  }
  const double rate = median_of(starts) / static_cast<double>(width);
  if (!(rate > 0)) return 0;
  const double users = run.active_users_max();
  return users > 0 ? users / rate : median_of(means);
}

}  // namespace

bool CoordinatedOmission::found() const { return pauses > 0 || (correlation && *correlation < kClosedLoop); }

CoordinatedOmission coordinated_omission(const Run& run) {
  if (run.reported) return {};
  const std::int64_t width = run.narrow_interval_seconds();
  std::map<std::int64_t, Slot> slots;
  run.for_each_narrow_total([&](std::int64_t start, const Tally& tally) {
    if (tally.samples() == 0) return;
    slots.insert_or_assign(slots.end(), start,
                           Slot{.starts = static_cast<double>(tally.samples()),
                                .mean = tally.response_time.mean_seconds(),
                                .busy_until = static_cast<double>(start) + tally.response_time.max_seconds()});
  });
  if (slots.empty()) return {};
  return {.correlation = width <= kWindowSeconds ? load_against_time(slots) : std::nullopt,
          .pauses = count_pauses(slots, width),
          .expected_interval = interval_of_a_user(run, slots, width)};
}

Histogram corrected_for_omission(const Histogram& response_time, double expected_interval_seconds) {
  Histogram corrected = response_time;
  const auto interval_ns = static_cast<std::int64_t>(std::llround(expected_interval_seconds * kNsPerSecond));
  if (interval_ns <= 0) return corrected;
  response_time.for_each_bucket([&](Histogram::Bucket bucket) {
    const double low = Histogram::upper_bound_seconds(bucket.index - 1, response_time.scale());
    const double high = Histogram::upper_bound_seconds(bucket.index, response_time.scale());
    const double value =
        std::clamp(2 * low * high / (low + high), response_time.min_seconds(), response_time.max_seconds());
    const auto value_ns = static_cast<std::int64_t>(std::llround(value * kNsPerSecond));
    if (static_cast<double>(value_ns) / static_cast<double>(interval_ns) > kMostAdded) return;
    // A time that is a whole number of intervals must not lose one of them to the width of its bucket.
    const auto slack_ns = static_cast<std::int64_t>(response_time.relative_error() * static_cast<double>(value_ns)) + 1;
    for (std::int64_t missing = value_ns - interval_ns; missing + slack_ns >= interval_ns; missing -= interval_ns) {
      corrected.add(missing, bucket.count);
    }
  });
  return corrected;
}

}  // namespace omniwriter
