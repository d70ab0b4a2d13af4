#pragma once
/// Another program, run beside this one.

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "omniwriter/error.h"

namespace omniwriter {

struct ChildCommand {
  std::vector<std::string> argv;                                 ///< the program, looked up in PATH, and its arguments
  std::vector<std::pair<std::string, std::string>> environment;  ///< over that of this process
  std::optional<std::filesystem::path> standard_output;          ///< a new file; none: that of this process
};

/// Shares the terminal, standard input and (unless said) output with this process. Used by one thread.
class ChildProcess {
 public:
  [[nodiscard]] static Result<ChildProcess> start(const ChildCommand& command);

  /// The exit code once it has ended, as a shell tells it: 128 and the signal where one ended it. Does not wait.
  [[nodiscard]] std::optional<int> poll();
  void signal(int number);

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  pid_t pid_;
  std::optional<int> exit_code_;
};

}  // namespace omniwriter
