#include "base/usage.h"
#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) { return program_name(argv) == "hey"; }

// hey prints its rows in the end, instead of its own summary.
Result<Launch> plan(const LaunchRequest& request) {
  const auto format = value_of(request.argv, {"-o"});
  if (format && *format != "csv") {
    return fail_with_hint(ErrorCode::usage, "hey -o " + *format + " writes no results that can be read",
                          "leave -o out");
  }
  Launch launch;
  launch.tool = "hey";
  launch.live = false;
  launch.expected = duration_of(request.argv, {"-z"});
  launch.results = request.folder / "hey.csv";
  launch.command.standard_output = launch.results;
  launch.command.argv = format ? request.argv : with_arguments(request.argv, 1, {"-o", "csv"});
  return launch;
}

}  // namespace

const Launcher& launcher_hey() {
  static constexpr Launcher kLauncher{"hey", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
