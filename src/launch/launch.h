#pragma once
/// What load tools have to be told so that they write their results where OmniWriter can follow them.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/child_process.h"
#include "omniwriter/error.h"

namespace omniwriter {

/// A load tool, ready to be started.
struct Launch {
  std::string tool;  ///< "k6"; empty: not known
  ChildCommand command;
  /// Where the results will be. With a `*` for a folder or file name: the first such file that was not there before.
  std::filesystem::path results;
  bool live = true;                              ///< written while the test goes on; otherwise once it is over
  bool appends = false;                          ///< what is in the file already would count again
  std::optional<std::chrono::seconds> expected;  ///< how long the test takes, where the command line says so
  struct File {
    std::filesystem::path path;
    std::string content;
  };
  std::vector<File> files;  ///< that have to be there first: plug-ins of ours
};

/// What a plan is made of.
struct LaunchRequest {
  std::vector<std::string> argv;
  std::filesystem::path folder;  ///< ours; results and plug-ins go there unless the command names a file already
  std::function<std::optional<std::string>(const std::string& name)> environment;
};

/// One kind of load tool. Functions of the command line alone: no I/O.
struct Launcher {
  std::string_view tool;
  bool (*recognises)(const std::vector<std::string>& argv);
  /// An error where the command would make no results, with what to do about it.
  Result<Launch> (*plan)(const LaunchRequest& request);
};

/// Each is a file of this folder; the list is in launch.cpp.
const Launcher& launcher_artillery();
const Launcher& launcher_autocannon();
const Launcher& launcher_bombardier();
const Launcher& launcher_bzt();
const Launcher& launcher_fortio();
const Launcher& launcher_gatling();
const Launcher& launcher_hey();
const Launcher& launcher_jmeter();
const Launcher& launcher_k6();
const Launcher& launcher_locust();
const Launcher& launcher_oha();
const Launcher& launcher_vegeta();
const Launcher& launcher_wrk();

/// The plan for a command. `results`: the file the user named, which the command writes by itself; needed for a tool
/// that is not known.
[[nodiscard]] Result<Launch> plan_launch(const LaunchRequest& request, const std::optional<std::string>& results);

/// A command as a line for a shell, for people.
[[nodiscard]] std::string shell_text(const ChildCommand& command);

}  // namespace omniwriter
