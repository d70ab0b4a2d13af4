#pragma once
/// What is measured of CPU and memory beside a run.

#include <cstdint>
#include <string>

namespace omniwriter {

enum class VitalsSource : std::uint8_t { tool, host, none };

struct VitalsSettings {
  VitalsSource source = VitalsSource::tool;
  std::string cgroup;  ///< that the tool runs in; empty: its processes are looked for
};

}  // namespace omniwriter
