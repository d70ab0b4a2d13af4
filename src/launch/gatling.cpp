#include <algorithm>

#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool is_gatling(const std::vector<std::string>& argv) {
  return program_name(argv) == "gatling" || has_argument(argv, "io.gatling.app.Gatling") ||
         (program_name(argv) == "npx" && has_argument(argv, "gatling"));
}

bool is_maven(const std::vector<std::string>& argv) {
  const std::string program = program_name(argv);
  return (program == "mvn" || program == "mvnw") && std::ranges::any_of(argv, [](const std::string& argument) {
           return argument.starts_with("gatling:") || argument.find("gatling-maven-plugin") != std::string::npos;
         });
}

bool is_gradle(const std::vector<std::string>& argv) {
  const std::string program = program_name(argv);
  return (program == "gradle" || program == "gradlew") && std::ranges::any_of(argv, [](const std::string& argument) {
           return argument.starts_with("gatlingRun") || argument.starts_with(":gatlingRun");
         });
}

bool recognises(const std::vector<std::string>& argv) { return is_gatling(argv) || is_maven(argv) || is_gradle(argv); }

// Gatling makes a folder of its own for each test: RESULTS/simulation-20260131120000123/simulation.log.
Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "gatling";
  launch.command.argv = request.argv;
  std::filesystem::path folder = request.folder;
  if (is_gradle(request.argv)) {
    folder = "build/reports/gatling";  // the plug-in takes no other
  } else if (is_maven(request.argv)) {
    const auto own = value_of(request.argv, {"-Dgatling.resultsFolder"});
    if (own) {
      folder = *own;
    } else {
      launch.command.argv.push_back("-Dgatling.resultsFolder=" + folder.string());
    }
  } else {
    const auto own = value_of(request.argv, {"-rf", "--results-folder"});
    if (own) {
      folder = *own;
    } else {
      launch.command.argv.insert(launch.command.argv.end(), {"--results-folder", folder.string()});
    }
  }
  launch.results = folder / "*" / "simulation.log";
  return launch;
}

}  // namespace

const Launcher& launcher_gatling() {
  static constexpr Launcher kLauncher{"gatling", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
