#include "omniwriter/omniwriter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/local_dates.h"
#include "base/try.h"
#include "base/utf8.h"
#include "config/config.h"
#include "delivery/sample_log.h"
#include "formats/requests/mapping.h"
#include "formats/requests/request_sink.h"
#include "integration/deliveries.h"
#include "integration/intake.h"
#include "integration/output_choice.h"
#include "integration/run_identity.h"
#include "reading/byte_stream.h"
#include "reading/result_files.h"
#include "store/run_store.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kBatch = 1024;  // requests that are aggregated at once

SystemClock& machine_clock() {
  static SystemClock clock;
  return clock;
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// What throws within (a database that cannot be read, no memory) is a failure like any other.
template <typename Call>
auto as_value(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& error) {
    return fail(ErrorCode::internal, std::string("internal error: ") + error.what());
  }
}

Result<RunLabels> labels_of(const RunOptions& options) {
  RunLabels labels;
  if (!options.test_name.empty()) {
    TRY(check_test_name(options.test_name));
    labels.test_name = options.test_name;
  }
  if (!options.run_id.empty()) {
    TRY(check_run_id(options.run_id));
    labels.run_id = options.run_id;
  }
  if (!options.tool.empty()) {
    if (clean_utf8(options.tool, kMaxNameBytes) != options.tool) {
      return fail(ErrorCode::usage, "the name of a tool is text on one line");
    }
    labels.tool = options.tool;
  }
  for (const auto& [name, value] : options.tags) {
    labels.tags[clean_utf8(name, kMaxNameBytes)] = clean_utf8(value, kMaxNameBytes);
  }
  return labels;
}

Result<InputOptions> input_of(const FileOptions& options, const Config& config) {
  if (!options.map.empty()) TRY(mapping::told_mapping(options.map));
  if (!options.time_format.empty()) TRY(told_time_format(options.time_format));
  InputOptions input{.columns = options.columns,
                     .map = options.map,
                     .log_format = options.log_format,
                     .now_ns = machine_clock().wall_ns(),
                     .time_format = options.time_format,
                     .dimensions = config.dimensions};
  if (options.start) input.start_ns = options.start->time_since_epoch().count();
  return input;
}

/// Where a run is going, from before its first sample.
struct Intake {
  RunLabels labels;
  std::vector<ChosenOutput> chosen;
  std::vector<Destination> destinations;
  std::unique_ptr<SampleLog> samples;  // null: no output takes single ones
};

Result<Intake> begin_intake(const Config& config, const RunOptions& options) {
  Intake intake{.labels = TRY(labels_of(options)), .chosen = {}, .destinations = {}, .samples = nullptr};
  if (!options.deliver) return intake;
  intake.chosen = TRY(choose_outputs(output_kinds(), config, {}));
  if (config.samples) TRY(add_outputs_of_samples(output_kinds(), intake.chosen));
  intake.destinations = TRY(make_destinations(config, intake.chosen));
  const auto takes_samples = [](const Destination& to) { return to.output->takes_samples(); };
  if (std::ranges::any_of(intake.destinations, takes_samples)) {
    intake.samples = TRY(SampleLog::begin(
        open_spool(config), {.drop_oldest = config.limits.drop_samples, .endpoint_names = endpoint_names(config)}));
  }
  return intake;
}

/// Adds outputs to a ledger that do not stand there.
void add_pending(const Run& run, const std::vector<Destination>& destinations, std::vector<LedgerEntry>& ledger) {
  for (LedgerEntry& entry : pending_ledger(run, destinations)) {
    if (std::ranges::find(ledger, entry.output, &LedgerEntry::output) == ledger.end()) {
      ledger.push_back(std::move(entry));
    }
  }
}

/// Empty where the store does not know the run yet.
Result<std::vector<LedgerEntry>> ledger_so_far(const RunStore& store, std::string_view run_id) {
  auto ledger = store.load_ledger(run_id);
  if (!ledger && ledger.error().code == ErrorCode::not_found) return std::vector<LedgerEntry>{};
  return ledger;
}

Result<Run> keep(const Config& config, Run run, Intake& intake) {
  const auto store = TRY(RunStore::open(config.store));
  if (is_delivered_otherwise(*store, run)) {
    return fail(ErrorCode::conflict, fmt::format("run {} is kept already, with other results", run.info.run_id));
  }
  auto ledger = TRY(ledger_so_far(*store, run.info.run_id));
  add_pending(run, intake.destinations, ledger);
  // Before the run is known to the store: whoever delivers it finds them.
  if (intake.samples && !samples_are_settled(ledger)) TRY(intake.samples->give_to(run.info.run_id));
  TRY(store->save(run, ledger));
  return run;
}

}  // namespace

// --- a test of the program's own ---

struct Recorder::Impl {
  struct State {
    Aggregator aggregator;
    Aggregator::Feed feed;
    SampleBatch batch;
    std::uint64_t added = 0;
    FileReport report;
    Intake intake;
    Result<void> kept;  // whether single samples could be

    void aggregate() {
      aggregator.add(batch, feed);
      if (kept && intake.samples) kept = intake.samples->add(batch);
      batch.clear_samples();
      if (batch.clear_tables_if_large()) feed.reset();
    }
    void add(const RecordedRequest& request);
    Result<Run> finish(const Config& with);
  };

  Impl(const Config& with, Intake intake)
      : config(with),
        state(State{.aggregator = make_aggregator(with),
                    .feed = {},
                    .batch = {},
                    .report = {},
                    .intake = std::move(intake),
                    .kept = {}}) {}

  const Config config;
  Guarded<State> state;
};

void Recorder::Impl::State::add(const RecordedRequest& request) {
  ++added;
  const std::int64_t start_ns = request.start.time_since_epoch().count();
  const std::int64_t duration_ns = request.duration.count();
  const char* wrong = nullptr;
  if (!requests::is_plausible_time(start_ns)) wrong = "the time is before 2000 or after 2100";
  if (duration_ns < 0 || duration_ns > requests::kMaxDurationNs)
    wrong = "a duration of less than 0 or more than a year";
  if (wrong != nullptr) {
    ++report.bad_records;
    if (report.bad_record_reports.size() < FileReport::kMaxBadRecordReports) {
      report.bad_record_reports.push_back({*intake.labels.test_name, added, wrong});
    }
    return;
  }
  const std::uint32_t endpoint = batch.endpoint(request.endpoint);
  const std::uint16_t outcome = batch.outcome(request.status, request.error_type);
  batch.samples.push_back({.start_ns = start_ns,
                           .duration_ns = duration_ns,
                           .bytes_received = request.bytes_received.value_or(0),
                           .bytes_sent = request.bytes_sent.value_or(0),
                           .endpoint = endpoint,
                           .outcome = outcome});
  ++report.samples;
  report.tells_received = report.tells_received || request.bytes_received;
  report.tells_sent = report.tells_sent || request.bytes_sent;
  if (batch.samples.size() == kBatch) aggregate();
}

Result<Run> Recorder::Impl::State::finish(const Config& with) {
  aggregate();
  TRY(kept);
  report.tool = "omniwriter";
  const std::vector<FileReport> reports{std::exchange(report, {})};
  Run run = TRY(run_of_files(aggregator, reports, with.limits.max_series));
  describe_run(run, reports, intake.labels, *intake.labels.test_name);
  if (run.samples_of(SampleKind::request) == 0) return fail(ErrorCode::input, "no valid request was recorded");
  return keep(with, std::move(run), intake);
}

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recorder::Recorder(Recorder&& other) noexcept = default;
Recorder& Recorder::operator=(Recorder&& other) noexcept = default;
Recorder::~Recorder() = default;

void Recorder::add(const RecordedRequest& request) {
  impl_->state.with([&](Impl::State& state) { state.add(request); });
}

void Recorder::set_active_users(std::uint32_t users) {
  const std::int64_t now = machine_clock().wall_ns();
  impl_->state.with([&](Impl::State& state) { state.batch.active_users.push_back({.time_ns = now, .users = users}); });
}

Result<Run> Recorder::finish() {
  return as_value([&] { return impl_->state.with([&](Impl::State& state) { return state.finish(impl_->config); }); });
}

// --- files, the store, delivery ---

struct OmniWriter::Impl {
  const Config config;

  /// One for each call, for one is for one thread.
  [[nodiscard]] Result<std::unique_ptr<RunStore>> store() const { return RunStore::open(config.store); }
};

OmniWriter::OmniWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OmniWriter::OmniWriter(OmniWriter&& other) noexcept = default;
OmniWriter& OmniWriter::operator=(OmniWriter&& other) noexcept = default;
OmniWriter::~OmniWriter() = default;

Result<OmniWriter> OmniWriter::open(const OmniWriterOptions& options) {
  return as_value([&]() -> Result<OmniWriter> {
    const auto file = options.config.empty() ? std::nullopt : std::optional(options.config);
    Config config = TRY(load_config(file, process_environment));
    if (!options.store.empty()) config.store = options.store;
    if (config.store.empty()) return fail(ErrorCode::usage, "there is no place for the store");
    TRY(RunStore::open(config.store));
    return OmniWriter(std::make_unique<Impl>(std::move(config)));
  });
}

Result<Run> OmniWriter::ingest(const std::vector<std::string>& files, const RunOptions& run_options,
                               const FileOptions& file_options) {
  return as_value([&]() -> Result<Run> {
    const Config& config = impl_->config;
    if (files.empty()) return fail(ErrorCode::usage, "no file is named");
    const InputOptions input = TRY(input_of(file_options, config));
    Intake intake = TRY(begin_intake(config, run_options));
    const ResultFiles found = TRY(find_result_files(files, input));
    TRY(check_files_are_distinct(found.files));
    for (const std::string& file : found.files) TRY(check_outputs_spare(intake.chosen, file_on_disk(file), "read"));

    Aggregator aggregator = make_aggregator(config);
    ReadOptions options{.threads = file_options.threads,
                        .input = input,
                        .max_record_bytes = config.limits.max_record_bytes,
                        .progress = {}};
    if (intake.samples) options.keep = [&](const SampleBatch& batch) { return intake.samples->add(batch); };
    std::vector<FileReport> reports;
    reports.reserve(found.files.size());
    for (const std::string& file : found.files) reports.push_back(TRY(read_file(file, aggregator, options)));
    Run run = TRY(run_of_files(aggregator, reports, config.limits.max_series));
    describe_run(run, reports, intake.labels, default_test_name(files.front()));
    TRY(check_has_samples(run, reports));
    return keep(config, std::move(run), intake);
  });
}

Result<Recorder> OmniWriter::record(const RunOptions& run) {
  return as_value([&]() -> Result<Recorder> {
    Intake intake = TRY(begin_intake(impl_->config, run));
    TRY(check_test_name(run.test_name));
    return Recorder(std::make_unique<Recorder::Impl>(impl_->config, std::move(intake)));
  });
}

Result<std::vector<RunRow>> OmniWriter::runs() const {
  return as_value([&]() -> Result<std::vector<RunRow>> { return TRY(impl_->store())->list(); });
}

Result<Run> OmniWriter::load(std::string_view id) const {
  return as_value([&]() -> Result<Run> {
    const auto store = TRY(impl_->store());
    return store->load(TRY(store->resolve(id)));
  });
}

Result<std::vector<LedgerEntry>> OmniWriter::ledger(std::string_view id) const {
  return as_value([&]() -> Result<std::vector<LedgerEntry>> {
    const auto store = TRY(impl_->store());
    return store->load_ledger(TRY(store->resolve(id)));
  });
}

Result<std::vector<LedgerEntry>> OmniWriter::deliver(std::string_view id, std::stop_token stop) {
  return as_value([&]() -> Result<std::vector<LedgerEntry>> {
    const Config& config = impl_->config;
    const auto store = TRY(impl_->store());
    const std::string run_id = TRY(store->resolve(id));
    if (ingest_state(config, run_id) == IngestState::running) {
      return fail(ErrorCode::busy, fmt::format("another process takes run {} in", run_id), true);
    }
    // Outputs that were not configured yet, or not asked for, when the run was kept.
    auto ledger = TRY(store->load_ledger(run_id));
    const auto chosen = TRY(choose_outputs(output_kinds(), config, {}));
    const auto known = [&](const ChosenOutput& one) {
      return std::ranges::find(ledger, one.kind->name, &LedgerEntry::output) != ledger.end();
    };
    if (!std::ranges::all_of(chosen, known)) {
      add_pending(TRY(store->load(run_id)), TRY(make_destinations(config, chosen)), ledger);
      TRY(store->save_ledger(run_id, ledger));
    }
    return Deliveries(*store, config, delivery_options(config, std::move(stop)), machine_clock())
        .deliver_pending(run_id);
  });
}

}  // namespace omniwriter
