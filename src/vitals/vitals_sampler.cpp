#include "vitals/vitals_sampler.h"

#include <utility>

namespace omniwriter {
namespace {

constexpr std::chrono::nanoseconds kSecond{1'000'000'000};
// The first look: a tool may be gone within a second, and its memory with it.
constexpr std::chrono::milliseconds kFirstLook{100};

}  // namespace

VitalsSampler::VitalsSampler(std::unique_ptr<UsageMeter> meter, Clock& clock)
    : meter_(std::move(meter)), clock_(clock), before_at_(clock.steady()) {
  if (auto usage = meter_->read()) before_ = *usage;
  thread_ = std::jthread([this](const std::stop_token& stop) { go_on(stop); });
}

void VitalsSampler::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void VitalsSampler::go_on(const std::stop_token& stop) {
  clock_.sleep(kFirstLook, stop);
  while (measure() && !stop.stop_requested()) {
    // At round seconds, so that each is measured as a whole.
    clock_.sleep(kSecond - std::chrono::nanoseconds(clock_.wall_ns() % kSecond.count()), stop);
  }
}

// False once there is nothing left to measure.
bool VitalsSampler::measure() {
  const auto usage = meter_->read();
  if (!usage) return false;
  const auto now = clock_.steady();
  const auto elapsed = now - before_at_;
  const auto seconds = [](std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); };
  Measurement measured{.middle_ns = clock_.wall_ns() - elapsed.count() / 2,
                       .cpu_seconds = seconds(usage->cpu - before_.cpu),
                       .of_seconds = seconds(elapsed) * meter_->cpus(),
                       .memory_mb = {}};
  if (usage->memory_bytes) measured.memory_mb = static_cast<double>(*usage->memory_bytes) / 1e6;
  log_.with([&](VitalsLog& log) { log.add(measured); });
  before_ = *usage;
  before_at_ = now;
  return true;
}

bool VitalsSampler::has_measured() const {
  return log_.with([](const VitalsLog& log) { return !log.empty(); });
}

std::map<std::int64_t, Vitals> VitalsSampler::between(std::int64_t from_ns, std::int64_t to_ns,
                                                      std::int64_t interval_seconds) const {
  return log_.with([&](const VitalsLog& log) { return log.between(from_ns, to_ns, interval_seconds); });
}

}  // namespace omniwriter
