#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) { return program_name(argv) == "oha"; }

Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "oha";
  launch.live = false;
  launch.expected = duration_of(request.argv, {"-z"});
  launch.command.argv = request.argv;
  std::vector<std::string> more;
  if (!value_of(request.argv, {"--output-format"})) more = {"--output-format", "csv"};
  if (!has_argument(request.argv, "--no-tui")) more.emplace_back("--no-tui");
  if (const auto own = value_of(request.argv, {"-o", "--output"})) {
    launch.results = *own;
  } else {
    launch.results = request.folder / "oha.csv";
    more.insert(more.end(), {"--output", launch.results.string()});
  }
  launch.command.argv = with_arguments(request.argv, 1, more);
  return launch;
}

}  // namespace

const Launcher& launcher_oha() {
  static constexpr Launcher kLauncher{"oha", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
