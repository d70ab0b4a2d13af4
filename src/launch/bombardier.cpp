#include "base/usage.h"
#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) { return program_name(argv) == "bombardier"; }

Result<Launch> plan(const LaunchRequest& request) {
  const auto format = value_of(request.argv, {"-o", "--format"});
  if (format && *format != "json" && *format != "j") {
    return fail_with_hint(ErrorCode::usage, "bombardier -o " + *format + " writes no results that can be read",
                          "leave -o out");
  }
  Launch launch;
  launch.tool = "bombardier";
  launch.live = false;
  launch.expected = duration_of(request.argv, {"-d", "--duration"});
  launch.results = request.folder / "bombardier.json";
  launch.command.standard_output = launch.results;
  std::vector<std::string> more{"--latencies"};
  if (!format) more.insert(more.end(), {"-o", "json"});
  if (!value_of(request.argv, {"-p", "--print"})) more.insert(more.end(), {"-p", "r"});
  launch.command.argv = with_arguments(request.argv, 1, more);
  return launch;
}

}  // namespace

const Launcher& launcher_bombardier() {
  static constexpr Launcher kLauncher{"bombardier", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
