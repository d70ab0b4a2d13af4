#pragma once
/// What the commands of the program share. A command lives in one file, and adds itself to the table of the command
/// line.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/arguments.h"
#include "app/console.h"
#include "base/clock.h"
#include "base/usage.h"
#include "config/config.h"
#include "omniwriter/error.h"
#include "reports/report.h"
#include "store/run_store.h"

namespace omniwriter {

/// What the program ends with. Scripts rely on these.
enum ExitCode : int {
  kDone = 0,
  kInternal = 1,
  kUsage = 2,
  kBadInput = 3,
  kDeliveryIncomplete = 4,
  kSystemFault = 5,
  // What a judgement gives, see exit_code_of().
  kInconclusive = 97,
  kWorse = 98,   ///< than the baseline
  kFailed = 99,  ///< a criterion
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
};

void add_ingest_command(Command& table, Program& program);
void add_follow_command(Command& table, Program& program);
void add_run_command(Command& table, Program& program);
void add_check_command(Command& table, Program& program);
void add_integrate_command(Command& table, Program& program);
/// plan, apply, destroy and rules.
void add_provision_commands(Command& table, Program& program);
/// ledger, deliver and replay.
void add_delivery_commands(Command& table, Program& program);
void add_runs_command(Command& table, Program& program);
void add_report_command(Command& table, Program& program);
void add_compare_command(Command& table, Program& program);
void add_judge_command(Command& table, Program& program);
void add_history_command(Command& table, Program& program);
/// formats and outputs.
void add_catalogue_commands(Command& table, Program& program);

/// help, version, completion and man: made of `table` as it is when they are called.
void add_help_commands(Command& table, Program& program);

/// What the help calls a run.
inline const Localized kRunHelp = {"Id de uma execução (ou um começo único dele), nome de um teste, ou latest",
                                   "Run id (or a unique beginning of one), a test name, or latest"};

/// The configuration, with the flags over it. From now on the console speaks its language.
[[nodiscard]] Result<Config> load_config(Program& program);
/// Warns where certificates are not verified. For commands that talk to servers.
void tell_of_unverified_servers(const Program& program, const Config& config);
[[nodiscard]] Result<std::unique_ptr<RunStore>> open_store(const Config& config);
/// Prints a result: the exit code of a command that did what it should.
[[nodiscard]] Result<int> printed(const Program& program, std::string_view text);
/// Whether a server's words are that we lack a login or rights, which `omniwriter check` looks into.
[[nodiscard]] bool tells_of_rights(std::string_view words);
/// For DeliveryOptions::notice: to the terminal, unless it is to be quiet.
[[nodiscard]] std::function<void(std::string_view output, const std::string& notice)> notices_to(
    const Program& program);

/// The whole program: reads the arguments, runs a command, tells of errors on stderr, returns the exit code.
[[nodiscard]] int run_program(int argc, const char* const* argv);

}  // namespace omniwriter
