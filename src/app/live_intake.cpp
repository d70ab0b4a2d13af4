#include "app/live_intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"
#include "integration/intake.h"
#include "integration/run_identity.h"
#include "reports/format_numbers.h"
#include "reports/texts.h"
#include "systems/grafana/dashboard_link.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::chrono::seconds kProgressOnTerminal{1};
constexpr std::chrono::seconds kProgressElsewhere{10};
constexpr std::chrono::seconds kBetweenSaves{10};
// Saving a long run takes a while: it is done so rarely that it takes no more than this share of the time.
constexpr int kShareOfSaving = 30;
// What "now" means in the progress line.
constexpr std::int64_t kRecentSeconds = 10;
// A request is known once it has ended: the slot in which it began is complete only some time later.
constexpr std::int64_t kLateSeconds = 10;

std::string live_text(const Run& recent, std::uint64_t samples, double elapsed, std::optional<double> left,
                      Language lang) {
  const bool pt = lang == Language::pt_br;
  const Tally tally = recent.total();
  std::string text = format_duration(elapsed, lang);
  if (tally.samples() == 0) {
    text += pt ? " · sem amostras novas" : " · no new samples";
  } else {
    text += fmt::format(
        " · {} req/s · {} {} · p50 {} · p95 {} · p99 {}",
        format_number(Run::rate(tally.samples(), recent.duration_seconds()), lang), pt ? "erros" : "errors",
        format_percent(static_cast<double>(recent.errors(tally)) / static_cast<double>(tally.samples()), lang),
        format_time(tally.quantile(0.5), lang), format_time(tally.quantile(0.95), lang),
        format_time(tally.quantile(0.99), lang));
  }
  if (!recent.active_users.empty()) {
    const auto users = recent.active_users.rbegin()->second;
    text += " · " + fmt::format(fmt::runtime(text_of(plural(users, Text::one_user, Text::users_of), lang)),
                                format_count(users, lang));
  }
  text += " · " + fmt::format(fmt::runtime(text_of(plural(samples, Text::one_sample, Text::samples_of), lang)),
                              format_count(samples, lang));
  if (left) text += fmt::format(" · {} {}", pt ? "faltam" : "left", format_duration(*left, lang));
  return text;
}

std::uint64_t records_of(const Run& run) {
  std::uint64_t records = run.bad_records;
  for (const Series& series : run.series) records += series.total.samples();
  return records;
}

}  // namespace

LiveIntake::LiveIntake(const Program& program, IngestSession& intake, VitalsWatch& vitals, std::string path,
                       LiveOptions options)
    : program_(program),
      intake_(intake),
      vitals_(vitals),
      path_(std::move(path)),
      options_(std::move(options)),
      aggregator_(intake.make_aggregator()),
      state_(intake.config().store, path_),
      criteria_(program, intake.config()),
      precision_(program, intake.config(), options_.until_precise) {
  follow_options_.idle = options_.idle;
  follow_options_.time_to_end = options_.time_to_end;
  follow_options_.goes_on = [this] {
    look();
    return !conflict_ && options_.goes_on();
  };
}

LiveIntake::~LiveIntake() = default;

Result<Run> LiveIntake::follow() {
  begun_ = program_.clock.steady();
  if (options_.resumable) TRY(resume());
  if (!resumed_) samples_ = TRY(intake_.begin_to_keep_samples());
  auto followed = follow_to_the_end();
  if (line_shown_) program_.console.show_line({});
  vitals_.stop();
  if (conflict_) return std::unexpected(*conflict_);
  if (!followed) return std::unexpected(std::move(followed).error());

  intake_.tell_of_folding(aggregator_);
  Run run = describe(TRY(run_of_files(aggregator_, reports_, intake_.config().limits.max_series)));
  TRY(check_has_samples(run, reports_));
  vitals_.add_to(run);
  run.observed = observed_;
  vitals_.tell_if_of_another_time(run);
  intake_.tell_of_files(reports_);
  return run;
}

Result<int> LiveIntake::finish(Run run, const std::stop_token& stop) {
  RunDelivery& delivery = delivery_of(run.info.run_id);  // before the store knows of what is to be delivered
  intake_.observe(run, stop);
  auto saved = intake_.save(run, samples_);
  remove_mark();  // the store has all of it
  TRY(saved);
  auto code = intake_.deliver(run, samples_, stop, &delivery);
  if (code && *code == kDone && missing_) return kDeliveryIncomplete;
  return code;
}

// So that `deliver` leaves the run to us; and finds it, should we be killed.
Result<void> LiveIntake::mark() {
  if (mark_ || intake_.destinations().empty()) return {};
  mark_.emplace(TRY(acquire_ingest_lease(intake_.config(), run_id_)));
  return {};
}

void LiveIntake::remove_mark() {
  if (mark_) std::ignore = std::exchange(mark_, std::nullopt)->close(false);
}

// What was read before the program was stopped, and is no longer there to be read again, comes first.
Result<void> LiveIntake::resume() {
  const auto loaded = TRY(state_.load());
  if (!loaded) return {};
  const FollowState::Known known = *loaded;
  const auto now = identity_of(path_);
  const bool same_file = now && known.file.is_still(*now);
  if (!same_file && known.finished) return {};

  known_ = known;
  run_id_ = known.run_id;
  resumed_ = true;
  if (!program_.flags.quiet) program_.console.note(fmt::format("goes on with run {}", run_id_));
  if (const auto run = stored_run()) {
    vitals_.go_on_from(*run);
    observed_ = run->observed;
  }
  samples_ = TRY(intake_.go_on_keeping_samples(run_id_));
  // Behind the base, the file holds what it held; unless it is gone.
  const auto add = [&](const Run& run, bool file_is_gone) -> Result<void> {
    aggregator_.merge(run);
    FileReport& report = reports_.emplace_back();
    report.file = path_;
    report.tool = run.info.tool;
    report.bad_records = run.bad_records;
    report.bad_record_reports = run.bad_record_reports;
    report.remarks = run.remarks;
    report.samples = run.samples_of(SampleKind::request);
    report.tells_received = run.knows_received;
    report.tells_sent = run.knows_sent;
    return samples_ ? samples_->go_on_behind(run.samples_of(SampleKind::request), file_is_gone) : Result<void>();
  };
  // After a rotation the base is all there is, until the next file is known.
  const bool base_is_all = known.file == FileIdentity{};
  const Rotations rotations = same_file || base_is_all ? Rotations() : rotations_since(path_, known.file);
  last_ = base_is_all ? known.done : known.file;
  if (same_file) last_.reset();
  if (!same_file && !base_is_all && !rotations.itself) {
    // As it was saved last, before the file went away.
    if (const auto run = stored_run()) TRY(add(*run, true));
    tell_of_missing("the file before is gone: what it got after the run was saved last is missing");
    return keep_as_base();
  }
  if (same_file && known.place) {
    const auto run = stored_run();
    // Single samples that were delivered meanwhile are no longer kept: all are read once more, and delivered as a
    // whole.
    const bool kept = !samples_ || (run && samples_->size() >= run->samples_of(SampleKind::request));
    if (run && kept && records_of(*run) == known.records_before) {
      from_ = known.place;
      return add(*run, false);
    }
  }
  if (!known.base.empty()) {
    const auto base = state_.load_base(known);
    if (!base) return std::unexpected(base.error());
    TRY(add(*base, false));
  } else if (samples_) {
    TRY(samples_->go_on_behind(0, false));
  }
  if (!rotations.itself) return {};
  const auto read = read_rotated(*rotations.itself);
  if (!read) return std::unexpected(read.error());
  if (!*read) return fail(ErrorCode::input, rotations.itself->path + " was rotated as it was opened: follow it again");
  return {};
}

std::optional<Run> LiveIntake::stored_run() const {
  const auto store = open_store(intake_.config());
  auto run = store ? (*store)->load(run_id_) : std::unexpected(store.error());
  return run ? std::optional(*std::move(run)) : std::nullopt;
}

Result<void> LiveIntake::follow_to_the_end() {
  while (true) {
    if (!wait_for_file(path_, follow_options_, program_.clock)) {
      const auto others = read_next_rotated();
      if (!others) return std::unexpected(others.error());
      if (*others) continue;
      if (!reports_.empty()) return {};
      return fail(ErrorCode::input, path_ + " did not appear");
    }
    // Opened before others are looked for: should it be rotated meanwhile, it is one of them.
    auto file = FollowedFile::open(path_, follow_options_, program_.clock);
    if (!file) return std::unexpected(file.error());
    const auto others = read_next_rotated();
    if (!others) return std::unexpected(others.error());
    if (*others) continue;
    const auto end = follow_one(**file, path_);
    if (!end) return std::unexpected(end.error());
    const bool continues = *end == FollowedFile::End::rotated || *end == FollowedFile::End::truncated;
    if (!continues) {
      if (*end == FollowedFile::End::stopped) {
        program_.console.note(
            fmt::format("{0} holds more than was read in time; to go on: omniwriter follow {0}", path_));
      }
      known_.finished = *end != FollowedFile::End::done && *end != FollowedFile::End::stopped;
      return options_.resumable && !run_id_.empty() ? state_.save(known_) : Result<void>();
    }
    intake_.verbose(fmt::format("{} was {}", path_, *end == FollowedFile::End::rotated ? "rotated" : "truncated"));
    if (*end == FollowedFile::End::truncated) last_.reset();
    TRY(keep_as_base());
  }
}

// Files may come and go while nobody looks, or faster than we look. Tells whether there was one.
Result<bool> LiveIntake::read_next_rotated() {
  if (!last_) return false;
  const Rotations rotations = rotations_since(path_, *last_);
  if (!rotations.complete) {
    tell_of_missing("rotated more than once, and not all of its files are there: a part of the run may be missing");
  }
  if (rotations.later.empty()) {
    last_.reset();
    return false;
  }
  const auto read = read_rotated(rotations.later.front());
  if (!read) return std::unexpected(read.error());
  return true;
}

// Reads it to its end. False where it is another file by now, for names move on with each rotation.
Result<bool> LiveIntake::read_rotated(const RotatedFile& rotated) {
  if (!identity_of(rotated.path)) return false;
  FollowOptions to_its_end;
  to_its_end.goes_on = [] { return false; };
  auto file = FollowedFile::open(rotated.path, to_its_end, program_.clock);
  if (!file) return std::unexpected(file.error());
  const FileIdentity opened = (*file)->identity();
  if (opened.device != rotated.identity.device || opened.inode != rotated.identity.inode) return false;
  if (rotated.packed) {
    auto read = read_file(rotated.path, aggregator_, read_options());
    if (!read) return std::unexpected(std::move(read).error());
    reports_.push_back(*std::move(read));
    reports_.back().file = path_;
    last_ = known_.file = rotated.identity;
  } else if (auto read = follow_one(**file, rotated.path); !read) {
    return std::unexpected(read.error());
  }
  TRY(keep_as_base());
  return true;
}

void LiveIntake::tell_of_missing(const std::string& what) {
  missing_ = true;
  FileReport& report = reports_.emplace_back();
  report.file = path_;
  report.bad_records = 1;
  report.bad_record_reports.push_back({path_, 0, what});
  if (!program_.flags.quiet) program_.console.note(path_ + ": " + what);
}

ReadOptions LiveIntake::read_options() {
  ReadOptions options = intake_.read_options();
  if (!options.input.start_ns) options.input.start_ns = options_.started_ns;
  options.source = path_;
  if (samples_) options.keep = [this](const SampleBatch& batch) { return samples_->add(batch); };
  return options;
}

Result<FollowedFile::End> LiveIntake::follow_one(FollowedFile& file, const std::string& path) {
  file_ = &file;
  FileReport& report = reports_.emplace_back();
  report.file = path;
  auto read = follow_file(file, aggregator_, read_options(), report, std::exchange(from_, std::nullopt));
  report.file = path_;
  last_ = known_.file = file.identity();
  file_ = nullptr;
  if (!read) return fail(ErrorCode::input, std::move(read).error().message);
  if (report.format.empty()) reports_.pop_back();
  return file.ended_by();
}

// What was read cannot be read again from the file under that name.
Result<void> LiveIntake::keep_as_base() {
  if (!options_.resumable || aggregator_.samples() == 0) return {};
  const Run run = run_so_far();
  run_id_ = known_.run_id = run.info.run_id;
  if (known_.file != FileIdentity{}) known_.done = std::exchange(known_.file, {});
  known_.place.reset();
  TRY(keep_samples());
  return state_.save_base(known_, run);
}

// What the store says was read is kept before.
Result<void> LiveIntake::keep_samples() {
  if (!samples_) return {};
  return samples_->has_run() || !options_.resumable ? samples_->commit() : samples_->give_to(run_id_);
}

Run LiveIntake::describe(Run run) const {
  run.info.run_id = run_id_;
  intake_.describe(run, reports_, options_.name);
  if (options_.tool) run.info.tool = *options_.tool;
  return run;
}

Run LiveIntake::run_so_far() const {
  Run run = describe(aggregator_.snapshot());
  vitals_.add_to(run);
  run.observed = observed_;
  return run;
}

// Called between reads and while waiting, about ten times a second.
void LiveIntake::look() {
  if (aggregator_.samples() == 0) return;
  const auto now = program_.clock.steady();
  if (run_id_.empty()) {
    run_id_ = known_.run_id = describe(Run()).info.run_id;
  }
  if (now >= next_progress_ && !program_.flags.quiet) {
    show_progress();
    next_progress_ = now + (program_.console.shows_progress() ? kProgressOnTerminal : kProgressElsewhere);
  }
  vitals_.tell_if_busy(aggregator_.started_ns());
  if (criteria_.is_due()) hold_against_criteria();
  if (precision_.is_due() && precision_.look(run_so_far()) && options_.stop_test) {
    options_.stop_test(StopCause::precision);
  }
  if (now >= next_publish_) {
    publish();
    next_publish_ = now + intake_.config().delivery.live_interval;
  }
  if (now >= next_save_) {
    save_so_far();
    const auto took = program_.clock.steady() - now;
    next_save_ = now + std::max<std::chrono::nanoseconds>(kBetweenSaves, took * kShareOfSaving);
  }
}

void LiveIntake::show_progress() {
  const Run recent = describe(aggregator_.snapshot(aggregator_.ended_ns() - kRecentSeconds * kNsPerSecond));
  const double elapsed = std::chrono::duration<double>(program_.clock.steady() - begun_).count();
  std::optional<double> left;
  if (options_.expected) {
    left = std::max(0.0, std::chrono::duration<double>(*options_.expected).count() - elapsed);
  }
  const std::string text = live_text(recent, aggregator_.samples(), elapsed, left, intake_.config().spoken);
  if (program_.console.shows_progress()) {
    program_.console.show_line(text);
    line_shown_ = true;
  } else {
    program_.console.note(text);
  }
}

void LiveIntake::hold_against_criteria() {
  auto broken = criteria_.look(run_so_far());
  if (!broken || !options_.stop_test) return;
  program_.console.error(fmt::format("the test is stopped: the criterion \"{}\" is not met", broken->criterion));
  intake_.fail_by(*std::move(broken));
  options_.stop_test(StopCause::criterion);
}

RunDelivery& LiveIntake::delivery_of(std::string_view run_id) {
  if (delivery_) return *delivery_;
  const auto store = open_store(intake_.config());
  auto before = store ? delivered_before(**store, run_id) : DeliveredBefore();
  if (!before && resumed_) before.emplace();
  delivery_ = std::make_unique<RunDelivery>(std::string(run_id), intake_.destinations(), open_spool(intake_.config()),
                                            intake_.delivery_options(), program_.clock, std::move(before));
  return *delivery_;
}

void LiveIntake::publish() {
  if (intake_.destinations().empty()) return;
  auto so_far = std::make_shared<Run>(run_so_far());
  const std::int64_t complete_before = so_far->ended_ns / kNsPerSecond - kLateSeconds;
  tell_of_dashboard(*so_far);
  const std::int64_t interval = so_far->interval_seconds;
  delivery_of(run_id_).publish(so_far, complete_before / interval);
}

// Once the outputs know of the run.
void LiveIntake::tell_of_dashboard(const Run& so_far) {
  if (std::exchange(dashboard_told_, true) || program_.flags.quiet) return;
  if (const std::string link = live_dashboard_link(intake_.config(), so_far); !link.empty()) {
    program_.console.note("dashboard: " + link);
  }
}

// So that `runs` shows it, and a restart finds it should the file be gone by then.
void LiveIntake::save_so_far() {
  auto store = open_store(intake_.config());
  std::uint64_t records = 0;
  Result<void> saved = mark();
  if (saved) saved = keep_samples();
  if (saved && !store) saved = std::unexpected(store.error());
  if (saved) {
    const Run run = run_so_far();
    records = records_of(run);
    saved = (*store)->save(run, pending_ledger(run, intake_.destinations()));
  }
  if (saved && options_.resumable && file_ != nullptr) {
    known_.file = file_->identity();
    known_.place = reports_.back().place;
    known_.records_before = records;
    saved = state_.save(known_);
  }
  if (!saved && saved.error().code == ErrorCode::conflict) {
    conflict_ = std::move(saved).error();  // it would be the same in the end
  } else if (!saved && !program_.flags.quiet) {
    program_.console.note(fmt::format("what was read so far is not kept: {}", saved.error().message));
  }
}

}  // namespace omniwriter
