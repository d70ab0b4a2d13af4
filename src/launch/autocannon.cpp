#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) {
  return program_name(argv) == "autocannon" || (program_name(argv) == "npx" && has_argument(argv, "autocannon"));
}

Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "autocannon";
  launch.live = false;
  launch.expected = duration_of(request.argv, {"-d", "--duration"});
  launch.results = request.folder / "autocannon.json";
  launch.command.standard_output = launch.results;
  const bool json = has_argument(request.argv, "--json") || has_argument(request.argv, "-j");
  const std::size_t place = program_name(request.argv) == "npx" ? place_of(request.argv, "autocannon") + 1 : 1;
  launch.command.argv = json ? request.argv : with_arguments(request.argv, place, {"--json"});
  return launch;
}

}  // namespace

const Launcher& launcher_autocannon() {
  static constexpr Launcher kLauncher{"autocannon", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
