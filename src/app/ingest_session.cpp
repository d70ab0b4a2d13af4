#include "app/ingest_session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <set>

#include "app/criteria_watch.h"
#include "app/github_actions.h"
#include "app/observe.h"
#include "app/vitals_watch.h"
#include "base/local_dates.h"
#include "base/rfc3339.h"
#include "base/try.h"
#include "base/utf8.h"
#include "config/judge_settings.h"
#include "config/report_settings.h"
#include "formats/requests/mapping.h"
#include "integration/history_folder.h"
#include "integration/intake.h"
#include "integration/judging.h"
#include "integration/output_choice.h"
#include "integration/run_environment.h"
#include "integration/run_identity.h"
#include "model/dimension_values.h"
#include "model/translation.h"
#include "reading/byte_stream.h"
#include "reports/verdict_text.h"
#include "systems/grafana/dashboard_link.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxReasonBytes = 2000;

/// Local times in files are read in the zone of the process.
Result<void> set_timezone(const std::string& zone) {
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

}  // namespace

void add_ingest_options(Command& command, IngestOptions& flags) {
  const std::vector<Option> options{
      {.names = "-o,--out",
       .value = "NAME=TARGET",
       .about = {"Entregar também a este destino; repetível. Lista: omniwriter outputs",
                 "Also deliver to this output; repeatable. List: omniwriter outputs"},
       .kept_in = &flags.outputs},
      {.names = "--no-outputs",
       .about = {"Só guardar a execução, sem entregá-la", "Only store the run; deliver it nowhere"},
       .kept_in = &flags.no_outputs},
      {.names = "--samples",
       .about =
           {"Entregar também cada amostra, aos destinos que as aceitam (InfluxDB, Elasticsearch, Kafka)",
            "Also deliver every single sample, to the outputs that can hold them (InfluxDB, Elasticsearch, Kafka)"},
       .kept_in = &flags.samples},
      {.names = "--no-fold",
       .about = {"Manter os nomes das requisições como são: /orders/123, não /orders/{id}",
                 "Keep names of requests as they are: /orders/123, not /orders/{id}"},
       .kept_in = &flags.no_fold},
      {.names = "--test-name",
       .value = "NAME",
       .about = {"Nome do teste; padrão: o do primeiro arquivo", "Name of the test; default: that of the first file"},
       .kept_in = &flags.test_name},
      {.names = "--run-id",
       .value = "ID",
       .about = {"Id da execução; padrão: feito a partir da primeira amostra",
                 "Id of the run; default: made from its first sample"},
       .kept_in = &flags.run_id},
      {.names = "--tag",
       .value = "NAME=VALUE",
       .about = {"Pôr uma etiqueta na execução; repetível", "Tag the run; repeatable"},
       .kept_in = &flags.tags},
      {.names = "--timezone",
       .value = "ZONE",
       .about = {"Fuso horário das horas locais nos arquivos; padrão: o desta máquina",
                 "Time zone of local times in the files; default: this machine's"},
       .kept_in = &flags.timezone},
      {.names = "--start-time",
       .value = "RFC3339",
       .about = {"Quando a execução começou, para arquivos sem data; padrão: terminou quando o arquivo foi gravado",
                 "When the run began, for files without dates; default: it ended when the file was last written"},
       .kept_in = &flags.start_time},
      {.names = "--time-unit",
       .value = "UNIT",
       .about = {"Unidade dos tempos de resposta, para arquivos que não a informam (logs HdrHistogram)",
                 "Unit of response times, for files that do not say (HdrHistogram logs)"},
       .kept_in = &flags.time_unit,
       .choices = {"ns", "us", "ms", "s"}},
      {.names = "--part",
       .value = "N",
       .about = {"Qual dos resumos de um arquivo, a partir de 1", "Which of several summaries in one file, from 1"},
       .kept_in = &flags.part,
       .least = 1,
       .most = 1'000'000},
      {.names = "--time-format",
       .value = "FORMAT",
       .about = {R"(Como as horas estão escritas em tabelas que não o revelam: s, ms, us, ns ou "dd/MM/yyyy HH:mm:ss")",
                 R"(How times in tables are written, where that is unclear: s, ms, us, ns or "dd/MM/yyyy HH:mm:ss")"},
       .kept_in = &flags.time_format},
      {.names = "--decimal",
       .value = "MARK",
       .about = {"O separador decimal em tabelas, quando os números não o revelam",
                 "The decimal mark in tables, where the numbers do not reveal it"},
       .kept_in = &flags.decimal,
       .choices = {"point", "comma"}},
      {.names = "--columns",
       .value = "NAMES",
       .about = {"Nomes das colunas de um CSV sem cabeçalho: a,b,c", "Column names of a CSV without header: a,b,c"},
       .kept_in = &flags.columns,
       .separated_by_commas = true},
      {.names = "--map",
       .value = "PART=NAME,...",
       .about =
           {"Qual coluna de um CSV, ou campo de linhas de JSON, contém o quê: "
            "start=ts,duration:ms=elapsed,endpoint=url",
            "Which column of a CSV, or field of JSON lines, holds what: start=ts,duration:ms=elapsed,endpoint=url"},
       .kept_in = &flags.map,
       .separated_by_commas = true},
      {.names = "--log-format",
       .value = "FORMAT",
       .about = {"Formato de um log de acesso, como configurado no nginx ou no Apache",
                 "Format of an access log, as configured in nginx or Apache"},
       .kept_in = &flags.log_format},
      {.names = "--by",
       .value = "NAMES",
       .about = {"Compara requisições também por etiquetas ou colunas do arquivo: scenario,region; auto acha algumas",
                 "Compares requests by tags or columns of the file too: scenario,region; auto finds some"},
       .kept_in = &flags.by,
       .separated_by_commas = true},
      {.names = "--tool",
       .value = "NAME",
       .about = {"Nome da ferramenta de carga; padrão: o que os arquivos dizem",
                 "Name of the load tool; default: what the files say"},
       .kept_in = &flags.tool}};
  command.options.insert(command.options.end(), options.begin(), options.end());
  add_judge_options(command, flags.judge);
}

Result<IngestSession> IngestSession::prepare(Program& program, const IngestOptions& flags) {
  IngestSession session(program, TRY(load_config(program)));
  session.flags_ = flags;
  session.environment_ = run_environment(session.config_, program.environment);

  if (flags.run_id) TRY(check_run_id(*flags.run_id));
  if (flags.test_name) TRY(check_test_name(*flags.test_name));
  for (const std::string& tag : flags.tags) {
    const auto [name, value] = TRY(split_pair(tag, "--tag"));
    session.tags_[clean_utf8(name, kMaxNameBytes)] = clean_utf8(value, kMaxNameBytes);
  }
  if (flags.tool && (flags.tool->empty() || clean_utf8(*flags.tool, kMaxNameBytes) != *flags.tool)) {
    return fail(ErrorCode::usage, "--tool is text on one line");
  }
  if (!flags.map.empty()) TRY(mapping::told_mapping(flags.map));
  if (!flags.by.empty()) session.config_.dimensions = flags.by;
  TRY(check_dimensions(session.config_.dimensions));
  if (!flags.time_format.empty()) TRY(told_time_format(flags.time_format));
  TRY(set_timezone(flags.timezone));
  if (!flags.start_time.empty()) {
    session.start_ns_ = parse_rfc3339(flags.start_time);
    if (!session.start_ns_) {
      return fail(ErrorCode::usage, fmt::format("--start-time is no time such as 2026-11-23T15:29:36Z: {}",
                                                clean_utf8(flags.start_time, kMaxNameBytes)));
    }
  }

  TRY(apply(flags.judge, session.config_));
  TRY(check_baseline(session.config_));

  session.config_.samples = session.config_.samples || flags.samples;
  auto chosen = TRY(choose_outputs(output_kinds(), session.config_, flags.outputs));
  if (flags.no_outputs) {
    if (flags.samples) return fail(ErrorCode::usage, "--samples and --no-outputs exclude each other");
    return session;
  }
  if (session.config_.samples) TRY(add_outputs_of_samples(output_kinds(), chosen));
  tell_of_unverified_servers(program, session.config_);
  session.chosen_ = std::move(chosen);
  session.destinations_ = TRY(make_destinations(session.config_, session.chosen_));
  for (const Destination& to : session.destinations_) {
    session.verbose(fmt::format("output {}: {}", to.output->name(), to.target));
  }
  return session;
}

// A config.json may lie in a folder for other reasons than ours.
void IngestSession::tell_of_found_outputs() const {
  std::string outputs;
  for (const ChosenOutput& one : chosen_) {
    if (!one.found) continue;
    outputs += fmt::format("{}{} ({})", outputs.empty() ? "" : ", ", one.kind->name, one.target);
  }
  if (outputs.empty() || program_.flags.quiet) return;
  const std::string file = config_.file.string();
  program_.console.note(fmt::format("{}, found here, names the outputs {}; without them: --no-outputs", file, outputs));
}

Result<void> IngestSession::check_spares(const std::string& file) const {
  return check_outputs_spare(chosen_, file == "-" ? "/dev/stdin" : file_on_disk(file), "read");
}

Aggregator IngestSession::make_aggregator() const { return omniwriter::make_aggregator(config_, !flags_.no_fold); }

bool IngestSession::keeps_samples() const {
  return std::ranges::any_of(destinations_, [](const Destination& to) { return to.output->takes_samples(); });
}

SampleLog::Options IngestSession::sample_log_options() const {
  return {.drop_oldest = config_.limits.drop_samples, .endpoint_names = endpoint_names(config_, !flags_.no_fold)};
}

Result<std::unique_ptr<SampleLog>> IngestSession::begin_to_keep_samples() const {
  if (!keeps_samples()) return nullptr;
  return SampleLog::begin(open_spool(config_), sample_log_options());
}

Result<std::unique_ptr<SampleLog>> IngestSession::go_on_keeping_samples(std::string_view run_id) const {
  if (!keeps_samples()) return nullptr;
  return SampleLog::open(open_spool(config_), run_id, sample_log_options());
}

InputOptions IngestSession::input_options() const {
  static const std::map<std::string, std::int64_t> kUnits{
      {"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};
  const auto unit = kUnits.find(flags_.time_unit);
  return {.columns = flags_.columns,
          .map = flags_.map,
          .log_format = flags_.log_format,
          .start_ns = start_ns_,
          .now_ns = program_.clock.wall_ns(),
          .unit_ns = unit == kUnits.end() ? std::nullopt : std::optional(unit->second),
          .time_format = flags_.time_format,
          .decimal = flags_.decimal.empty()      ? '\0'
                     : flags_.decimal == "point" ? '.'
                                                 : ',',
          .dimensions = config_.dimensions,
          .part = flags_.part};
}

ReadOptions IngestSession::read_options() const {
  return {.threads = 0, .input = input_options(), .max_record_bytes = config_.limits.max_record_bytes, .progress = {}};
}

DeliveryOptions IngestSession::delivery_options(const std::stop_token& stop) const {
  DeliveryOptions options = omniwriter::delivery_options(config_, stop);
  options.notice = notices_to(program_);
  options.news = notes_->listener();
  return options;
}

void IngestSession::tell_of_folding(const Aggregator& aggregator) const {
  constexpr std::size_t kMaxShown = 100;
  const auto& [name, endpoint] = aggregator.example_of_renaming();
  if (name.empty() || program_.flags.quiet) return;
  program_.console.note(fmt::format("names of requests are folded to endpoints, as in {} → {} (--no-fold keeps them)",
                                    clean_utf8(name, kMaxShown), clean_utf8(endpoint, kMaxShown)));
}

void IngestSession::tell_of_files(const std::vector<FileReport>& reports) const {
  if (program_.flags.quiet) return;
  std::set<std::string> told;  // a file that was rotated was read several times
  const auto tell = [&](const std::string& note) {
    if (told.insert(note).second) program_.console.note(note);
  };
  for (const FileReport& report : reports) {
    if (!report.note.empty()) tell(fmt::format("{}: {}", report.file, report.note));
    if (!report.cut_within.empty()) {
      tell(fmt::format("{} ends in the middle of {}; what came before counts", report.file, report.cut_within));
    }
  }
}

void IngestSession::verbose(const std::string& text) const {
  if (program_.flags.verbose) program_.console.note(text);
}

void IngestSession::describe(Run& run, const std::vector<FileReport>& reports, std::string_view name) const {
  describe_run(run, reports, {flags_.test_name, flags_.run_id, flags_.tool, tags_}, name);
  run.info.environment = environment_;
}

Result<void> IngestSession::save(Run& run, const std::shared_ptr<SampleLog>& samples) const {
  if (samples) {
    // Before the run is known to the store: whoever delivers it finds them.
    TRY(samples->has_run() ? samples->commit() : samples->give_to(run.info.run_id));
    run.kept_samples = samples;
  }
  const auto store = TRY(open_store(config_));
  return store->save(run, pending_ledger(run, destinations_));
}

void IngestSession::tell_of_dimensions(const Run& run) const {
  if (program_.flags.quiet) return;
  if (is_any_dimension(config_.dimensions)) {
    if (std::ranges::find(run.series, SampleKind::dimension, &Series::kind) == run.series.end()) {
      program_.console.note("nothing was found by which requests could be compared (--by auto)");
    }
    return;
  }
  for (const std::string& dimension : config_.dimensions) {
    const bool found = std::ranges::any_of(run.series, [&](const Series& series) {
      return series.kind == SampleKind::dimension && series.endpoint.starts_with(dimension + "=");
    });
    if (!found) program_.console.note(fmt::format("no request has a tag or column \"{}\" (--by)", dimension));
  }
}

void IngestSession::observe(Run& run, const std::stop_token& stop) const {
  const auto store = open_store(config_);
  if (store) omniwriter::observe(program_, config_, **store, run, stop);
}

Result<int> IngestSession::finish(Run run, const std::shared_ptr<SampleLog>& samples,
                                  const std::stop_token& stop) const {
  tell_of_dimensions(run);
  // Outputs may keep the first of two, and what is no longer in the run. Where it is just what was delivered, somebody
  // wants it there again.
  std::optional<RunDelivery> begun;
  const auto store = TRY(open_store(config_));
  keep_vitals(*store, run);
  observe(run, stop);
  if (is_delivered_otherwise(*store, run)) {
    begun.emplace(run.info.run_id, destinations_, open_spool(config_), delivery_options(stop), program_.clock,
                  delivered_before(*store, run.info.run_id));
  }
  TRY(save(run, samples));
  return deliver(run, samples, stop, begun ? &*begun : nullptr);
}

Result<int> IngestSession::deliver(const Run& run, const std::shared_ptr<SampleLog>& samples,
                                   const std::stop_token& stop, RunDelivery* begun) const {
  // Delivery may take its time; what was asked for is there.
  const Judgement judgement = TRY(judge(run));
  const bool summary_first = !program_.flags.json && !program_.flags.quiet;
  Result<void> printed;
  if (summary_first) {
    printed = program_.console.print(terminal_summary(
        {.run = run, .ledger = {}, .apdex = config_.of<ReportSettings>().apdex, .judgement = &judgement},
        config_.spoken, program_.console.style()));
  }
  tell_of_found_outputs();
  if (!destinations_.empty()) {
    verbose(fmt::format("delivering to {} output{}", destinations_.size(), destinations_.size() == 1 ? "" : "s"));
  }
  const auto store = TRY(open_store(config_));
  Deliveries deliveries(*store, config_, delivery_options(stop), program_.clock);
  const auto ledger = TRY(deliveries.deliver(run, destinations_, begun));
  if (samples && samples_are_settled(ledger)) std::ignore = samples->remove();
  if (printed) printed = print_deliveries(run, ledger, judgement);
  TRY(printed);
  const bool incomplete = tell_of_what_is_missing(run, ledger);
  const auto others = TRY(deliveries.deliver_backlog(run.info.run_id, ledger));
  if (!others.empty() && !program_.flags.quiet) {
    program_.console.note(
        fmt::format("what was pending of earlier runs is delivered too: {}", fmt::join(others, ", ")));
  }
  TRY(add_to_history(*store, run));
  const int code = exit_code(judgement, config_, incomplete);
  if (program_.flags.quiet && !program_.flags.json && code >= kInconclusive) {
    program_.console.error(fmt::format("{}: {}", verdict_word(standing_of(judgement), config_.spoken),
                                       verdict_reason(judgement, config_.spoken)));
  }
  return code;
}

Result<void> IngestSession::add_to_history(const RunStore& store, const Run& run) const {
  const std::filesystem::path& folder = config_.of<JudgeSettings>().history;
  if (folder.empty()) return {};
  const auto file = TRY(add_to_history_folder(store, run.info.run_id, folder));
  verbose(fmt::format("the run is in {}", file.string()));
  return {};
}

Result<Judgement> IngestSession::judge(const Run& run) const {
  Judgement judgement = judge_run(config_, run);
  if (broken_) replace_result(judgement, *broken_);
  const auto store = TRY(open_store(config_));
  TRY(store->save_judgement(run.info.run_id, judgement));
  TRY(store->load_digest(run.info.run_id));  // made now, so that comparing it need not wait
  return judgement;
}

Result<void> IngestSession::print_deliveries(const Run& run, const std::vector<LedgerEntry>& ledger,
                                             const Judgement& judgement) const {
  const ReportInput report{.run = run,
                           .ledger = ledger,
                           .dashboard_url = dashboard_link(config_, run, program_.clock.wall_ns()),
                           .apdex = config_.of<ReportSettings>().apdex,
                           .judgement = &judgement};
  TRY(tell_github(program_, config_, report));
  if (program_.flags.json) return program_.console.print(json_report(report));
  if (program_.flags.quiet) return {};
  return program_.console.print(terminal_deliveries(report, config_.spoken, program_.console.style()));
}

bool IngestSession::tell_of_what_is_missing(const Run& run, const std::vector<LedgerEntry>& ledger) const {
  std::string missing;
  for (const LedgerEntry& entry : ledger) {
    if (entry.closed()) continue;
    const std::string why = entry.problems.empty() ? "" : clean_utf8(entry.problems.front(), kMaxReasonBytes);
    const std::string one = fmt::format("{} ({} accepted, {} rejected, {} pending{}{})", entry.output, entry.accepted,
                                        entry.rejected, entry.pending, why.empty() ? "" : ": ", why);
    missing += (missing.empty() ? "" : "; ") + translated(one, config_.spoken);
  }
  if (missing.empty()) return false;
  program_.console.error(fmt::format("delivery is incomplete: {}\nthe run is kept, nothing is lost; {}", missing,
                                     next_steps(run.info.run_id, ledger)));
  return true;
}

}  // namespace omniwriter
