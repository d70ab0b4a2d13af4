#pragma once
/// The metrics of a run as they grew: what a scraper would have seen.

#include <cstdint>
#include <functional>
#include <vector>

#include "model/load_test_metrics.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// What there is to tell of one endpoint, or of the run as a whole, at one moment.
struct MetricsAt {
  std::int64_t time_ms = 0;            ///< since the epoch
  std::uint64_t samples = 0;           ///< requests told of here first; these add up to the requests of the run
  bool first_of_moment = false;        ///< all before it had an earlier time
  bool ends = false;                   ///< the series end here; values mean nothing
  std::vector<MetricFamily> families;  ///< those with points; histograms live as long as the visit
};
using VisitMetrics = std::function<void(const MetricsAt& metrics)>;

/// Visits the whole run. Times never go back, and no series has two points of one time.
///
/// Counters and histograms count from the start of the run; their state at the end of each time slot is told. A series
/// that was not there a slot before, or not told of, is told of at the start of the slot too (a new one as zero): a
/// rate over any two points is that of the requests between them. One slot behind that in which the last request ended
/// comes the final state of all counters and histograms, and one more behind the series end. The gauges of the seven,
/// and the recent response times, are those of their slot, and end where nothing happens; where a run has no timeline,
/// those of the final state. Those of the run and its endpoints so far are told in every slot. Bytes that belong to no
/// request are known in the end only: a run that has such has its bytes in the final state alone. So it is with error
/// messages.
void visit_metrics_over_time(const Run& run, const Labels& extra_labels, const VisitMetrics& visit);

/// Visits some slots of a run that goes on. Requests that became known late count from the first of these slots on.
void visit_metrics_over_time(const Run& so_far, const Labels& extra_labels, SlotRange slots, const VisitMetrics& visit);

/// Visits the requests and response times of one endpoint, or a phase, check or metric, at the ends of stretches of
/// `slots_per_step` slots.
void visit_endpoint_over_time(const Run& run, const Series& series, const Labels& extra_labels,
                              std::int64_t slots_per_step, const VisitMetrics& visit);

/// The same for what belongs to no endpoint.
void visit_all_over_time(const Run& run, const Labels& extra_labels, std::int64_t slots_per_step,
                         const VisitMetrics& visit);

}  // namespace omniwriter
