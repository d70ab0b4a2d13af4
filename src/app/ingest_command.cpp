#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/rfc3339.h"
#include "base/utf8.h"
#include "formats/requests/mapping.h"
#include "integration/output_choice.h"
#include "integration/run_identity.h"
#include "model/aggregator.h"
#include "pipeline/delivery.h"
#include "pipeline/reader.h"
#include "pipeline/result_files.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxPathBytes = 4096;

struct IngestFlags {
  std::vector<std::string> files;
  std::vector<std::string> outputs;
  std::optional<std::string> test_name;
  std::optional<std::string> run_id;
  std::vector<std::string> tags;
  bool no_outputs = false;
  bool no_fold = false;
  std::string timezone;
  std::string start_time;
  std::vector<std::string> columns;
  std::vector<std::string> map;
  std::string log_format;
  std::optional<std::string> tool;
  unsigned threads = 0;
};

class Ingest {
 public:
  Ingest(Program& program, const IngestFlags& flags) : program_(program), flags_(flags) {}

  Result<int> run() {
    if (auto ready = prepare(); !ready) return std::unexpected(std::move(ready).error());
    // From here on, nothing that the user said can be wrong: the reading may take minutes.
    if (auto read = read_files(); !read) return std::unexpected(std::move(read).error());

    auto store = open_store(config_);
    if (!store) return std::unexpected(std::move(store).error());
    if (auto saved = (*store)->save(run_); !saved) return std::unexpected(std::move(saved).error());

    std::vector<LedgerEntry> ledger;
    if (!outputs_.empty()) {
      verbose("delivering to {} output{}", outputs_.size(), outputs_.size() == 1 ? "" : "s");
      ledger = deliver_to_all(
          run_, outputs_,
          {.request_timeout = config_.delivery.request_timeout, .give_up_after = config_.delivery.give_up_after},
          program_.clock);
    }
    if (auto saved = (*store)->save_ledger(run_.info.run_id, ledger); !saved) {
      return std::unexpected(std::move(saved).error());
    }
    if (auto printed = print(ledger); !printed) return std::unexpected(std::move(printed).error());
    return tell_of_what_is_missing(ledger) ? kDeliveryIncomplete : kDone;
  }

 private:
  template <typename... T>
  void verbose(fmt::format_string<T...> format, T&&... arguments) const {
    if (program_.flags.verbose) program_.console.note(fmt::format(format, std::forward<T>(arguments)...));
  }

  /// Everything that can be wrong before a byte is read.
  Result<void> prepare() {
    auto config = load_config(program_);
    if (!config) return std::unexpected(std::move(config).error());
    config_ = *std::move(config);

    if (flags_.run_id) {
      if (auto valid = check_run_id(*flags_.run_id); !valid) return valid;
    }
    if (flags_.test_name) {
      if (auto valid = check_test_name(*flags_.test_name); !valid) return valid;
    }
    for (const std::string& tag : flags_.tags) {
      const auto pair = split_pair(tag, "--tag");
      if (!pair) return std::unexpected(pair.error());
      tags_[clean_utf8(pair->first, kMaxNameBytes)] = clean_utf8(pair->second, kMaxNameBytes);
    }
    if (flags_.tool && (flags_.tool->empty() || clean_utf8(*flags_.tool, kMaxNameBytes) != *flags_.tool)) {
      return fail(ErrorCode::usage, "--tool is text on one line");
    }
    if (!flags_.map.empty()) {
      if (auto told = mapping::told_mapping(flags_.map); !told) return std::unexpected(std::move(told).error());
    }
    if (auto zone = set_timezone(); !zone) return zone;
    if (!flags_.start_time.empty()) {
      start_ns_ = parse_rfc3339(flags_.start_time);
      if (!start_ns_) {
        return fail(ErrorCode::usage, fmt::format("--start-time is no time such as 2026-11-23T15:29:36Z: {}",
                                                  clean_utf8(flags_.start_time, kMaxNameBytes)));
      }
    }
    if (auto files = find_files(); !files) return files;
    if (auto distinct = check_files_are_distinct(); !distinct) return distinct;

    const auto chosen = choose_outputs(output_kinds(), config_, flags_.outputs);
    if (!chosen) return std::unexpected(chosen.error());
    if (flags_.no_outputs) return {};
    for (const auto& [kind, target] : *chosen) {
      auto output = kind->make(config_, target);
      if (!output) return std::unexpected(std::move(output).error());
      outputs_.push_back(*std::move(output));
      verbose("output {}: {}", kind->name, target);
    }
    return {};
  }

  [[nodiscard]] InputOptions input_options() const {
    return {.columns = flags_.columns, .map = flags_.map, .log_format = flags_.log_format, .start_ns = start_ns_};
  }

  /// Folders stand for the result files in them.
  Result<void> find_files() {
    constexpr std::size_t kMostTold = 20;
    auto found = find_result_files(flags_.files, input_options());
    if (!found) return std::unexpected(std::move(found).error());
    files_ = std::move(found->files);
    if (program_.flags.quiet) return {};
    const std::vector<LeftAside>& left = found->left_aside;
    for (std::size_t i = 0; i < std::min(left.size(), kMostTold); ++i) {
      program_.console.note(fmt::format("left aside: {} ({})", clean_utf8(left[i].file, kMaxPathBytes), left[i].why));
    }
    if (left.size() > kMostTold) program_.console.note(fmt::format("left aside: {} more", left.size() - kMostTold));
    return {};
  }

  /// The name of a file, or of a folder however it was written.
  [[nodiscard]] std::string default_name() const {
    const std::string& first = flags_.files.front();
    std::error_code error;
    if (!std::filesystem::is_directory(first, error)) return test_name_of(first);
    const std::filesystem::path folder = std::filesystem::canonical(first, error);
    return test_name_of(error ? first : folder.string());
  }

  /// The same file twice would count every sample twice.
  [[nodiscard]] Result<void> check_files_are_distinct() const {
    std::set<std::pair<dev_t, ino_t>> seen;
    for (const std::string& file : files_) {
      struct stat status{};
      const bool found = file == "-" ? fstat(0, &status) == 0 : stat(file.c_str(), &status) == 0;
      if (found && S_ISREG(status.st_mode) && !seen.emplace(status.st_dev, status.st_ino).second) {
        return fail(ErrorCode::usage, fmt::format("{} is given twice", file));
      }
    }
    if (std::ranges::count(files_, "-") > 1) return fail(ErrorCode::usage, "- (stdin) is given twice");
    return {};
  }

  /// Local times in files are read in the zone of the process.
  [[nodiscard]] Result<void> set_timezone() const {
    const std::string& zone = flags_.timezone;
    if (zone.empty()) return {};
    const bool plain = zone.front() != '/' && zone.find("..") == std::string::npos;
    std::error_code error;
    if (!plain || !std::filesystem::is_regular_file("/usr/share/zoneinfo/" + zone, error)) {
      return fail(ErrorCode::usage, fmt::format("unknown time zone {}: name one of /usr/share/zoneinfo, as in "
                                                "America/Sao_Paulo (package tzdata)",
                                                zone));
    }
    setenv("TZ", zone.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): no thread runs yet
    tzset();
    return {};
  }

  Result<void> read_files() {
    Aggregator aggregator({.max_series = config_.limits.max_series,
                           .timeline_bytes = config_.limits.timeline_bytes,
                           .endpoint_names = std::make_shared<EndpointNames>(config_.endpoints.fold && !flags_.no_fold,
                                                                             config_.endpoints.rules)});
    ReadOptions options{.threads = flags_.threads,
                        .input = input_options(),
                        .max_record_bytes = config_.limits.max_record_bytes,
                        .progress = {}};
    ProgressLine progress(program_.console, program_.clock, !program_.flags.quiet);
    options.progress = [&](const ReadProgress& now) { progress.update(now); };

    std::vector<FileReport> reports;
    for (const std::string& file : files_) {
      progress.begin(file, aggregator.samples());
      auto report = read_file(file, aggregator, options);
      progress.erase();
      if (!report) {
        // Whatever is wrong with a file, and whoever says so, the input cannot be read; unless a flag is wrong.
        const ErrorCode code = report.error().code == ErrorCode::usage ? ErrorCode::usage : ErrorCode::input;
        return fail(code, std::move(report).error().message);
      }
      verbose("{}: {}", report->file, report->format);
      reports.push_back(*std::move(report));
    }
    if (const auto& [name, endpoint] = aggregator.example_of_renaming(); !name.empty() && !program_.flags.quiet) {
      constexpr std::size_t kMaxShown = 100;
      program_.console.note(
          fmt::format("names of requests are folded to endpoints, as in {} → {} (--no-fold keeps them)",
                      clean_utf8(name, kMaxShown), clean_utf8(endpoint, kMaxShown)));
    }
    run_ = aggregator.finish();
    describe(reports);
    if (run_.samples_of(SampleKind::request) == 0) return no_valid_sample();
    if (program_.flags.quiet) return {};
    for (const FileReport& report : reports) {
      if (!report.note.empty()) program_.console.note(fmt::format("{}: {}", report.file, report.note));
      if (report.truncated) {
        program_.console.note(
            fmt::format("{} ends in the middle of its compressed data; what came before counts", report.file));
      }
    }
    for (const std::string& doubt : doubts_about(reports)) program_.console.note(doubt);
    return {};
  }

  void describe(const std::vector<FileReport>& reports) {
    RunInfo& info = run_.info;
    for (const FileReport& report : reports) {
      info.files.push_back(report.file == "-" ? "stdin" : clean_utf8(report.file, kMaxPathBytes));
      if (info.tool.find(report.tool) == std::string::npos) info.tool += (info.tool.empty() ? "" : "+") + report.tool;
      run_.bad_records += report.bad_records;
      for (const BadRecordReport& bad : report.bad_record_reports) {
        if (run_.bad_record_reports.size() < FileReport::kMaxBadRecordReports) run_.bad_record_reports.push_back(bad);
      }
    }
    if (flags_.tool) info.tool = *flags_.tool;
    info.test_name = flags_.test_name.value_or(default_name());
    info.run_id = flags_.run_id.value_or(run_id_of(run_, info.test_name));
    info.tags = tags_;
  }

  [[nodiscard]] std::unexpected<Error> no_valid_sample() const {
    constexpr std::size_t kShown = 3;
    std::string message = fmt::format("no valid sample in {}", fmt::join(run_.info.files, ", "));
    const std::uint64_t transactions = run_.samples_of(SampleKind::transaction);
    if (transactions != 0) {
      return fail_with_hint(ErrorCode::input,
                            fmt::format("{}: it holds {} transactions and {} parts of them, but no request outside",
                                        message, transactions, run_.samples_of(SampleKind::sub_result)),
                            "name the file instead of piping it: it has to be read twice to be read right");
    }
    if (run_.bad_records == 0) return fail(ErrorCode::input, message);
    message += fmt::format(": {} bad record{}", run_.bad_records, run_.bad_records == 1 ? "" : "s");
    std::string first;
    for (std::size_t i = 0; i < std::min(kShown, run_.bad_record_reports.size()); ++i) {
      const BadRecordReport& bad = run_.bad_record_reports[i];
      first += fmt::format("{}{}:{}: {}", i == 0 ? "" : "; ", bad.file, bad.line, bad.reason);
    }
    return fail_with_hint(ErrorCode::input, message, first);
  }

  [[nodiscard]] Result<void> print(const std::vector<LedgerEntry>& ledger) const {
    const ReportInput report{.run = run_, .ledger = ledger};
    if (program_.flags.json) return program_.console.print(json_report(report));
    if (program_.flags.quiet) return {};
    return program_.console.print(terminal_summary(report, config_.lang, program_.console.style()));
  }

  /// Whether anything is.
  [[nodiscard]] bool tell_of_what_is_missing(const std::vector<LedgerEntry>& ledger) const {
    std::string missing;
    for (const LedgerEntry& entry : ledger) {
      if (entry.closed()) continue;
      missing +=
          fmt::format("{}{} ({} accepted, {} rejected, {} pending{}{})", missing.empty() ? "" : "; ", entry.output,
                      entry.accepted, entry.rejected, entry.pending, entry.problems.empty() ? "" : ": ",
                      entry.problems.empty() ? "" : clean_utf8(entry.problems.front(), 300));
    }
    if (missing.empty()) return false;
    program_.console.error(fmt::format(
        "delivery is incomplete: {}\nthe run {} is kept; once this is mended, give the same command again: what has "
        "arrived is replaced, never doubled",
        missing, run_.info.run_id));
    return true;
  }

  Program& program_;
  const IngestFlags& flags_;
  Config config_;
  std::map<std::string, std::string> tags_;
  std::optional<std::int64_t> start_ns_;
  std::vector<std::string> files_;
  std::vector<std::unique_ptr<Output>> outputs_;
  Run run_;
};

}  // namespace

void add_ingest_command(CLI::App& app, Program& program) {
  CLI::App& command = *app.add_subcommand("ingest", "Read result files as one run; store, deliver and report it");
  const auto flags = std::make_shared<IngestFlags>();
  command
      .add_option("FILE", flags->files,
                  "Result files or folders of them, also .gz and .zst; - is stdin. Formats are told by content")
      ->required()
      ->type_name("");
  // One value each, so that a file name may follow.
  command.add_option("-o,--out", flags->outputs, "Deliver to this output too; repeatable")
      ->type_name("NAME=TARGET")
      ->allow_extra_args(false);
  command.add_flag("--no-outputs", flags->no_outputs, "Keep the run in the store alone");
  command.add_flag("--no-fold", flags->no_fold, "Keep names of requests as they are: /orders/123, not /orders/{id}");
  command.add_option("--test-name", flags->test_name, "Name of the test; else that of the first file")
      ->type_name("NAME");
  command.add_option("--run-id", flags->run_id, "Id of the run; else made of its start and its samples")
      ->type_name("ID");
  command.add_option("--tag", flags->tags, "Tag the run; repeatable")->type_name("NAME=VALUE")->allow_extra_args(false);
  command.add_option("--timezone", flags->timezone, "Zone of local times in the files; else the machine's")
      ->type_name("ZONE");
  command
      .add_option("--start-time", flags->start_time,
                  "When the run began, for files without dates (hey, oha); else it ended when the file was written")
      ->type_name("RFC3339");
  command.add_option("--columns", flags->columns, "Column names of a CSV without header: a,b,c")
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--map", flags->map, "Where a CSV or JSON lines have what: start=ts,duration:ms=elapsed,endpoint=url")
      ->type_name("PART=NAME,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--log-format", flags->log_format, "Format of an access log as nginx or Apache is told it")
      ->type_name("FORMAT");
  command.add_option("--tool", flags->tool, "Name of the load tool; else as the files tell")->type_name("NAME");
  command.add_option("--threads", flags->threads, "Reading threads; 0: one for each processor")
      ->type_name("N")
      ->check(CLI::Range(0U, 1024U));
  add_common_flags(command, program.flags);
  command.callback([&program, flags] { program.action = [&program, flags] { return Ingest(program, *flags).run(); }; });
}

}  // namespace omniwriter
