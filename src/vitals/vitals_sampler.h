#pragma once
/// Measures once a second beside a run.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/guarded.h"
#include "vitals/usage_meter.h"
#include "vitals/vitals_log.h"

namespace omniwriter {

/// From its making on, in a thread of its own. Thread-safe.
class VitalsSampler {
 public:
  VitalsSampler(std::unique_ptr<UsageMeter> meter, Clock& clock);
  ~VitalsSampler() = default;
  VitalsSampler(const VitalsSampler&) = delete;
  VitalsSampler& operator=(const VitalsSampler&) = delete;

  /// Measures once more, and then no longer.
  void stop();
  [[nodiscard]] bool has_measured() const;
  /// As the log has it: see there.
  [[nodiscard]] std::map<std::int64_t, Vitals> between(std::int64_t from_ns, std::int64_t to_ns,
                                                       std::int64_t interval_seconds) const;

 private:
  [[nodiscard]] bool measure();
  void go_on(const std::stop_token& stop);

  std::unique_ptr<UsageMeter> meter_;
  Clock& clock_;
  Usage before_;
  std::chrono::nanoseconds before_at_;
  mutable Guarded<VitalsLog> log_;
  std::jthread thread_;  // last: it uses what is above
};

}  // namespace omniwriter
