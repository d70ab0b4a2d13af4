#include "store/schema.h"

#include <fmt/format.h>

#include <array>

namespace omniwriter {
namespace {

// "OmnW": tells our files from those of other programs.
constexpr std::int64_t kApplicationId = 0x4f6d6e57;

// Migration i takes a file of PRAGMA user_version i to i + 1. What is released is never edited: changes are appended.
constexpr std::array kMigrations{
    R"sql(
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  test_name TEXT NOT NULL,
  tool TEXT NOT NULL,
  started_ns INTEGER NOT NULL,
  ended_ns INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  p95_seconds REAL NOT NULL,
  interval_seconds INTEGER NOT NULL,
  unattributed_received INTEGER NOT NULL,
  unattributed_sent INTEGER NOT NULL,
  other_samples INTEGER NOT NULL,
  bad_records INTEGER NOT NULL,
  active_users BLOB NOT NULL
) STRICT;
CREATE INDEX runs_by_start ON runs (started_ns);
CREATE TABLE tags (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE files (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  file TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcomes (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  status TEXT NOT NULL,
  error_type TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE bad_record_reports (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  kind INTEGER NOT NULL,
  total BLOB NOT NULL,
  UNIQUE (run, position)
) STRICT;
CREATE TABLE timeline_blocks (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
  position INTEGER NOT NULL,
  block BLOB NOT NULL,
  UNIQUE (series, position)
) STRICT;
CREATE TABLE ledger (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  output TEXT NOT NULL,
  accepted INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  items INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_problems (
  run INTEGER NOT NULL,
  ledger_position INTEGER NOT NULL,
  position INTEGER NOT NULL,
  problem TEXT NOT NULL,
  PRIMARY KEY (run, ledger_position, position),
  FOREIGN KEY (run, ledger_position) REFERENCES ledger ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
)sql",
    // Runs of tools that kept no samples: their 95th percentile may not be known, and throughput and total are told.
    R"sql(
ALTER TABLE runs ADD COLUMN p95 REAL;
UPDATE runs SET p95 = p95_seconds;
ALTER TABLE runs DROP COLUMN p95_seconds;
ALTER TABLE runs RENAME COLUMN p95 TO p95_seconds;
ALTER TABLE runs ADD COLUMN reported INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN reported_rps REAL;
)sql",
    // Where an output delivers to, so that what is pending can be delivered later.
    R"sql(
ALTER TABLE ledger ADD COLUMN target TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN settled INTEGER NOT NULL DEFAULT 1;
UPDATE ledger SET settled = 0 WHERE pending > 0;
)sql",
    // When a run was read, which may be long after it ended. Unknown of the runs before.
    R"sql(
ALTER TABLE runs ADD COLUMN read_ns INTEGER;
DROP INDEX runs_by_start;
)sql",
    // Whether bytes are known, and what files hold besides samples.
    R"sql(
ALTER TABLE runs ADD COLUMN knows_received INTEGER NOT NULL DEFAULT 1;
ALTER TABLE runs ADD COLUMN knows_sent INTEGER NOT NULL DEFAULT 1;
CREATE TABLE remarks (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  count INTEGER NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  example TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
)sql",
    // Whether the target was given on the command line, and so is no part of the configuration.
    R"sql(
ALTER TABLE ledger ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
)sql",
};

Result<std::int64_t> version_of(const Database& database, std::string_view file) {
  // The tables first: another process may be creating them, along with the two numbers, just now.
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  const auto application = database.number("PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  const auto version = database.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (tables->value_or(0) > 0 && application->value_or(0) != kApplicationId) {
    return fail(ErrorCode::usage, fmt::format("{} is a database of another program, not a run store", file));
  }
  if (version->value_or(0) > static_cast<std::int64_t>(kMigrations.size())) {
    return fail(ErrorCode::usage,
                fmt::format("run store {} has schema version {}, this program knows versions up to {}: use a newer "
                            "omniwriter, or another file with --store",
                            file, version->value_or(0), kMigrations.size()));
  }
  return version->value_or(0);
}

}  // namespace

Result<void> migrate(const Database& database, std::string_view file) {
  Result<std::int64_t> version = version_of(database, file);
  if (!version) return std::unexpected(version.error());
  if (database.read_only()) {
    if (*version == static_cast<std::int64_t>(kMigrations.size())) return {};
    return fail(ErrorCode::io, fmt::format("run store {} is of an older version, and can only be read: open it once "
                                           "where it can be written",
                                           file));
  }
  if (auto done = database.use_wal(); !done) return done;
  if (*version == static_cast<std::int64_t>(kMigrations.size())) return {};

  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  // Another process may have migrated while this one waited for the lock.
  version = version_of(database, file);
  if (!version) return std::unexpected(version.error());
  for (auto next = static_cast<std::size_t>(*version); next < kMigrations.size(); ++next) {
    if (auto done = database.execute(kMigrations[next]); !done) return done;
  }
  const std::string stamp =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, kMigrations.size());
  if (auto done = database.execute(stamp.c_str()); !done) return done;
  return transaction->commit();
}

}  // namespace omniwriter
