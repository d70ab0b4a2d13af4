#pragma once
/// What a tool, a group of processes or the whole machine uses of CPU and memory, as Linux tells it.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "omniwriter/error.h"

namespace omniwriter {

/// At one moment.
struct Usage {
  std::chrono::nanoseconds cpu{0};            ///< time on CPUs, since some moment: only differences mean something
  std::optional<std::uint64_t> memory_bytes;  ///< nothing where no process is left
};

/// Used by one thread.
class UsageMeter {
 public:
  UsageMeter() = default;
  UsageMeter(const UsageMeter&) = delete;
  UsageMeter& operator=(const UsageMeter&) = delete;
  virtual ~UsageMeter() = default;

  /// An error where nothing can be measured any more.
  [[nodiscard]] virtual Result<Usage> read() = 0;
  /// How many CPUs may be used at most: those of the machine, or what an affinity or a quota leaves of them.
  [[nodiscard]] virtual double cpus() const = 0;
};

/// Where the kernel tells of itself.
struct KernelFiles {
  std::filesystem::path proc = "/proc";
  std::filesystem::path cgroups = "/sys/fs/cgroup";
};

// Each is an error where that is not there, or this user may not see it.

/// All that `parent` has started and will start, without itself.
[[nodiscard]] Result<std::unique_ptr<UsageMeter>> meter_of_children(pid_t parent, const KernelFiles& files = {});
/// A process and all that it has started and will start.
[[nodiscard]] Result<std::unique_ptr<UsageMeter>> meter_of_process(pid_t root, const KernelFiles& files = {});
/// A control group of version 2: "/sys/fs/cgroup/system.slice/k6.service", or without what is before "system.slice".
[[nodiscard]] Result<std::unique_ptr<UsageMeter>> meter_of_cgroup(const std::filesystem::path& group,
                                                                  const KernelFiles& files = {});
/// The whole machine.
[[nodiscard]] Result<std::unique_ptr<UsageMeter>> meter_of_host(const KernelFiles& files = {});

}  // namespace omniwriter
