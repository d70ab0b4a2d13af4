#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) {
  return program_name(argv) == "wrk" || program_name(argv) == "wrk2";
}

Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "wrk";
  launch.live = false;
  launch.expected = duration_of(request.argv, {"-d", "--duration"});
  launch.results = request.folder / "wrk.txt";
  launch.command.standard_output = launch.results;
  const bool latency = has_argument(request.argv, "--latency") || has_argument(request.argv, "-L");
  launch.command.argv = latency ? request.argv : with_arguments(request.argv, 1, {"--latency"});
  return launch;
}

}  // namespace

const Launcher& launcher_wrk() {
  static constexpr Launcher kLauncher{"wrk", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
