#include "support/sample_runs.h"

#include <fmt/format.h>

#include <utility>

#include "model/aggregator.h"

namespace omniwriter::testing {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// The requests of a batch.
class BatchOfSamples final : public KeptSamples {
 public:
  explicit BatchOfSamples(SampleBatch batch) : batch_(std::move(batch)) {}

  void for_each(const std::function<void(const KeptSample&)>& visit) const override {
    KeptSample kept;
    for (const Sample& sample : batch_.samples) {
      if (sample.kind != SampleKind::request) continue;
      kept.start_ns = sample.start_ns;
      kept.duration_ns = sample.duration_ns;
      kept.bytes_received = sample.bytes_received;
      kept.bytes_sent = sample.bytes_sent;
      kept.endpoint = kept.request = batch_.endpoints()[sample.endpoint];
      kept.outcome = &batch_.outcomes()[sample.outcome];
      visit(kept);
      ++kept.number;
    }
  }
  [[nodiscard]] std::string why_missing() const override { return "the test kept no more"; }

 private:
  SampleBatch batch_;
};

Run finish(SampleBatch batch, std::string run_id, std::string test_name) {
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  Run run = aggregator.finish();
  run.info = {std::move(run_id), std::move(test_name), "jmeter", {"results.jtl"}, {{"branch", "main"}}};
  run.kept_samples = std::make_shared<BatchOfSamples>(std::move(batch));
  return run;
}

SampleBatch sample_batch() {
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
  return batch;
}

void add_measure(SampleBatch& batch, SampleKind kind, std::string_view name, std::int64_t second, std::int64_t value,
                 bool passed = true) {
  Sample sample;
  sample.kind = kind;
  sample.start_ns = (kSampleRunStart + second) * kNsPerSecond;
  sample.duration_ns = value * kNsPerUnit;
  sample.endpoint = batch.endpoint(name);
  sample.outcome = passed ? batch.passed() : batch.failed();
  batch.samples.push_back(sample);
}

}  // namespace

Run sample_run() { return finish(sample_batch(), "run-1", "checkout"); }

Run detailed_run() {
  constexpr std::int64_t kSeconds = 120;
  SampleBatch batch = sample_batch();
  for (Sample& sample : batch.samples) {
    if (sample.kind != SampleKind::request) continue;
    SampleDetail detail;
    detail.phase(SampleKind::waiting) = sample.duration_ns / 10 * 9;
    detail.phase(SampleKind::receiving) = sample.duration_ns / 10;
    if (!batch.outcomes()[sample.outcome].error_type.empty()) {
      detail.message = batch.message("no stock of \"lamp\" in shop 7");
    }
    batch.details.push_back(detail);
    sample.detail = static_cast<std::uint32_t>(batch.details.size());
  }
  for (std::int64_t second = 0; second < kSeconds; ++second) {
    add_measure(batch, SampleKind::check, "status is 200", second, 0, second % 4 != 0);
    add_measure(batch, SampleKind::rate, "cache_hit", second, 1);
    add_measure(batch, SampleKind::timing, "login_time", second, 20);
    add_measure(batch, SampleKind::number, "cart_size", second, second % 5);
    add_measure(batch, SampleKind::counter, "orders", second, 3);
    add_measure(batch, SampleKind::gauge, "stock", second, 1000 - second);
  }
  add_measure(batch, SampleKind::check, "status is 200", kSeconds + 4, 0);
  return finish(std::move(batch), "run-1", "checkout");
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
  return finish(std::move(batch), "run-2", "wide");
}

}  // namespace omniwriter::testing
