#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "app/ingest_session.h"
#include "app/stop_watcher.h"
#include "base/stop_signals.h"
#include "base/try.h"
#include "base/utf8.h"
#include "integration/intake.h"
#include "reading/reader.h"
#include "reading/result_files.h"

namespace omniwriter {
namespace {

struct IngestFlags {
  std::vector<std::string> files;
  IngestOptions options;
  unsigned threads = 0;
};

/// Folders stand for the result files in them.
Result<std::vector<std::string>> find_files(const Program& program, const IngestSession& session,
                                            const std::vector<std::string>& named) {
  constexpr std::size_t kMostTold = 20;
  constexpr std::size_t kMaxPathBytes = 4096;
  auto found = TRY(find_result_files(named, session.input_options()));
  if (program.flags.quiet) return std::move(found.files);
  const std::vector<LeftAside>& left = found.left_aside;
  for (std::size_t i = 0; i < std::min(left.size(), kMostTold); ++i) {
    program.console.note(fmt::format("left aside: {} ({})", clean_utf8(left[i].file, kMaxPathBytes), left[i].why));
  }
  if (left.size() > kMostTold) program.console.note(fmt::format("left aside: {} more", left.size() - kMostTold));
  return std::move(found.files);
}

Result<Run> read_files(const Program& program, const IngestSession& session, const IngestFlags& flags,
                       const std::vector<std::string>& files, SampleLog* samples) {
  Aggregator aggregator = session.make_aggregator();
  ReadOptions options = session.read_options();
  options.threads = flags.threads;
  ProgressLine progress(program.console, program.clock, !program.flags.quiet);
  options.progress = [&](const ReadProgress& now) { progress.update(now); };
  if (samples != nullptr) options.keep = [&](const SampleBatch& batch) { return samples->add(batch); };

  std::vector<FileReport> reports;
  for (const std::string& file : files) {
    progress.begin(file, aggregator.samples());
    auto report = read_file(file, aggregator, options);
    progress.erase();
    if (!report) {
      // Whatever is wrong with a file, and whoever says so, the input cannot be read; unless a flag is wrong.
      const ErrorCode code = report.error().code == ErrorCode::usage ? ErrorCode::usage : ErrorCode::input;
      return fail(code, std::move(report).error().message);
    }
    session.verbose(fmt::format("{}: {}", report->file, report->format));
    reports.push_back(*std::move(report));
  }
  session.tell_of_folding(aggregator);
  Run run = TRY(run_of_files(aggregator, reports, session.config().limits.max_series));
  session.describe(run, reports, default_test_name(flags.files.front()));
  TRY(check_has_samples(run, reports));
  if (program.flags.quiet) return run;
  session.tell_of_files(reports);
  for (const std::string& doubt : consistency_warnings(reports)) program.console.note(doubt);
  return run;
}

Result<int> ingest(Program& program, const IngestFlags& flags) {
  auto session = TRY(IngestSession::prepare(program, flags.options));
  const auto files = TRY(find_files(program, session, flags.files));
  TRY(check_files_are_distinct(files));
  for (const std::string& file : files) {
    TRY(session.check_spares(file));
  }
  auto samples = TRY(session.begin_to_keep_samples());
  auto run = TRY(read_files(program, session, flags, files, samples.get()));
  StopSignals signals;
  const StopWatcher watcher([&] { return signals.take().has_value(); });
  return session.finish(std::move(run), std::move(samples), watcher.stop());
}

}  // namespace

void add_ingest_command(Command& table, Program& program) {
  const auto flags = std::make_shared<IngestFlags>();
  Command command{.name = "ingest",
                  .about = {"Ler arquivos de resultados como uma execução, e guardar, entregar e relatar",
                            "Read result files as one run; store it, deliver it and report it"},
                  .action = [&program, flags] { return ingest(program, *flags); },
                  .options = {{.names = "FILE",
                               .about = {"Arquivos de resultados, ou pastas ou pacotes deles, também comprimidos; - é "
                                         "a entrada padrão. O formato é reconhecido pelo conteúdo",
                                         "Result files, or folders or archives of them, also compressed; - is stdin. "
                                         "The format is recognised by the content"},
                               .kept_in = &flags->files,
                               .required = true}}};
  add_ingest_options(command, flags->options);
  command.options.push_back(
      {.names = "--threads",
       .value = "N",
       .about = {"Threads que leem; 0: uma por processador", "Reading threads; 0: one for each processor"},
       .kept_in = &flags->threads,
       .most = 1024});
  table.commands.push_back(std::move(command));
}

}  // namespace omniwriter
