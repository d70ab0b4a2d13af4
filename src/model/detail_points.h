#pragma once
/// What a run knows besides its requests: the phases of these, what they have in common, checks, and metrics of the
/// test's own. As points with named numbers, for systems of time series and files, whatever their format.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/interval_points.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// Whether a series is of this.
[[nodiscard]] constexpr bool is_detail(SampleKind kind) { return !is_whole(kind); }
/// Whether outputs are told of its time slots.
[[nodiscard]] constexpr bool is_told(SampleKind kind) { return kind == SampleKind::request || is_detail(kind); }

/// A value of a metric that is no time, of the duration that it is kept as; exact to a millionth.
[[nodiscard]] double units_of(double seconds);

/// What a gauge was last: the mean of the last time slot in which it was told.
[[nodiscard]] Tally latest_of(const Series& series);

/// "passed" or "failed", and how many of a check or a rate were so.
[[nodiscard]] std::vector<std::pair<std::string_view, std::uint64_t>> results_of(const Run& run, const Tally& tally);

/// Name and value.
using PointNames = std::vector<std::pair<std::string_view, std::string_view>>;

/// A phase of an endpoint, a check or a metric, in one time slot or in the whole run.
struct DetailPoint {
  std::string_view type;  ///< "phase", "dimension", "check", "metric"
  /// What tells it from others of its type: endpoint and phase; dimension and dimension_value; check; metric and
  /// metric_type ("timing", "rate", …).
  PointNames names;
  std::int64_t start_seconds = 0;  ///< since the epoch: of the slot, or of the run
  /// That it was made of. The last one of phases may lie behind the end of the run; it is told in the last of the run.
  std::int64_t slot = 0;
  /// Of all: count. Of dimensions also errors, error_ratio, throughput_rps. Of checks and rates: passed, failed, ratio
  /// (of what passed, 0 to 1). Of counters: added, and per_second. Of all others: mean, min, p50, p90, p95, p99, max;
  /// and of phases, dimensions and timings, in seconds, sum too; of gauges last.
  Measures measures;
};
using VisitDetail = std::function<void(const DetailPoint& point)>;

/// Ascending in time; within a slot as in Run::series.
void for_each_detail(const Run& run, const VisitDetail& visit, SlotRange slots = {});
/// Of the whole run.
void for_each_detail_of_run(const Run& run, const VisitDetail& visit);

/// "scenario" and "checkout" of a series of that kind.
[[nodiscard]] std::pair<std::string_view, std::string_view> name_and_value(const Series& dimension);

/// Visits the time slots in which anything that is `wanted` happened, ascending. Cells are in the order of Run::series.
using VisitSlot = std::function<void(std::int64_t slot, const std::vector<Run::Cell>& cells)>;
void for_each_slot_of(const Run& run, bool (*wanted)(SampleKind kind), const VisitSlot& visit, SlotRange slots = {});

/// The most frequent error messages: what is told again and again while a run goes on.
inline constexpr std::size_t kFirstMessages = 50;
[[nodiscard]] std::vector<ErrorMessage> first_messages(const Run& run);
/// The same for labels, their texts cut to so many bytes. Those that are the same then count together.
inline constexpr std::size_t kMaxMessageLabelBytes = 120;
[[nodiscard]] std::vector<ErrorMessage> labelled_messages(const Run& run);

}  // namespace omniwriter
