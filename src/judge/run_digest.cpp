#include "judge/run_digest.h"

#include <algorithm>
#include <utility>

#include "base/floor_divide.h"
#include "judge/coordinated_omission.h"

namespace omniwriter {
namespace {

void add(BatchDigest& batch, const Tally& tally, const Run& run) {
  batch.response_time.merge(tally.response_time);
  batch.errors += run.errors(tally);
}

// All in one batch: of what a tool told by itself nobody knows when it was.
EndpointDigest told(std::string endpoint, const Tally& total, const Run& run) {
  EndpointDigest digest{.endpoint = std::move(endpoint), .batches = {}, .reported = total.reported};
  add(digest.batches.front(), total, run);
  return digest;
}

// In which of the batches a time lies. By whole slots, so that each request is in exactly one.
class Batches {
 public:
  Batches(const Run& run, std::int64_t width) : width_(width) {
    const SlotRange slots = run.slots();
    first_ = slots.first * run.interval_seconds / width;
    count_ = std::max<std::int64_t>(1, (slots.end - slots.first) * (run.interval_seconds / width));
  }
  // The slots at the ends may be wider than what there is in them.
  void narrow_to(std::int64_t first_seconds, std::int64_t last_seconds) {
    first_ = floor_divide(first_seconds, width_);
    count_ = floor_divide(last_seconds, width_) - first_ + 1;
  }
  [[nodiscard]] std::size_t of(std::int64_t slot) const {
    const std::int64_t at = std::clamp<std::int64_t>(slot - first_, 0, count_ - 1);
    return static_cast<std::size_t>(at * static_cast<std::int64_t>(kBatches) / count_);
  }

 private:
  std::int64_t width_;
  std::int64_t first_ = 0;
  std::int64_t count_ = 1;
};

}  // namespace

BatchDigest EndpointDigest::total() const {
  BatchDigest sum;
  for (const BatchDigest& batch : batches) {
    sum.response_time.merge(batch.response_time);
    sum.errors += batch.errors;
  }
  return sum;
}

RunDigest digest_of(const Run& run) {
  RunDigest digest{.info = run.info,
                   .started_ns = run.started_ns,
                   .ended_ns = run.ended_ns,
                   .has_samples = !run.reported,
                   .closed_loop = false,
                   .all = {},
                   .endpoints = {}};
  if (run.reported) {
    digest.all = told({}, run.reported->total, run);
    for (const Series& series : run.series) {
      if (series.kind == SampleKind::request) digest.endpoints.push_back(told(series.endpoint, series.total, run));
    }
    return digest;
  }

  const SlotRange slots = run.slots();
  if (slots.first >= slots.end) return digest;  // no request
  const Batches wide(run, run.interval_seconds);
  for (const Series& series : run.series) {
    if (series.kind != SampleKind::request) continue;
    EndpointDigest endpoint{.endpoint = series.endpoint, .batches = {}, .reported = nullptr};
    for (const auto& [slot, tally] : series.timeline) add(endpoint.batches[wide.of(slot)], tally, run);
    digest.endpoints.push_back(std::move(endpoint));
  }
  if (run.all_requests.empty()) {
    for (const EndpointDigest& endpoint : digest.endpoints) {
      for (std::size_t at = 0; at < kBatches; ++at) {
        digest.all.batches[at].response_time.merge(endpoint.batches[at].response_time);
        digest.all.batches[at].errors += endpoint.batches[at].errors;
      }
    }
  } else {
    Batches narrow(run, run.all_interval_seconds);
    narrow.narrow_to(run.all_requests.first() * run.all_interval_seconds,
                     run.all_requests.last() * run.all_interval_seconds);
    for (const auto& [slot, tally] : run.all_requests) add(digest.all.batches[narrow.of(slot)], tally, run);
  }
  digest.closed_loop = coordinated_omission(run).found();
  return digest;
}

}  // namespace omniwriter
