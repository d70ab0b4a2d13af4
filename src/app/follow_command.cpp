#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "app/live_intake.h"
#include "app/stop_watcher.h"
#include "base/stop_signals.h"
#include "integration/run_identity.h"

namespace omniwriter {
namespace {

struct FollowFlags {
  std::string file;
  IntakeFlags intake;
  unsigned idle_seconds = 60;
};

Result<int> follow(const Program& program, const FollowFlags& flags) {
  auto intake = Intake::prepare(program, flags.intake);
  if (!intake) return std::unexpected(std::move(intake).error());

  if (auto spared = intake->check_spares(flags.file); !spared) return std::unexpected(std::move(spared).error());
  StopSignals signals;
  bool stopped = false;
  LiveOptions options;
  if (flags.idle_seconds != 0) options.idle = std::chrono::seconds(flags.idle_seconds);
  options.name = test_name_of(flags.file);
  options.resumable = true;
  options.time_to_end = kTimeToEnd;
  options.goes_on = [&] {
    stopped = stopped || signals.take().has_value();
    return !stopped;
  };
  LiveIntake live(program, *intake, flags.file, std::move(options));
  auto run = live.follow();
  if (!run) return std::unexpected(std::move(run).error());
  const StopWatcher watcher([&] { return signals.take().has_value(); }, stopped ? kTimeToEnd : std::nullopt);
  return live.finish(*std::move(run), watcher.stop());
}

}  // namespace

void add_follow_command(CLI::App& app, Program& program) {
  CLI::App& command =
      *app.add_subcommand("follow", "Read a result file while it grows; deliver and show the run as it goes on");
  const auto flags = std::make_shared<FollowFlags>();
  command.add_option("FILE", flags->file, "Result file; may not be there yet, may be rotated and truncated")
      ->required()
      ->type_name("");
  command
      .add_option(
          "--idle", flags->idle_seconds,
          "End once nothing more came for so many seconds; 0: only at the end mark of the format or at a signal")
      ->type_name("SECONDS")
      ->capture_default_str();
  add_intake_flags(command, flags->intake);
  add_common_flags(command, program.flags);
  command.callback([&program, flags] { program.action = [&program, flags] { return follow(program, *flags); }; });
}

}  // namespace omniwriter
