#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

bool recognises(const std::vector<std::string>& argv) {
  return program_name(argv) == "k6" && has_argument(argv, "run");
}

// A file that the command makes k6 write anyway, and that can be read while it grows.
std::optional<std::string> own_file(const std::vector<std::string>& argv) {
  for (const std::string& out : values_of(argv, {"--out", "-o"})) {
    const std::size_t equals = out.find('=');
    const std::string kind = out.substr(0, equals);
    if ((kind != "csv" && kind != "json") || equals == std::string::npos || out.ends_with(".gz")) continue;
    return out.substr(equals + 1);
  }
  return std::nullopt;
}

// CSV is half the size of JSON, and as exact with times in microseconds.
Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "k6";
  launch.command.argv = request.argv;
  launch.expected = duration_of(request.argv, {"--duration", "-d"});
  if (const auto own = own_file(request.argv)) {
    launch.results = *own;
    return launch;
  }
  launch.results = request.folder / "k6.csv";
  std::vector<std::string> more{"--out", "csv=" + launch.results.string()};
  // k6 forgets about K6_OUT once there is a flag.
  const auto out = request.environment("K6_OUT");
  if (out && !out->empty() && values_of(request.argv, {"--out", "-o"}).empty()) {
    more.insert(more.end(), {"--out", *out});
  }
  launch.command.argv = with_arguments(request.argv, place_of(request.argv, "run") + 1, more);
  launch.command.environment = {{"K6_CSV_TIME_FORMAT", "unix_micro"}};
  return launch;
}

}  // namespace

const Launcher& launcher_k6() {
  static constexpr Launcher kLauncher{"k6", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
