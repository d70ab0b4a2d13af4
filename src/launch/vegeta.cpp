#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) {
  return program_name(argv) == "vegeta" && has_argument(argv, "attack");
}

Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "vegeta";
  launch.command.argv = request.argv;
  launch.expected = duration_of(request.argv, {"-duration", "--duration"});
  if (const auto own = value_of(request.argv, {"-output", "--output"})) {
    launch.results = *own;
    return launch;
  }
  launch.results = request.folder / "vegeta.bin";
  launch.command.argv =
      with_arguments(request.argv, place_of(request.argv, "attack") + 1, {"-output=" + launch.results.string()});
  return launch;
}

}  // namespace

const Launcher& launcher_vegeta() {
  static constexpr Launcher kLauncher{"vegeta", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
