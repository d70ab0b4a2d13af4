#pragma once
/// What `ingest`, `follow` and `run` share: their flags, the outputs, and what happens to a run once it was read.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/delivery_notes.h"
#include "app/judge_options.h"
#include "delivery/run_delivery.h"
#include "delivery/sample_log.h"
#include "integration/deliveries.h"
#include "model/aggregator.h"
#include "reading/reader.h"

namespace omniwriter {

/// Options of every command that reads results in.
struct IngestOptions {
  std::vector<std::string> outputs;
  std::optional<std::string> test_name;
  std::optional<std::string> run_id;
  std::vector<std::string> tags;
  bool no_outputs = false;
  bool no_fold = false;
  bool samples = false;
  std::string timezone;
  std::string start_time;
  std::string time_unit;
  unsigned part = 0;
  std::string time_format;
  std::string decimal;
  std::vector<std::string> columns;
  std::vector<std::string> map;
  std::string log_format;
  std::vector<std::string> by;
  std::optional<std::string> tool;
  JudgeOptions judge;
};

/// Adds these flags to those of a command.
void add_ingest_options(Command& command, IngestOptions& flags);

/// Reads, keeps and delivers the results of one test.
class IngestSession {
 public:
  /// Settles everything that can be wrong before a byte is read, for the reading may take minutes. Sets the time zone
  /// of the process where the flags name one.
  [[nodiscard]] static Result<IngestSession> prepare(Program& program, const IngestOptions& flags);

  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const std::vector<Destination>& destinations() const { return destinations_; }
  /// How to deliver; what people have to know of it goes to the terminal.
  [[nodiscard]] DeliveryOptions delivery_options(const std::stop_token& stop = {}) const;
  [[nodiscard]] Aggregator make_aggregator() const;
  [[nodiscard]] InputOptions input_options() const;
  [[nodiscard]] ReadOptions read_options() const;

  /// Says how names of requests were folded to endpoints, where any was.
  void tell_of_folding(const Aggregator& aggregator) const;
  /// Says what the files lack, or had guessed.
  void tell_of_files(const std::vector<FileReport>& reports) const;
  /// Says what `--verbose` asked for.
  void verbose(const std::string& text) const;

  /// What else the run is made with: the command line of its tool.
  void add_to_environment(const std::string& name, std::string value) { environment_[name] = std::move(value); }
  /// Fills in what the flags and the files say of a run: its name (else `name`), its id unless it has one, tags and bad
  /// records.
  void describe(Run& run, const std::vector<FileReport>& reports, std::string_view name) const;
  /// An error where an output would write over a file that is read. To be asked before it is.
  [[nodiscard]] Result<void> check_spares(const std::string& file) const;

  /// Where an output takes single samples: begins to keep them, or goes on with those of a run. Null otherwise.
  [[nodiscard]] Result<std::unique_ptr<SampleLog>> begin_to_keep_samples() const;
  [[nodiscard]] Result<std::unique_ptr<SampleLog>> go_on_keeping_samples(std::string_view run_id) const;

  /// Asks for what else is known of the time of a run that was read to its end: see app/observe.h.
  void observe(Run& run, const std::stop_token& stop) const;
  /// Saves a run that was read to its end. `samples`: those that were kept while it was read; may be null.
  [[nodiscard]] Result<void> save(Run& run, const std::shared_ptr<SampleLog>& samples) const;
  /// Judges a saved run, prints its summary, delivers it and tells what is missing. Gives the exit code. `begun`: its
  /// delivery, where the outputs have something of it already. Once `stop` is requested, delivery ends soon, and is
  /// incomplete.
  [[nodiscard]] Result<int> deliver(const Run& run, const std::shared_ptr<SampleLog>& samples,
                                    const std::stop_token& stop, RunDelivery* begun = nullptr) const;
  /// All of that.
  [[nodiscard]] Result<int> finish(Run run, const std::shared_ptr<SampleLog>& samples,
                                   const std::stop_token& stop) const;
  /// The run failed this criterion, whatever its numbers are in the end: the test was stopped for it.
  void fail_by(CriterionResult broken) { broken_ = std::move(broken); }

 private:
  /// Says which dimensions the files do not have.
  void tell_of_dimensions(const Run& run) const;

  IngestSession(const Program& program, Config config)
      : program_(program), config_(std::move(config)), notes_(std::make_unique<DeliveryNotes>(program)) {}
  void tell_of_found_outputs() const;
  [[nodiscard]] Result<Judgement> judge(const Run& run) const;
  /// Where a history folder is set.
  [[nodiscard]] Result<void> add_to_history(const RunStore& store, const Run& run) const;
  [[nodiscard]] Result<void> print_deliveries(const Run& run, const std::vector<LedgerEntry>& ledger,
                                              const Judgement& judgement) const;
  [[nodiscard]] bool tell_of_what_is_missing(const Run& run, const std::vector<LedgerEntry>& ledger) const;
  [[nodiscard]] bool keeps_samples() const;
  [[nodiscard]] SampleLog::Options sample_log_options() const;

  const Program& program_;
  Config config_;
  std::unique_ptr<DeliveryNotes> notes_;
  IngestOptions flags_;
  std::map<std::string, std::string> tags_;
  std::map<std::string, std::string> environment_;  // of the run
  std::optional<std::int64_t> start_ns_;
  std::optional<CriterionResult> broken_;
  std::vector<ChosenOutput> chosen_;  // what the destinations were made of
  std::vector<Destination> destinations_;
};

}  // namespace omniwriter
