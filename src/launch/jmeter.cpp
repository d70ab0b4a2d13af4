#include <algorithm>

#include "base/usage.h"
#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) {
  const bool jar =
      std::ranges::any_of(argv, [](const std::string& argument) { return argument.ends_with("ApacheJMeter.jar"); });
  return program_name(argv) == "jmeter" || (program_name(argv) == "java" && jar);
}

Result<Launch> plan(const LaunchRequest& request) {
  if (!has_argument(request.argv, "-n") && !has_argument(request.argv, "--nongui")) {
    return fail_with_hint(ErrorCode::usage, "JMeter would open its window, and write no results",
                          "start it with -n -t PLAN.jmx");
  }
  Launch launch;
  launch.tool = "jmeter";
  // Rows reach the file at once; JMeter would keep them back until 4 KiB are full.
  std::vector<std::string> more{"-Jjmeter.save.saveservice.autoflush=true"};
  if (const auto own = value_of(request.argv, {"-l", "--logfile"})) {
    // A second -l is an error, with exit code 0.
    launch.results = *own;
    launch.appends = !has_argument(request.argv, "-f") && !has_argument(request.argv, "--forceDeleteResultFile");
  } else {
    launch.results = request.folder / "jmeter.jtl";
    more.insert(more.end(),
                {"-Jjmeter.save.saveservice.output_format=csv", "-Jjmeter.save.saveservice.print_field_names=true",
                 "-Jjmeter.save.saveservice.timestamp_format=ms", "-l", launch.results.string()});
  }
  launch.command.argv = with_arguments(request.argv, request.argv.size(), more);
  return launch;
}

}  // namespace

const Launcher& launcher_jmeter() {
  static constexpr Launcher kLauncher{"jmeter", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
