#pragma once
/// What the commands of the program share. A command lives in one file; it adds itself to the command line, and sets
/// `Program::action` when the user chose it.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/console.h"
#include "base/clock.h"
#include "base/usage.h"
#include "config/config.h"
#include "omniwriter/error.h"
#include "reports/report.h"
#include "store/run_store.h"

namespace CLI {
class App;
}

namespace omniwriter {

/// What the program ends with. Scripts rely on these.
enum ExitCode : int {
  kDone = 0,
  kInternal = 1,
  kUsage = 2,
  kBadInput = 3,
  kDeliveryIncomplete = 4,
  kSystemFault = 5,
};

/// Flags that every command takes.
struct CommonFlags {
  std::optional<std::string> config;
  std::optional<std::string> store;
  std::optional<std::string> lang;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

struct Program {
  CommonFlags flags;
  Environment environment;
  Clock& clock;
  Console console;
  /// The chosen command; gives the exit code. An error ends the program with the exit code of its kind.
  std::function<Result<int>()> action;
};

void add_ingest_command(CLI::App& app, Program& program);
void add_follow_command(CLI::App& app, Program& program);
void add_run_command(CLI::App& app, Program& program);
void add_check_command(CLI::App& app, Program& program);
void add_integrate_command(CLI::App& app, Program& program);
/// plan, apply, destroy and rules.
void add_provision_commands(CLI::App& app, Program& program);
/// ledger, deliver and replay.
void add_delivery_commands(CLI::App& app, Program& program);
void add_runs_command(CLI::App& app, Program& program);
void add_report_command(CLI::App& app, Program& program);

/// Adds CommonFlags to a command, so that they may stand before and behind its name.
void add_common_flags(CLI::App& app, CommonFlags& flags);

/// The configuration, with the flags over it.
[[nodiscard]] Result<Config> load_config(const Program& program);
/// Warns where certificates are not verified. For commands that talk to servers.
void tell_of_unverified_servers(const Program& program, const Config& config);
[[nodiscard]] Result<std::unique_ptr<RunStore>> open_store(const Config& config);
/// For DeliveryOptions::notice: to the terminal, unless it is to be quiet.
[[nodiscard]] std::function<void(std::string_view output, const std::string& notice)> notices_to(
    const Program& program);

/// The whole program: reads the arguments, runs a command, tells of errors on stderr, returns the exit code.
[[nodiscard]] int run_program(int argc, const char* const* argv);

}  // namespace omniwriter
