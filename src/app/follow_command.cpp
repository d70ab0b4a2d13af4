#include <optional>
#include <string>

#include "app/live_intake.h"
#include "app/stop_watcher.h"
#include "app/vitals_watch.h"
#include "base/stop_signals.h"
#include "base/try.h"
#include "integration/run_identity.h"

namespace omniwriter {
namespace {

struct FollowFlags {
  std::string file;
  IngestOptions options;
  VitalsFlags vitals;
  unsigned idle_seconds = 60;
};

Result<int> follow(Program& program, const FollowFlags& flags) {
  auto session = TRY(IngestSession::prepare(program, flags.options));

  TRY(session.check_spares(flags.file));
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
  VitalsWatch vitals(program);
  TRY(vitals.start(session.config(), flags.vitals, std::nullopt));
  LiveIntake live(program, session, vitals, flags.file, std::move(options));
  auto run = TRY(live.follow());
  const StopWatcher watcher([&] { return signals.take().has_value(); }, stopped ? kTimeToEnd : std::nullopt);
  return live.finish(std::move(run), watcher.stop());
}

}  // namespace

void add_follow_command(Command& table, Program& program) {
  const auto flags = std::make_shared<FollowFlags>();
  Command command{
      .name = "follow",
      .about = {"Ler um arquivo de resultados enquanto cresce; entregar e mostrar a execução em curso",
                "Read a result file while it grows; deliver and show the run as it goes on"},
      .action = [&program, flags] { return follow(program, *flags); },
      .options = {{.names = "FILE",
                   .about = {"Arquivo de resultados; pode ainda não existir, ser rotacionado ou truncado",
                             "Result file; may not be there yet, may be rotated and truncated"},
                   .kept_in = &flags->file,
                   .required = true},
                  {.names = "--idle",
                   .value = "SECONDS",
                   .about = {"Terminar depois de tantos segundos sem nada novo (60); 0: só na marca de fim "
                             "do formato ou com um sinal",
                             "End after so many seconds without anything new (60); 0: only at the end mark "
                             "of the format or on a signal"},
                   .kept_in = &flags->idle_seconds},
                  {.names = "--pid",
                   .value = "PID",
                   .about = {"Medir CPU e memória deste processo, a ferramenta de carga, e do que ele inicia",
                             "Measure CPU and memory of this process, the load tool, and what it starts"},
                   .kept_in = &flags->vitals.pid,
                   .least = 1,
                   .most = 1U << 30}}};
  add_vitals_options(command, flags->vitals);
  add_ingest_options(command, flags->options);
  table.commands.push_back(std::move(command));
}

}  // namespace omniwriter
