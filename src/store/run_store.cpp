#include "store/run_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/rfc3339.h"
#include "base/try.h"
#include "formats/judgement_codec/judgement_codec.h"
#include "store/rows.h"
#include "store/run_store_impl.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/stored_run.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxCandidates = 10;  // that an error about an ambiguous name lists

Error no_such_run(std::string_view run_id) {
  return {ErrorCode::not_found,
          fmt::format("there is no run \"{}\" in the store; `omniwriter runs list` shows them all", run_id), false};
}

/// An error where a run has this id, unless it is of the same test as `run`: what was read of more or less of that
/// bears the same name, and a time that both share.
Result<void> check_id(const Database& database, std::string_view run_id, const Run* run) {
  return for_each_row(
      database, "SELECT test_name, started_ns, ended_ns FROM runs WHERE run_id = ?",
      [&](const Statement& from) -> Result<void> {
        const std::int64_t started_ns = from.int_at(1);
        const bool same_time = run != nullptr && started_ns <= run->ended_ns && run->started_ns <= from.int_at(2);
        if (same_time && from.text_at(0) == run->info.test_name) return {};
        return fail(ErrorCode::conflict,
                    fmt::format("run {0} is in the store, and is another one: test {1}, started {2}; choose another id "
                                "with --run-id, or remove that run: omniwriter runs rm {0}",
                                run_id, from.text_at(0), format_rfc3339(started_ns)));
      },
      run_id);
}

Result<void> write_ledger(const Database& database, std::int64_t row, const std::vector<LedgerEntry>& ledger) {
  TRY(run_once(database, "DELETE FROM ledger WHERE run = ?", row));
  Statement problems = TRY(database.prepare("INSERT INTO ledger_problems VALUES (?, ?, ?, ?)"));
  return insert_all(
      database, "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ledger,
      [&](Statement& into, std::int64_t at, const LedgerEntry& entry) -> Result<void> {
        TRY(into.run(row, at, entry.output, entry.accepted, entry.rejected, entry.pending, entry.items, entry.retries,
                     entry.target, std::int64_t{entry.settled}, std::int64_t{entry.named}));
        std::int64_t position = 0;
        for (const std::string& problem : entry.problems) TRY(problems.run(row, at, position++, problem));
        return {};
      });
}

/// Run ids that a query finds; first what was saved last.
template <typename... Values>
Result<std::vector<std::string>> run_ids(const Database& database, std::string_view condition,
                                         const Values&... values) {
  std::vector<std::string> ids;
  TRY(for_each_row(
      database,
      fmt::format("SELECT run_id FROM runs WHERE {} ORDER BY saved DESC LIMIT {}", condition, kMaxCandidates + 1),
      [&](const Statement& from) -> Result<void> {
        ids.push_back(from.text_at(0));
        return {};
      },
      values...));
  return ids;
}

}  // namespace

Result<std::int64_t> row_of(const Database& database, std::string_view run_id) {
  Statement statement = TRY(database.prepare("SELECT id FROM runs WHERE run_id = ?"));
  if (!TRY(statement.bind(run_id).step())) return std::unexpected(no_such_run(run_id));
  return statement.int_at(0);
}

RunStore::RunStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunStore::~RunStore() = default;

Result<std::unique_ptr<RunStore>> RunStore::open(const std::filesystem::path& file) {
  if (file.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    if (error)
      return fail(ErrorCode::io, fmt::format("run store folder {}: {}", file.parent_path().string(), error.message()));
  }
  Database database = TRY(Database::open(file));
  // Large pages suit blobs of 64 KiB. FULL: a run that was saved survives a power loss, for one more sync per save.
  TRY(database.execute("PRAGMA page_size = 16384; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"));
  TRY(migrate(database, file.string()));
  return std::unique_ptr<RunStore>(new RunStore(std::make_unique<Impl>(std::move(database), file.parent_path())));
}

Result<void> RunStore::save(const Run& run, const std::vector<LedgerEntry>& ledger) {
  const Database& database = impl_->database;
  Transaction transaction = TRY(Transaction::begin(database));
  TRY(check_id(database, run.info.run_id, &run));
  const std::int64_t row = TRY(write_run(database, run));
  TRY(write_ledger(database, row, ledger));
  return transaction.commit();
}

Result<void> RunStore::check_id_is_free(std::string_view run_id) const {
  return check_id(impl_->database, run_id, nullptr);
}

Result<void> RunStore::save_ledger(std::string_view run_id, const std::vector<LedgerEntry>& ledger) {
  const Database& database = impl_->database;
  Transaction transaction = TRY(Transaction::begin(database));
  const std::int64_t row = TRY(row_of(database, run_id));
  TRY(write_ledger(database, row, ledger));
  return transaction.commit();
}

Result<std::vector<RunRow>> RunStore::list() const {
  const Database& database = impl_->database;
  std::vector<RunRow> rows;
  std::map<std::int64_t, std::map<std::string, std::string>> tags;
  TRY(for_each_row(database, "SELECT run, key, value FROM tags", [&](const Statement& from) -> Result<void> {
    tags[from.int_at(0)].emplace(from.text_at(1), from.text_at(2));
    return {};
  }));
  TRY(for_each_row(database,
                   "SELECT id, run_id, test_name, tool, started_ns, ended_ns, samples, errors, p95_seconds, read_ns,"
                   " (SELECT verdict FROM judgements WHERE run = id AND judgements.checksum IS runs.checksum)"
                   " FROM runs ORDER BY saved DESC",
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
                     row.verdict = from.text_at(10);
                     if (auto found = tags.find(from.int_at(0)); found != tags.end())
                       row.tags = std::move(found->second);
                     return {};
                   }));
  return rows;
}

Result<std::string> RunStore::resolve(std::string_view id) const {
  const Database& database = impl_->database;
  if (id.empty()) return fail(ErrorCode::usage, "name a run: its id or the start of it, its test name, or \"latest\"");
  // What matches whole beats what matches in part.
  for (const std::string_view condition : {"run_id = ?1", "?1 = 'latest'", "test_name = ?1"}) {
    const auto ids = TRY(run_ids(database, condition, id));
    if (!ids.empty()) return ids.front();
  }
  const auto ids = TRY(run_ids(database, "substr(run_id, 1, length(?1)) = ?1", id));
  if (ids.size() == 1) return ids.front();
  if (ids.empty()) return std::unexpected(no_such_run(id));
  const bool more = ids.size() > kMaxCandidates;
  const auto end = more ? ids.end() - 1 : ids.end();
  return fail(ErrorCode::usage, fmt::format("\"{}\" could be any of these runs: {}{}", id,
                                            fmt::join(ids.begin(), end, ", "), more ? ", ..." : ""));
}

Result<Run> RunStore::load(std::string_view run_id, Timelines timelines) const {
  const Database& database = impl_->database;
  const auto read = [&]() -> Result<Run> {
    return read_run(database, TRY(row_of(database, run_id)), timelines, impl_->folder);
  };
  // One read transaction: another process may be replacing the run.
  TRY(database.execute("BEGIN"));
  Result<Run> run = read();
  if (auto ended = database.execute("COMMIT"); !ended && run) return std::unexpected(ended.error());
  return run;
}

Result<std::vector<LedgerEntry>> RunStore::load_ledger(std::string_view run_id) const {
  const Database& database = impl_->database;
  const std::int64_t row = TRY(row_of(database, run_id));
  std::vector<LedgerEntry> ledger;
  std::int64_t position = -1;
  TRY(for_each_row(
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
      row));
  return ledger;
}

Result<RunDigest> RunStore::load_digest(std::string_view run_id) const {
  const Database& database = impl_->database;
  std::int64_t row = 0;
  std::optional<std::int64_t> checksum;
  std::optional<RunDigest> digest;
  const auto read = [&]() -> Result<Run> {
    row = TRY(row_of(database, run_id));
    digest = TRY(read_digest(database, row));
    if (digest) return Run{};
    checksum = TRY(checksum_in(database, row));
    return read_run(database, row, Timelines::of_endpoints, impl_->folder);
  };
  TRY(database.execute("BEGIN"));
  Result<Run> run = read();
  if (auto ended = database.execute("COMMIT"); !ended && run) return std::unexpected(ended.error());
  if (!run) return std::unexpected(std::move(run).error());
  if (digest) return *std::move(digest);
  digest = digest_of(*run);
  // Where it cannot be kept, it is made again another time.
  if (!database.read_only()) std::ignore = write_digest(database, row, *digest, checksum);
  return *std::move(digest);
}

Result<void> RunStore::save_judgement(std::string_view run_id, const Judgement& judgement) {
  const Database& database = impl_->database;
  Transaction transaction = TRY(Transaction::begin(database));
  const std::int64_t row = TRY(row_of(database, run_id));
  TRY(run_once(database,
               "INSERT OR REPLACE INTO judgements"
               " SELECT id, checksum, coalesce(json_extract(?1, '$.verdict'), ''), ?1 FROM runs WHERE id = ?2",
               encode_judgement(judgement), row));
  return transaction.commit();
}

Result<std::optional<Judgement>> RunStore::load_judgement(std::string_view run_id) const {
  const Database& database = impl_->database;
  const std::int64_t row = TRY(row_of(database, run_id));
  Statement statement = TRY(database.prepare(
      "SELECT judgement FROM judgements JOIN runs ON run = id AND judgements.checksum IS runs.checksum WHERE run = ?"));
  const bool judged = TRY(statement.bind(row).step());
  if (!judged) return std::nullopt;
  return decode_judgement(statement.bytes_at(0));
}

Result<std::vector<std::string>> RunStore::unsettled() const {
  std::vector<std::string> ids;
  TRY(for_each_row(impl_->database,
                   "SELECT run_id FROM runs WHERE id IN (SELECT run FROM ledger WHERE settled = 0)"
                   " ORDER BY started_ns, id",
                   [&](const Statement& from) -> Result<void> {
                     ids.push_back(from.text_at(0));
                     return {};
                   }));
  return ids;
}

Result<void> RunStore::tag(std::string_view run_id, std::string_view key, std::string_view value) {
  const Database& database = impl_->database;
  Transaction transaction = TRY(Transaction::begin(database));
  const std::int64_t row = TRY(row_of(database, run_id));
  TRY(value.empty() ? run_once(database, "DELETE FROM tags WHERE run = ? AND key = ?", row, key)
                    : run_once(database, "INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", row, key, value));
  return transaction.commit();
}

Result<void> RunStore::remove(std::string_view run_id) {
  TRY(run_once(impl_->database, "DELETE FROM runs WHERE run_id = ?", run_id));
  if (impl_->database.changes() == 0) return std::unexpected(no_such_run(run_id));
  return {};
}

}  // namespace omniwriter
