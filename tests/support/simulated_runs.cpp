#include "support/simulated_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace omniwriter::testing {
namespace {

constexpr std::array kRates{50.0, 40.0, 30.0, 20.0, 15.0, 10.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.0};  // a second
constexpr std::size_t kMiddle = 5;

// The same on every machine, other than the distributions of the standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}
  double uniform() { return (static_cast<double>(bits_() >> 11) + 0.5) * 0x1p-53; }
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform()); }
  double exponential(double mean) { return -mean * std::log(uniform()); }

 private:
  std::mt19937_64 bits_;
};

// Noise that is like that of the second before.
class Drift {
 public:
  Drift(double deviation, double seconds, Random& random)
      : alike_(std::exp(-1 / seconds)), deviation_(deviation), value_(deviation * random.normal()) {}
  double next(Random& random) {
    value_ = alike_ * value_ + deviation_ * std::sqrt(1 - alike_ * alike_) * random.normal();
    return value_;
  }

 private:
  double alike_;
  double deviation_;
  double value_;
};

// In buckets made longer by any factor: what lies in one falls into two, in parts.
Histogram scaled(const Histogram& histogram, double log_factor, Random& random) {
  const double by = log_factor / std::log(2.0) * std::exp2(histogram.scale());
  const auto whole = static_cast<std::int32_t>(std::floor(by));
  const double part = by - std::floor(by);
  std::vector<Histogram::Bucket> buckets;
  const auto put = [&](std::int32_t index, std::uint64_t count) {
    if (count == 0) return;
    if (!buckets.empty() && buckets.back().index == index) {
      buckets.back().count += count;
    } else {
      buckets.push_back({index, count});
    }
  };
  histogram.for_each_bucket([&](Histogram::Bucket bucket) {
    const double further = part * static_cast<double>(bucket.count);
    const auto up = static_cast<std::uint64_t>(further + random.uniform());
    put(bucket.index + whole, bucket.count - std::min(up, bucket.count));
    put(bucket.index + whole + 1, std::min(up, bucket.count));
  });
  const double factor = std::exp(log_factor);
  const auto longer = [&](auto ns) {
    return static_cast<decltype(ns)>(std::llround(static_cast<double>(ns) * factor));
  };
  return Histogram::restore(histogram.scale(), buckets, histogram.zero_count(), longer(histogram.sum_ns()),
                            longer(histogram.min_ns()), longer(histogram.max_ns()));
}

}  // namespace

RunDigest simulated_run(std::uint64_t seed, double seconds) {
  Random random(seed);
  RunDigest digest;
  digest.info.run_id = fmt::format("run-{}", seed);
  digest.info.test_name = "simulated";
  digest.started_ns = 1'700'000'000'000'000'000;
  digest.ended_ns = digest.started_ns + static_cast<std::int64_t>(seconds * 1e9);
  digest.endpoints.resize(kRates.size());
  Drift common(0.02, 45, random);
  Drift misses(0.1, 45, random);
  std::vector<Drift> own;
  for (std::size_t at = 0; at < kRates.size(); ++at) {
    digest.endpoints[at].endpoint = fmt::format("endpoint {}", at);
    own.emplace_back(0.02, 30, random);
  }
  double next_pause = random.exponential(15);
  const auto length = static_cast<std::size_t>(seconds);
  for (std::size_t second = 0; second < length; ++second) {
    const auto now = static_cast<double>(second);
    const double level = common.next(random);
    const double miss_share = 0.1 * std::exp(misses.next(random));
    const double warming = 0.5 * std::exp(-now / 10);
    double pause_at = 2;  // of this second; beyond its end: none
    double pause = 0;
    if (next_pause < now + 1) {
      pause_at = next_pause - now;
      pause = 0.03 + random.exponential(0.05);
      next_pause += random.exponential(15) + 1;
    }
    const std::size_t batch = second * kBatches / length;
    for (std::size_t at = 0; at < kRates.size(); ++at) {
      const double typical = 0.02 * std::exp2(static_cast<double>(at % 5));
      const double slow = std::exp(level + own[at].next(random)) * (1 + warming);
      BatchDigest& into = digest.endpoints[at].batches[batch];
      // Open loop: so many come whatever the system does.
      const auto requests = static_cast<std::size_t>(kRates[at] + random.uniform());
      for (std::size_t i = 0; i < requests; ++i) {
        double time = typical * slow * std::exp(0.35 * random.normal());
        if (random.uniform() < miss_share) time *= 3;
        time += random.exponential(0.1 * typical * slow * slow);  // the queue
        const double since = random.uniform() - pause_at;
        if (since > 0 && since < pause) time += pause - since;
        into.response_time.add(static_cast<std::int64_t>(time * 1e9));
        if (random.uniform() < 0.001) ++into.errors;
      }
    }
  }
  for (const EndpointDigest& endpoint : digest.endpoints) {
    for (std::size_t at = 0; at < kBatches; ++at) {
      digest.all.batches[at].response_time.merge(endpoint.batches[at].response_time);
      digest.all.batches[at].errors += endpoint.batches[at].errors;
    }
  }
  return digest;
}

SimulatedTest::SimulatedTest(std::uint64_t seed, std::size_t simulated, double seconds) : random_(seed) {
  for (std::size_t at = 0; at < simulated; ++at) simulated_.push_back(simulated_run(seed * 1'000'000 + at, seconds));
}

SimulatedTest::Slowdown SimulatedTest::none() { return of_all(1); }
SimulatedTest::Slowdown SimulatedTest::of_all(double times) { return Slowdown(kRates.size(), times); }
SimulatedTest::Slowdown SimulatedTest::of_one(double times) {
  Slowdown slowdown = none();
  slowdown[kMiddle] = times;
  return slowdown;
}

void SimulatedTest::shuffle() {
  // Only as far as a draw looks.
  for (std::size_t at = 0; at < std::min<std::size_t>(simulated_.size(), 40); ++at) {
    std::swap(simulated_[at], simulated_[at + random_() % (simulated_.size() - at)]);
  }
  next_ = 0;
}

std::vector<RunDigest> SimulatedTest::draw(std::size_t runs, const Scatter& scatter, const Slowdown& slowdown) {
  Random random(random_());
  std::vector<RunDigest> drawn;
  for (std::size_t i = 0; i < runs; ++i) {
    RunDigest run = simulated_[next_++];
    const double common = scatter.common * random.normal();
    for (std::size_t at = 0; at < run.endpoints.size(); ++at) {
      const double by = common + scatter.endpoint * random.normal() + std::log(slowdown[at]);
      for (BatchDigest& batch : run.endpoints[at].batches)
        batch.response_time = scaled(batch.response_time, by, random);
    }
    drawn.push_back(std::move(run));
  }
  return drawn;
}

}  // namespace omniwriter::testing
