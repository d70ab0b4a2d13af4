#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) {
  const bool npx = program_name(argv) == "npx" && has_argument(argv, "artillery");
  return (program_name(argv) == "artillery" || npx) && (has_argument(argv, "run") || has_argument(argv, "quick"));
}

Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "artillery";
  launch.live = false;
  launch.command.argv = request.argv;
  if (const auto own = value_of(request.argv, {"--output", "-o"})) {
    launch.results = *own;
    return launch;
  }
  launch.results = request.folder / "artillery.json";
  launch.command.argv = with_arguments(request.argv, request.argv.size(), {"--output", launch.results.string()});
  return launch;
}

}  // namespace

const Launcher& launcher_artillery() {
  static constexpr Launcher kLauncher{"artillery", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
