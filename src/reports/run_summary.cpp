#include "reports/run_summary.h"

#include <algorithm>

namespace omniwriter {

TallySummary::TallySummary(const Run& run, const Tally& summed)
    : samples(summed.samples()),
      errors(run.errors(summed)),
      error_ratio(samples == 0 ? 0.0 : static_cast<double>(errors) / static_cast<double>(samples)),
      throughput_rps(Run::rate(samples, run.duration_seconds())),
      tally(summed) {}

RunSummary::RunSummary(const Run& run)
    : total(run.total()),
      numbers(run, total),
      errors_by_type(run.by_error_type(total)),
      statuses(run.by_status(total)),
      bytes_received(run.bytes_received(total)),
      bytes_sent(run.bytes_sent(total)),
      active_users_max(run.active_users_max()),
      transactions(run.samples_of(SampleKind::transaction)),
      sub_results(run.samples_of(SampleKind::sub_result)) {
  numbers.throughput_rps = run.throughput_rps(numbers.samples);
  const double time = total.response_time.sum_seconds();
  for (const Series& series : run.series) {
    if (series.kind != SampleKind::request) continue;
    const double share = time > 0 ? series.total.response_time.sum_seconds() / time : 0.0;
    endpoints.push_back({series.endpoint, TallySummary(run, series.total), share});
  }
}

}  // namespace omniwriter
