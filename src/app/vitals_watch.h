#pragma once
/// CPU and memory beside a run: what `run` and `follow` share.

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "app/command.h"
#include "omniwriter/run.h"
#include "vitals/vitals_sampler.h"

namespace omniwriter {

/// Their options.
struct VitalsFlags {
  std::optional<std::string> source;
  std::optional<std::string> cgroup;
  unsigned pid = 0;  ///< 0: not given
};
void add_vitals_options(Command& command, VitalsFlags& flags);

/// Gives a run that was read again what was measured beside it when it went on: no file tells that.
void keep_vitals(const RunStore& store, Run& run);

/// Measures from start() to stop(), where something is to be measured. Used by one thread.
class VitalsWatch {
 public:
  explicit VitalsWatch(const Program& program) : program_(program) {}

  /// `starter`: the process that will start the load tool; none: another starts it. An error where the command line
  /// names what is not there; what else cannot be measured is told, and the run goes on without.
  [[nodiscard]] Result<void> start(const Config& config, const VitalsFlags& flags, std::optional<pid_t> starter);
  void stop();
  /// What an earlier process measured of the same run.
  void go_on_from(const Run& earlier);
  /// Puts into a run what was measured while it went on.
  void add_to(Run& run) const;
  /// Says, once, that the load generator is at its limit, if it has been so since then. May be asked at any time.
  void tell_if_busy(std::int64_t since_ns);
  /// Says that all that was measured is of another time than the run, if it is.
  void tell_if_of_another_time(const Run& run) const;

 private:
  const Program& program_;
  VitalsLog earlier_;
  std::unique_ptr<VitalsSampler> sampler_;  // null: nothing is measured
  bool told_ = false;
  std::chrono::nanoseconds next_look_{0};
};

}  // namespace omniwriter
