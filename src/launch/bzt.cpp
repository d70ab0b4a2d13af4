#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

constexpr std::string_view kSetting = "settings.artifacts-dir=";

bool recognises(const std::vector<std::string>& argv) { return program_name(argv) == "bzt"; }

// What the tool below Taurus writes there is called kpi.jtl or kpi.csv.
Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "taurus";
  launch.command.argv = request.argv;
  std::filesystem::path folder;
  for (const std::string& option : values_of(request.argv, {"-o", "--option"})) {
    if (option.starts_with(kSetting)) folder = option.substr(kSetting.size());
  }
  if (folder.empty()) {
    folder = request.folder / "artifacts";
    launch.command.argv.insert(launch.command.argv.end(), {"-o", std::string(kSetting) + folder.string()});
  }
  launch.results = folder / "kpi*.*";
  return launch;
}

}  // namespace

const Launcher& launcher_bzt() {
  static constexpr Launcher kLauncher{"taurus", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
