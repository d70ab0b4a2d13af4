#include "support/sample_runs.h"

#include <fmt/format.h>

#include "model/aggregator.h"

namespace omniwriter::testing {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

Run finish(const SampleBatch& batch, std::string run_id, std::string test_name) {
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  Run run = aggregator.finish();
  run.info = {std::move(run_id), std::move(test_name), "jmeter", {"results.jtl"}, {{"branch", "main"}}};
  return run;
}

}  // namespace

Run sample_run() {
  SampleBatch batch;
  const auto ok = batch.outcome("200", "");
  const auto broken = batch.outcome("500", "http_500");
  for (std::uint32_t i = 0; i < kSampleRunRequests; ++i) {
    Sample sample;
    sample.start_ns = kSampleRunStart * kNsPerSecond + i * kNsPerSecond / 10;
    sample.duration_ns = (i * 7919 % 997 + 1) * std::int64_t{1'000'000};
    sample.bytes_received = 1000;
    sample.bytes_sent = 100;
    sample.outcome = i % 30 == 1 ? broken : ok;
    switch (i % 3) {
      case 0:
        sample.endpoint = batch.endpoint("GET /");
        break;
      case 1:
        sample.endpoint = batch.endpoint("POST /login");
        break;
      default:
        sample.endpoint = batch.endpoint(kHostileEndpoint);
    }
    batch.samples.push_back(sample);
    if (i % 10 == 0) {
      batch.active_users.push_back({sample.start_ns, 5 + i / 60});
      sample.kind = SampleKind::transaction;
      sample.endpoint = batch.endpoint("checkout flow");
      batch.samples.push_back(sample);
    }
  }
  return finish(batch, "run-1", "checkout");
}

Run wide_run(int endpoints, int seconds) {
  SampleBatch batch;
  for (int second = 0; second < seconds; ++second) {
    for (int endpoint = 0; endpoint < endpoints; ++endpoint) {
      Sample sample;
      sample.start_ns = (kSampleRunStart + second) * kNsPerSecond;
      sample.duration_ns = 5'000'000;
      sample.endpoint = batch.endpoint(fmt::format("endpoint {}", endpoint));
      sample.outcome = batch.outcome("200", "");
      batch.samples.push_back(sample);
    }
  }
  return finish(batch, "run-2", "wide");
}

}  // namespace omniwriter::testing
