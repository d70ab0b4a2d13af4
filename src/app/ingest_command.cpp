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
#include "base/utf8.h"
#include "integration/run_identity.h"
#include "reading/reader.h"
#include "reading/result_files.h"

namespace omniwriter {
namespace {

struct IngestFlags {
  std::vector<std::string> files;
  IngestOptions options;
  unsigned threads = 0;
};

/// The same file twice would count every sample twice.
Result<void> check_files_are_distinct(const std::vector<std::string>& files) {
  std::set<std::tuple<dev_t, ino_t, std::string>> seen;
  for (const std::string& file : files) {
    struct stat status{};
    const std::string on_disk = file_on_disk(file);
    const bool found = file == "-" ? fstat(0, &status) == 0 : stat(on_disk.c_str(), &status) == 0;
    if (found && S_ISREG(status.st_mode) &&
        !seen.emplace(status.st_dev, status.st_ino, file.substr(on_disk.size())).second) {
      return fail(ErrorCode::usage, fmt::format("{} is given twice", file));
    }
  }
  if (std::ranges::count(files, "-") > 1) return fail(ErrorCode::usage, "- (stdin) is given twice");
  return {};
}

/// Folders stand for the result files in them.
Result<std::vector<std::string>> find_files(const Program& program, const IngestSession& session,
                                            const std::vector<std::string>& named) {
  constexpr std::size_t kMostTold = 20;
  constexpr std::size_t kMaxPathBytes = 4096;
  auto found = find_result_files(named, session.input_options());
  if (!found) return std::unexpected(std::move(found).error());
  if (program.flags.quiet) return std::move(found->files);
  const std::vector<LeftAside>& left = found->left_aside;
  for (std::size_t i = 0; i < std::min(left.size(), kMostTold); ++i) {
    program.console.note(fmt::format("left aside: {} ({})", clean_utf8(left[i].file, kMaxPathBytes), left[i].why));
  }
  if (left.size() > kMostTold) program.console.note(fmt::format("left aside: {} more", left.size() - kMostTold));
  return std::move(found->files);
}

/// The name of a file, or of a folder however it was written.
std::string default_name(const std::string& first) {
  std::error_code error;
  if (!std::filesystem::is_directory(first, error)) return test_name_of(first);
  const std::filesystem::path folder = std::filesystem::canonical(first, error);
  return test_name_of(error ? first : folder.string());
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
  auto made = run_of_files(aggregator, reports, session.config().limits.max_series);
  if (!made) return std::unexpected(std::move(made).error());
  Run run = *std::move(made);
  session.describe(run, reports, default_name(flags.files.front()));
  if (auto valid = IngestSession::check_has_samples(run, reports); !valid)
    return std::unexpected(std::move(valid).error());
  if (program.flags.quiet) return run;
  session.tell_of_files(reports);
  for (const std::string& doubt : consistency_warnings(reports)) program.console.note(doubt);
  return run;
}

Result<int> ingest(Program& program, const IngestFlags& flags) {
  auto session = IngestSession::prepare(program, flags.options);
  if (!session) return std::unexpected(std::move(session).error());
  const auto files = find_files(program, *session, flags.files);
  if (!files) return std::unexpected(files.error());
  if (auto distinct = check_files_are_distinct(*files); !distinct) return std::unexpected(std::move(distinct).error());
  for (const std::string& file : *files) {
    if (auto spared = session->check_spares(file); !spared) return std::unexpected(std::move(spared).error());
  }
  auto samples = session->begin_to_keep_samples();
  if (!samples) return std::unexpected(std::move(samples).error());
  auto run = read_files(program, *session, flags, *files, samples->get());
  if (!run) return std::unexpected(std::move(run).error());
  StopSignals signals;
  const StopWatcher watcher([&] { return signals.take().has_value(); });
  return session->finish(*std::move(run), *std::move(samples), watcher.stop());
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
