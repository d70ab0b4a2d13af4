#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) {
  return program_name(argv) == "fortio" && has_argument(argv, "load");
}

Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "fortio";
  launch.command.argv = request.argv;
  launch.expected = duration_of(request.argv, {"-t", "--t"});
  if (const auto own = value_of(request.argv, {"-access-log-file", "--access-log-file"})) {
    launch.results = *own;
    return launch;
  }
  launch.results = request.folder / "fortio.log";
  launch.command.argv =
      with_arguments(request.argv, place_of(request.argv, "load") + 1, {"-access-log-file", launch.results.string()});
  return launch;
}

}  // namespace

const Launcher& launcher_fortio() {
  static constexpr Launcher kLauncher{"fortio", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
