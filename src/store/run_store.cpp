#include "store/run_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <optional>
#include <system_error>

#include "formats/run_codec/run_codec.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/timeline_file.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxCandidates = 10;  // that an error about an ambiguous name lists

Error no_such_run(std::string_view run_id) {
  return {ErrorCode::not_found,
          fmt::format("there is no run \"{}\" in the store; `omniwriter runs list` shows them all", run_id), false};
}

Error damaged(std::string_view what) { return {ErrorCode::io, fmt::format("stored run is damaged: {}", what), false}; }

/// Calls `visit(statement)` for each row; stops at the first error.
template <typename Visit, typename... Values>
Result<void> for_each_row(const Database& database, std::string_view sql, Visit&& visit, const Values&... values) {
  Result<Statement> statement = database.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(values...);
  for (;;) {
    const Result<bool> row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    if (Result<void> visited = visit(*statement); !visited) return visited;
  }
}

template <typename... Values>
Result<void> run_once(const Database& database, std::string_view sql, const Values&... values) {
  Result<Statement> statement = database.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  return statement->run(values...);
}

/// The row of a run; an error where there is none.
Result<std::int64_t> row_of(const Database& database, std::string_view run_id) {
  Result<Statement> statement = database.prepare("SELECT id FROM runs WHERE run_id = ?");
  if (!statement) return std::unexpected(statement.error());
  const Result<bool> row = statement->bind(run_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::unexpected(no_such_run(run_id));
  return statement->int_at(0);
}

Result<std::int64_t> insert_run(const Database& database, const Run& run) {
  const Tally total = run.total();
  const std::string users = encode_active_users(run.active_users);
  auto inserted = run_once(
      database,
      "INSERT INTO runs (run_id, test_name, tool, started_ns, ended_ns, samples, errors, p95_seconds, interval_seconds,"
      " unattributed_received, unattributed_sent, other_samples, bad_records, active_users, reported, reported_rps,"
      " knows_received, knows_sent, read_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
      " unixepoch() * 1000000000)",
      run.info.run_id, run.info.test_name, run.info.tool, run.started_ns, run.ended_ns, total.samples(),
      run.errors(total), total.quantile(0.95), run.interval_seconds, run.unattributed_received, run.unattributed_sent,
      run.other_samples, run.bad_records, Blob{users}, std::int64_t{run.reported.has_value()},
      run.reported ? run.reported->throughput_rps : std::nullopt, std::int64_t{run.knows_received},
      std::int64_t{run.knows_sent});
  if (!inserted) return std::unexpected(inserted.error());
  return database.last_insert_id();
}

/// Inserts a row for each element; `insert(statement, position, element)` binds and runs.
template <typename Elements, typename Insert>
Result<void> insert_all(const Database& database, std::string_view sql, const Elements& elements, Insert&& insert) {
  if (elements.empty()) return {};
  Result<Statement> statement = database.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  std::int64_t position = 0;
  for (const auto& element : elements) {
    if (Result<void> done = insert(*statement, position++, element); !done) return done;
  }
  return {};
}

Result<void> insert_details(const Database& database, std::int64_t row, const Run& run) {
  Result<void> done =
      insert_all(database, "INSERT INTO tags VALUES (?, ?, ?)", run.info.tags,
                 [&](Statement& into, std::int64_t, const auto& tag) { return into.run(row, tag.first, tag.second); });
  if (!done) return done;
  done = insert_all(database, "INSERT INTO files VALUES (?, ?, ?)", run.info.files,
                    [&](Statement& into, std::int64_t at, const std::string& file) { return into.run(row, at, file); });
  if (!done) return done;
  done = insert_all(database, "INSERT INTO outcomes VALUES (?, ?, ?, ?)", run.outcomes,
                    [&](Statement& into, std::int64_t at, const Outcome& outcome) {
                      return into.run(row, at, outcome.status, outcome.error_type);
                    });
  if (!done) return done;
  done = insert_all(database, "INSERT INTO bad_record_reports VALUES (?, ?, ?, ?, ?)", run.bad_record_reports,
                    [&](Statement& into, std::int64_t at, const BadRecordReport& report) {
                      return into.run(row, at, report.file, report.line, report.reason);
                    });
  if (!done) return done;
  return insert_all(database, "INSERT INTO remarks VALUES (?, ?, ?, ?, ?, ?, ?)", run.remarks,
                    [&](Statement& into, std::int64_t at, const Remark& remark) {
                      return into.run(row, at, static_cast<std::int64_t>(remark.kind), remark.count, remark.file,
                                      remark.line, remark.example);
                    });
}

// What a tool told of all requests together lies among the series, as one of this kind.
constexpr auto kReportedTotal = static_cast<std::int64_t>(SampleKind::sub_result) + 1;

Result<void> insert_timeline(const Database& database, Statement& blocks, const Timeline& timeline) {
  const std::int64_t series_row = database.last_insert_id();
  std::int64_t position = 0;
  for (auto at = timeline.begin(); at != Timeline::end();) {
    TimelineBlockWriter out;
    for (; at != Timeline::end() && out.size() < kTimelineBlockBytes; ++at) out.add(at->first, at->second);
    const std::string block = std::move(out).seal();
    if (auto done = blocks.run(series_row, position++, Blob{block}); !done) return done;
  }
  return {};
}

Result<void> insert_series(const Database& database, std::int64_t row, const Run& run) {
  Result<Statement> blocks = database.prepare("INSERT INTO timeline_blocks (series, position, block) VALUES (?, ?, ?)");
  if (!blocks) return std::unexpected(blocks.error());
  constexpr auto* kInsert = "INSERT INTO series (run, position, endpoint, kind, total) VALUES (?, ?, ?, ?, ?)";
  auto done = insert_all(database, kInsert, run.series,
                         [&](Statement& into, std::int64_t at, const Series& series) -> Result<void> {
                           const std::string total = encode_tally(series.total);
                           const auto kind = static_cast<std::int64_t>(series.kind);
                           auto inserted = into.run(row, at, series.endpoint, kind, Blob{total});
                           return inserted ? insert_timeline(database, *blocks, series.timeline) : inserted;
                         });
  if (!done || !run.reported) return done;
  const std::string total = encode_tally(run.reported->total);
  done = run_once(database, kInsert, row, static_cast<std::int64_t>(run.series.size()), std::string_view(),
                  kReportedTotal, Blob{total});
  return done ? insert_timeline(database, *blocks, Timeline(run.reported->timeline)) : done;
}

Result<void> load_head(const Database& database, std::int64_t row, Run& run) {
  return for_each_row(
      database,
      "SELECT run_id, test_name, tool, started_ns, ended_ns, interval_seconds, unattributed_received, "
      "unattributed_sent,"
      " other_samples, bad_records, active_users, reported, reported_rps, knows_received, knows_sent"
      " FROM runs WHERE id = ?",
      [&](const Statement& from) -> Result<void> {
        run.info.run_id = from.text_at(0);
        run.info.test_name = from.text_at(1);
        run.info.tool = from.text_at(2);
        run.started_ns = from.int_at(3);
        run.ended_ns = from.int_at(4);
        run.interval_seconds = from.int_at(5);
        run.unattributed_received = from.uint_at(6);
        run.unattributed_sent = from.uint_at(7);
        run.other_samples = from.uint_at(8);
        run.bad_records = from.uint_at(9);
        if (std::int64_t duration = 0; __builtin_sub_overflow(run.ended_ns, run.started_ns, &duration)) {
          return std::unexpected(damaged("start and end make no sense"));
        }
        auto users = decode_active_users(from.bytes_at(10));
        if (!users) return std::unexpected(users.error());
        run.active_users = std::move(*users);
        run.knows_received = from.int_at(13) != 0;
        run.knows_sent = from.int_at(14) != 0;
        if (from.int_at(11) != 0) run.reported.emplace().throughput_rps = from.known_double_at(12);
        return {};
      },
      row);
}

Result<void> load_details(const Database& database, std::int64_t row, Run& run) {
  Result<void> done = for_each_row(
      database, "SELECT key, value FROM tags WHERE run = ?",
      [&](const Statement& from) -> Result<void> {
        run.info.tags.emplace(from.text_at(0), from.text_at(1));
        return {};
      },
      row);
  if (!done) return done;
  done = for_each_row(
      database, "SELECT file FROM files WHERE run = ? ORDER BY position",
      [&](const Statement& from) -> Result<void> {
        run.info.files.push_back(from.text_at(0));
        return {};
      },
      row);
  if (!done) return done;
  done = for_each_row(
      database, "SELECT status, error_type FROM outcomes WHERE run = ? ORDER BY position",
      [&](const Statement& from) -> Result<void> {
        run.outcomes.push_back({from.text_at(0), from.text_at(1)});
        return {};
      },
      row);
  if (!done) return done;
  done = for_each_row(
      database, "SELECT file, line, reason FROM bad_record_reports WHERE run = ? ORDER BY position",
      [&](const Statement& from) -> Result<void> {
        run.bad_record_reports.push_back({from.text_at(0), from.uint_at(1), from.text_at(2)});
        return {};
      },
      row);
  if (!done) return done;
  return for_each_row(
      database, "SELECT kind, count, file, line, example FROM remarks WHERE run = ? ORDER BY position",
      [&](const Statement& from) -> Result<void> {
        const std::int64_t kind = from.int_at(0);
        if (kind < 0 || kind > static_cast<std::int64_t>(RemarkKind::unreadable_value)) {
          return std::unexpected(damaged("a remark is of an unknown kind"));
        }
        run.remarks.push_back(
            {static_cast<RemarkKind>(kind), from.uint_at(1), from.text_at(2), from.uint_at(3), from.text_at(4)});
        return {};
      },
      row);
}

Result<void> load_timeline(Statement& blocks, std::int64_t series_row, const Run& run, TimelineFile& file,
                           Timeline& timeline) {
  blocks.bind(series_row);
  for (;;) {
    const Result<bool> found = blocks.step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return {};
    std::string bytes(blocks.bytes_at(0));
    const auto slots = check_timeline_block(bytes, run.outcomes.size());
    if (!slots) return std::unexpected(slots.error());
    if (!timeline.empty() && slots->first <= timeline.last())
      return std::unexpected(damaged("blocks of a timeline overlap"));
    timeline.add(file.keep_encoded(std::move(bytes), slots->first, slots->second));
  }
}

Result<void> load_series(const Database& database, std::int64_t row, TimelineFile& file, Run& run) {
  Result<Statement> blocks = database.prepare("SELECT block FROM timeline_blocks WHERE series = ? ORDER BY position");
  if (!blocks) return std::unexpected(blocks.error());
  return for_each_row(
      database, "SELECT id, endpoint, kind, total FROM series WHERE run = ? ORDER BY position",
      [&](const Statement& from) -> Result<void> {
        const bool is_reported_total = from.int_at(2) == kReportedTotal && run.reported;
        if (from.int_at(2) < 0 || (from.int_at(2) >= kReportedTotal && !is_reported_total)) {
          return std::unexpected(damaged("a series is of an unknown kind"));
        }
        Result<Tally> total = decode_tally(from.bytes_at(3), run.outcomes.size());
        if (!total) return std::unexpected(total.error());
        Timeline timeline;
        if (auto done = load_timeline(*blocks, from.int_at(0), run, file, timeline); !done) return done;
        // Slots count in intervals: all must lie within the time that nanoseconds in 64 bits can tell.
        const std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
        if (run.interval_seconds < 1 || (!timeline.empty() && (timeline.first() < -most / run.interval_seconds ||
                                                               timeline.last() >= most / run.interval_seconds))) {
          return std::unexpected(damaged("the time interval makes no sense"));
        }
        if (is_reported_total) {
          run.reported->total = std::move(*total);
          for (const auto& [slot, tally] : timeline) run.reported->timeline.emplace(slot, tally);
        } else {
          run.series.push_back(
              {from.text_at(1), static_cast<SampleKind>(from.int_at(2)), std::move(*total), std::move(timeline)});
        }
        return {};
      },
      row);
}

Result<void> insert_ledger(const Database& database, std::int64_t row, const std::vector<LedgerEntry>& ledger) {
  Result<Statement> problems = database.prepare("INSERT INTO ledger_problems VALUES (?, ?, ?, ?)");
  if (!problems) return std::unexpected(problems.error());
  return insert_all(
      database, "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ledger,
      [&](Statement& into, std::int64_t at, const LedgerEntry& entry) -> Result<void> {
        if (auto done = into.run(row, at, entry.output, entry.accepted, entry.rejected, entry.pending, entry.items,
                                 entry.retries, entry.target, std::int64_t{entry.settled}, std::int64_t{entry.named});
            !done) {
          return done;
        }
        std::int64_t position = 0;
        for (const std::string& problem : entry.problems) {
          if (auto done = problems->run(row, at, position++, problem); !done) return done;
        }
        return {};
      });
}

/// Run ids that a query finds; first what was read last: whatever is saved gets the highest id.
template <typename... Values>
Result<std::vector<std::string>> run_ids(const Database& database, std::string_view condition,
                                         const Values&... values) {
  std::vector<std::string> ids;
  auto done = for_each_row(
      database,
      fmt::format("SELECT run_id FROM runs WHERE {} ORDER BY id DESC LIMIT {}", condition, kMaxCandidates + 1),
      [&](const Statement& from) -> Result<void> {
        ids.push_back(from.text_at(0));
        return {};
      },
      values...);
  if (!done) return std::unexpected(done.error());
  return ids;
}

}  // namespace

struct RunStore::Impl {
  Database database;
  std::filesystem::path folder;
};

RunStore::RunStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunStore::~RunStore() = default;

Result<std::unique_ptr<RunStore>> RunStore::open(const std::filesystem::path& file) {
  if (file.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    if (error)
      return fail(ErrorCode::io, fmt::format("run store folder {}: {}", file.parent_path().string(), error.message()));
  }
  Result<Database> database = Database::open(file);
  if (!database) return std::unexpected(database.error());
  // Large pages suit blobs of 64 KiB. FULL: a run that was saved survives a power loss, for one more sync per save.
  auto done = database->execute("PRAGMA page_size = 16384; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  if (done) done = migrate(*database, file.string());
  if (!done) return std::unexpected(done.error());
  return std::unique_ptr<RunStore>(new RunStore(std::make_unique<Impl>(std::move(*database), file.parent_path())));
}

Result<void> RunStore::save(const Run& run, const std::vector<LedgerEntry>& ledger) {
  const Database& database = impl_->database;
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  auto done = run_once(database, "DELETE FROM runs WHERE run_id = ?", run.info.run_id);
  if (!done) return done;
  const Result<std::int64_t> row = insert_run(database, run);
  if (!row) return std::unexpected(row.error());
  done = insert_details(database, *row, run);
  if (done) done = insert_series(database, *row, run);
  if (done) done = insert_ledger(database, *row, ledger);
  if (!done) return done;
  return transaction->commit();
}

Result<void> RunStore::save_ledger(std::string_view run_id, const std::vector<LedgerEntry>& ledger) {
  const Database& database = impl_->database;
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  const Result<std::int64_t> row = row_of(database, run_id);
  if (!row) return std::unexpected(row.error());
  auto done = run_once(database, "DELETE FROM ledger WHERE run = ?", *row);
  if (done) done = insert_ledger(database, *row, ledger);
  if (!done) return done;
  return transaction->commit();
}

Result<std::vector<RunRow>> RunStore::list() const {
  const Database& database = impl_->database;
  std::vector<RunRow> rows;
  std::map<std::int64_t, std::map<std::string, std::string>> tags;
  auto done = for_each_row(database, "SELECT run, key, value FROM tags", [&](const Statement& from) -> Result<void> {
    tags[from.int_at(0)].emplace(from.text_at(1), from.text_at(2));
    return {};
  });
  if (!done) return std::unexpected(done.error());
  done = for_each_row(database,
                      "SELECT id, run_id, test_name, tool, started_ns, ended_ns, samples, errors, p95_seconds, read_ns"
                      " FROM runs ORDER BY id DESC",
                      [&](const Statement& from) -> Result<void> {
                        RunRow& row = rows.emplace_back();
                        row.run_id = from.text_at(1);
                        row.test_name = from.text_at(2);
                        row.tool = from.text_at(3);
                        row.started_ns = from.int_at(4);
                        std::int64_t duration = 0;  // saving refuses a run whose length overflows
                        if (!__builtin_sub_overflow(from.int_at(5), row.started_ns, &duration)) {
                          row.duration_seconds = static_cast<double>(duration) / 1e9;
                        }
                        row.samples = from.uint_at(6);
                        row.errors = from.uint_at(7);
                        row.p95_seconds = from.known_double_at(8);
                        if (!from.is_null(9)) row.read_ns = from.int_at(9);
                        if (auto found = tags.find(from.int_at(0)); found != tags.end())
                          row.tags = std::move(found->second);
                        return {};
                      });
  if (!done) return std::unexpected(done.error());
  return rows;
}

Result<std::string> RunStore::resolve(std::string_view id) const {
  const Database& database = impl_->database;
  if (id.empty()) return fail(ErrorCode::usage, "name a run: its id or the start of it, its test name, or \"latest\"");
  // What matches whole beats what matches in part.
  for (const std::string_view condition : {"run_id = ?1", "?1 = 'latest'", "test_name = ?1"}) {
    const auto ids = run_ids(database, condition, id);
    if (!ids) return std::unexpected(ids.error());
    if (!ids->empty()) return ids->front();
  }
  const auto ids = run_ids(database, "substr(run_id, 1, length(?1)) = ?1", id);
  if (!ids) return std::unexpected(ids.error());
  if (ids->size() == 1) return ids->front();
  if (ids->empty()) return std::unexpected(no_such_run(id));
  const bool more = ids->size() > kMaxCandidates;
  const auto end = more ? ids->end() - 1 : ids->end();
  return fail(ErrorCode::usage, fmt::format("\"{}\" could be any of these runs: {}{}", id,
                                            fmt::join(ids->begin(), end, ", "), more ? ", ..." : ""));
}

Result<Run> RunStore::load(std::string_view run_id) const {
  const Database& database = impl_->database;
  const auto read = [&]() -> Result<Run> {
    const Result<std::int64_t> row = row_of(database, run_id);
    if (!row) return std::unexpected(row.error());
    Run run;
    Result<void> done = load_head(database, *row, run);
    if (done) done = load_details(database, *row, run);
    TimelineFile file(impl_->folder);
    if (done) done = load_series(database, *row, file, run);
    if (!done) return std::unexpected(done.error());
    return run;
  };
  // One read transaction: another process may be replacing the run.
  if (auto begun = database.execute("BEGIN"); !begun) return std::unexpected(begun.error());
  Result<Run> run = read();
  if (auto ended = database.execute("COMMIT"); !ended && run) return std::unexpected(ended.error());
  return run;
}

Result<std::vector<LedgerEntry>> RunStore::load_ledger(std::string_view run_id) const {
  const Database& database = impl_->database;
  const Result<std::int64_t> row = row_of(database, run_id);
  if (!row) return std::unexpected(row.error());
  std::vector<LedgerEntry> ledger;
  std::int64_t position = -1;
  auto done = for_each_row(
      database,
      "SELECT position, output, accepted, rejected, pending, items, retries, target, settled, named, problem FROM "
      "ledger"
      " LEFT JOIN (SELECT run AS of_run, ledger_position, position AS at, problem FROM ledger_problems)"
      " ON of_run = run AND ledger_position = position WHERE run = ? ORDER BY position, at",
      [&](const Statement& from) -> Result<void> {
        if (ledger.empty() || from.int_at(0) != position) {
          position = from.int_at(0);
          LedgerEntry& entry = ledger.emplace_back();
          entry.output = from.text_at(1);
          entry.accepted = from.uint_at(2);
          entry.rejected = from.uint_at(3);
          entry.pending = from.uint_at(4);
          entry.items = from.uint_at(5);
          entry.retries = from.uint_at(6);
          entry.target = from.text_at(7);
          entry.settled = from.int_at(8) != 0;
          entry.named = from.int_at(9) != 0;
        }
        if (!from.is_null(10)) ledger.back().problems.push_back(from.text_at(10));
        return {};
      },
      *row);
  if (!done) return std::unexpected(done.error());
  return ledger;
}

Result<std::vector<std::string>> RunStore::unsettled() const {
  std::vector<std::string> ids;
  auto done = for_each_row(impl_->database,
                           "SELECT run_id FROM runs WHERE id IN (SELECT run FROM ledger WHERE settled = 0)"
                           " ORDER BY started_ns, id",
                           [&](const Statement& from) -> Result<void> {
                             ids.push_back(from.text_at(0));
                             return {};
                           });
  if (!done) return std::unexpected(done.error());
  return ids;
}

Result<void> RunStore::tag(std::string_view run_id, std::string_view key, std::string_view value) {
  const Database& database = impl_->database;
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  const Result<std::int64_t> row = row_of(database, run_id);
  if (!row) return std::unexpected(row.error());
  auto done = value.empty() ? run_once(database, "DELETE FROM tags WHERE run = ? AND key = ?", *row, key)
                            : run_once(database, "INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", *row, key, value);
  if (!done) return done;
  return transaction->commit();
}

Result<void> RunStore::remove(std::string_view run_id) {
  if (auto done = run_once(impl_->database, "DELETE FROM runs WHERE run_id = ?", run_id); !done) return done;
  if (impl_->database.changes() == 0) return std::unexpected(no_such_run(run_id));
  return {};
}

}  // namespace omniwriter
