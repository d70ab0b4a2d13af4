#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "app/live_intake.h"
#include "app/repeated_runs.h"
#include "app/stop_watcher.h"
#include "app/vitals_watch.h"
#include "base/child_process.h"
#include "base/stop_signals.h"
#include "base/try.h"
#include "integration/intake.h"
#include "integration/run_environment.h"
#include "launch/launch.h"
#include "model/translation.h"
#include "reading/reader.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPoll{100};
constexpr std::chrono::seconds kToolGrace{5};  // for a tool that was told to end

struct RunFlags {
  std::vector<std::string> command;
  std::optional<std::string> results;
  bool dry_run = false;
  bool keep = false;
  unsigned repeat = 1;
  unsigned retry = 0;
  std::string until_precise;
  IngestOptions options;
  VitalsFlags vitals;
};

/// A folder for results and plug-ins, removed in the end unless somebody wants it.
class Workspace {
 public:
  static Result<fs::path> pattern() {
    std::error_code error;
    const fs::path folder = fs::temp_directory_path(error);
    if (!error) return folder / "omniwriter-XXXXXX";
    const char* const named = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return fail(ErrorCode::usage, fmt::format("there is no folder for temporary files: {} (TMPDIR) is none",
                                              named == nullptr ? "/tmp" : named));
  }
  static Result<std::unique_ptr<Workspace>> make() {
    const auto made = TRY(pattern());
    std::string name = made.string();
    if (mkdtemp(name.data()) == nullptr) {
      return fail(ErrorCode::io,
                  fmt::format("cannot make a folder {}: {}", name, std::generic_category().message(errno)));
    }
    return std::make_unique<Workspace>(name);
  }
  explicit Workspace(fs::path path) : path_(std::move(path)) {}
  ~Workspace() {
    std::error_code error;
    if (!kept_) fs::remove_all(path_, error);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  void keep() { kept_ = true; }
  [[nodiscard]] bool holds(const fs::path& file) const { return file.string().starts_with(path_.string() + "/"); }

 private:
  fs::path path_;
  bool kept_ = false;
};

/// The files that a path with `*` in its last two parts stands for.
std::set<fs::path> matches(const fs::path& pattern) {
  const auto fits = [](const fs::path& name, const fs::path& with) {
    return fnmatch(with.c_str(), name.c_str(), FNM_PERIOD) == 0;
  };
  std::set<fs::path> found;
  std::error_code error;
  const bool in_folders = pattern.parent_path().string().find('*') != std::string::npos;
  const fs::path root = in_folders ? pattern.parent_path().parent_path() : pattern.parent_path();
  for (const auto& entry : fs::directory_iterator(root.empty() ? "." : root, error)) {
    const fs::path name = entry.path().filename();
    if (!in_folders) {
      if (fits(name, pattern.filename())) found.insert(entry.path());
    } else if (fits(name, pattern.parent_path().filename()) && fs::exists(entry.path() / pattern.filename(), error)) {
      found.insert(entry.path() / pattern.filename());
    }
  }
  return found;
}

/// Named after the script that the tool runs, where it runs one.
std::string test_name_for(const Launch& launch) {
  std::error_code error;
  const auto& argv = launch.command.argv;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    if (argv[i].size() < 256 && fs::is_regular_file(argv[i], error)) return fs::path(argv[i]).stem().string();
  }
  return launch.tool.empty() ? fs::path(argv.front()).stem().string() : launch.tool;
}

/// Starts a tool, takes its results in, and gives its exit code on.
class ToolRun {
 public:
  ToolRun(Program& program, const RunFlags& flags) : program_(program), flags_(flags), vitals_(program) {}

  Result<int> run() {
    if (flags_.dry_run) return tell_the_plan();
    if (!flags_.until_precise.empty()) until_precise_ = TRY(read_precision(flags_.until_precise));
    auto session = TRY(IngestSession::prepare(program_, flags_.options));
    if (flags_.options.run_id) {  // rather than when the test is over
      const auto store = TRY(open_store(session.config()));
      TRY(store->check_id_is_free(*flags_.options.run_id));
    }
    workspace_ = TRY(Workspace::make());
    if (flags_.keep) workspace_->keep();
    TRY(plan(workspace_->path()));
    TRY(session.check_spares(launch_.results.string()));
    TRY(make_ready());

    session.verbose("starts " + shell_text(launch_.command));
    session.add_to_environment("command_line", masked_command(flags_.command));
    TRY(vitals_.start(session.config(), flags_.vitals, getpid()));
    started_ns_ = program_.clock.wall_ns();
    child_ = TRY(ChildProcess::start(launch_.command));
    Result<int> taken = ingest(session);
    if (!taken) return tell_of_failure(taken.error());
    wait_for_tool();  // a file may say that it is complete before the tool has ended
    if (flags_.keep && !program_.flags.quiet)
      program_.console.note("the results are kept in " + launch_.results.string());
    // A tool that was told to end, and so by us, may say so with a code of its own.
    const bool judged = *taken == kFailed || *taken == kWorse || stopped_for_;
    return *child_->poll() != 0 && !judged ? *child_->poll() : *taken;
  }
  /// Whether nothing more is to be run: there was a signal, or a criterion that stops the test.
  [[nodiscard]] bool stopped() const { return stopped_ || stopped_for_ == StopCause::criterion; }

 private:
  Result<void> plan(const fs::path& folder) {
    launch_ = TRY(plan_launch({flags_.command, folder, program_.environment}, flags_.results));
    return {};
  }

  Result<int> tell_the_plan() {
    const auto folder = TRY(Workspace::pattern());
    TRY(plan(folder));
    const std::string results =
        fmt::format("results: {}{}", launch_.results.string(), launch_.live ? "" : " (once the test is over)");
    std::string text =
        fmt::format("{}\n{}\n", shell_text(launch_.command), translated(results, program_.console.language()));
    for (const Launch::File& file : launch_.files) {
      if (file.path != launch_.results) text += fmt::format("plug-in: {}\n{}\n", file.path.string(), file.content);
    }
    TRY(program_.console.print(text));
    return kDone;
  }

  Result<void> make_ready() {
    for (const Launch::File& file : launch_.files) {
      std::ofstream stream(file.path, std::ios::binary);
      stream << file.content;
      if (!stream.flush()) return fail(ErrorCode::io, "cannot write " + file.path.string());
    }
    std::error_code error;
    has_pattern_ = launch_.results.string().find('*') != std::string::npos;
    if (has_pattern_) {
      before_ = matches(launch_.results);
    } else if (!workspace_->holds(launch_.results) && fs::exists(launch_.results, error)) {
      if (launch_.appends && fs::file_size(launch_.results, error) > 0) {
        return fail_with_hint(ErrorCode::usage,
                              launch_.results.string() + " holds results already, and the tool would add to them",
                              "name another file, or let the tool make one here by leaving it out");
      }
      // An older test would be read before the tool gets to overwrite it.
      if (!launch_.appends) fs::resize_file(launch_.results, 0, error);
    }
    return {};
  }

  // Hands signals on, except those that the tool got from the terminal itself. Whether there was one. A tool that goes
  // on is killed by the second, or when its time is over.
  bool asked_to_stop() {
    const auto signal = signals_.take();
    if (!signal) {
      if (kill_at_ && program_.clock.steady() >= *kill_at_) kill_tool();
      return false;
    }
    if (kill_at_) {
      kill_tool();
    } else if (!child_->poll()) {
      tell_tool_to_end(signal->from_terminal ? 0 : signal->number);
    }
    return true;
  }

  // `signal`: 0 where it got one already.
  void tell_tool_to_end(int signal) {
    if (signal != 0) child_->signal(signal);
    kill_at_ = program_.clock.steady() + kToolGrace;
    if (!program_.flags.quiet)
      program_.console.note(fmt::format("waits for {} to end; kills it after {} s, or at a second signal",
                                        launch_.command.argv.front(), kToolGrace.count()));
  }

  void kill_tool() {
    kill_at_ = std::chrono::nanoseconds::max();  // once
    if (!child_->poll()) child_->signal(SIGKILL);
  }

  // False once the tool has ended.
  bool goes_on() {
    stopped_ = asked_to_stop() || stopped_;
    return !child_->poll().has_value();
  }

  // While it lives, signals end the delivery.
  StopWatcher watch_delivery() {
    return StopWatcher([this] { return asked_to_stop(); }, stopped_ ? kTimeToEnd : std::nullopt);
  }

  void wait_for_tool() {
    while (goes_on()) {
      if (!launch_.live) vitals_.tell_if_busy(started_ns_);
      program_.clock.sleep(kPoll);
    }
    vitals_.stop();
  }

  // Settles which of the files it is.
  void find_results() {
    while (has_pattern_) {
      const bool running = goes_on();
      for (const fs::path& path : matches(launch_.results)) {
        if (before_.contains(path)) continue;
        launch_.results = path;
        has_pattern_ = false;
        return;
      }
      if (!running) return;
      program_.clock.sleep(kPoll);
    }
  }

  Result<int> ingest(IngestSession& session) {
    find_results();
    if (launch_.live && !has_pattern_) {
      LiveOptions options;
      options.expected = launch_.expected;
      if (!launch_.tool.empty()) options.tool = launch_.tool;
      options.name = test_name_for(launch_);
      options.started_ns = started_ns_;
      options.goes_on = [this] { return goes_on(); };
      options.until_precise = until_precise_;
      options.stop_test = [this](StopCause cause) {
        stopped_for_ = cause;
        if (!kill_at_ && !child_->poll()) tell_tool_to_end(SIGINT);
      };
      LiveIntake live(program_, session, vitals_, launch_.results.string(), std::move(options));
      auto run = live.follow();
      if (run) {
        const StopWatcher watcher = watch_delivery();
        return live.finish(*std::move(run), watcher.stop());
      }
      // Perhaps a summary, which is complete only when the test is over.
      wait_for_tool();
      std::error_code error;
      if (!fs::exists(launch_.results, error)) return std::unexpected(run.error());
    }
    wait_for_tool();
    return ingest_at_the_end(session);
  }

  Result<int> ingest_at_the_end(const IngestSession& session) {
    Aggregator aggregator = session.make_aggregator();
    ReadOptions options = session.read_options();
    if (!options.input.start_ns) options.input.start_ns = started_ns_;
    auto samples = TRY(session.begin_to_keep_samples());
    if (samples) options.keep = [&](const SampleBatch& batch) { return samples->add(batch); };
    auto report = read_file(launch_.results.string(), aggregator, options);
    if (!report) return fail(ErrorCode::input, std::move(report).error().message);
    session.tell_of_folding(aggregator);
    const std::vector<FileReport> reports{*std::move(report)};
    Run run = TRY(run_of_files(aggregator, reports, session.config().limits.max_series));
    session.describe(run, reports, test_name_for(launch_));
    if (!launch_.tool.empty()) run.info.tool = launch_.tool;
    TRY(check_has_samples(run, reports));
    vitals_.add_to(run);
    vitals_.tell_if_of_another_time(run);
    session.tell_of_files(reports);
    const StopWatcher watcher = watch_delivery();
    return session.finish(std::move(run), std::move(samples), watcher.stop());
  }

  // The tool's own code says more than that there is nothing to read.
  Result<int> tell_of_failure(const Error& error) {
    wait_for_tool();
    const int code = *child_->poll();
    std::error_code ignored;
    if (fs::exists(launch_.results, ignored)) {
      workspace_->keep();
      program_.console.note("the results are kept in " + launch_.results.string());
    }
    if (code == 0) return std::unexpected(error);
    program_.console.error(fmt::format("{} ended with code {}; {}", launch_.command.argv.front(), code, error.message));
    return code;
  }

  Program& program_;
  const RunFlags& flags_;
  StopSignals signals_;
  VitalsWatch vitals_;
  bool stopped_ = false;  // by a signal, while the tool ran
  std::optional<StopCause> stopped_for_;
  double until_precise_ = 0;
  std::unique_ptr<Workspace> workspace_;
  Launch launch_;
  bool has_pattern_ = false;
  std::set<fs::path> before_;
  std::int64_t started_ns_ = 0;  // of the tool: when the run began, for files without dates
  std::optional<ChildProcess> child_;
  std::optional<std::chrono::nanoseconds> kill_at_;  // by the steady clock; none: nobody told it to end
};

Result<int> run_tool(Program& program, const RunFlags& flags) {
  if (flags.repeat > 1 && flags.retry > 0)
    return fail(ErrorCode::usage, "--repeat and --retry-on-anomaly exclude each other");
  if ((flags.repeat == 1 && flags.retry == 0) || flags.dry_run) return ToolRun(program, flags).run();
  const RepeatPlan plan{.times = std::max(flags.repeat, flags.retry + 1), .until_clear = flags.retry > 0};
  return repeat(program, flags.options, plan, [&](Program& each, const IngestOptions& options) -> Result<Attempt> {
    RunFlags once = flags;
    once.options = options;
    ToolRun tool(each, once);
    const int code = TRY(tool.run());
    return Attempt{.code = code, .stopped = tool.stopped()};
  });
}

}  // namespace

void add_run_command(Command& table, Program& program) {
  const auto flags = std::make_shared<RunFlags>();
  Command command{
      .name = "run",
      .about = {"Iniciar uma ferramenta de carga e ler seus resultados: execução ao vivo, resumo e o código de saída "
                "da ferramenta",
                "Start a load tool and read its results: live run, summary, and the tool's own exit code"},
      .action = [&program, flags] { return run_tool(program, *flags); },
      .options = {
          {.names = "COMMAND",
           .about = {"A ferramenta e seus argumentos, depois de --", "The tool and its arguments, after --"},
           .kept_in = &flags->command,
           .required = true},
          {.names = "--results",
           .value = "FILE",
           .about = {"O arquivo em que o comando grava os resultados; necessário para ferramentas desconhecidas",
                     "The file that the command writes results to; needed for unknown tools"},
           .kept_in = &flags->results},
          {.names = "--dry-run",
           .about = {"Mostrar o que seria iniciado, e não fazer nada", "Print what would be started, and do nothing"},
           .kept_in = &flags->dry_run},
          {.names = "--keep-results",
           .about = {"Manter os resultados da ferramenta e dizer onde estão",
                     "Keep the tool's results and say where they are"},
           .kept_in = &flags->keep},
          {.names = "--repeat",
           .value = "N",
           .about = {"Rodar o teste N vezes e julgar as execuções em conjunto",
                     "Run the test N times, and judge the runs together"},
           .kept_in = &flags->repeat,
           .least = 1,
           .most = 100},
          {.names = "--retry-on-anomaly",
           .value = "N",
           .about = {"Rodar o teste outra vez, até N vezes, enquanto o veredito for inconclusivo",
                     "Run the test again, N times at most, while the verdict is inconclusive"},
           .kept_in = &flags->retry,
           .most = 20},
          {.names = "--until-precise",
           .value = "PERCENT",
           .about =
               {"Terminar o teste quando os tempos dos critérios (senão o p95) forem conhecidos com esta precisão: "
                "2%",
                "End the test once the times of the criteria (else p95) are known as exactly as this: 2%"},
           .kept_in = &flags->until_precise}}};
  add_vitals_options(command, flags->vitals);
  add_ingest_options(command, flags->options);
  table.commands.push_back(std::move(command));
}

}  // namespace omniwriter
