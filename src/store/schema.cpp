#include "store/schema.h"

#include <fmt/format.h>

#include <array>

#include "base/try.h"

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
    // Runs that are changed where they lie: the order in which they were saved is told apart from their rows, and what
    // tells blocks of a timeline from one another. What makes up a run has a checksum.
    R"sql(
ALTER TABLE runs ADD COLUMN vitals BLOB;
ALTER TABLE runs ADD COLUMN checksum INTEGER;
ALTER TABLE runs ADD COLUMN saved INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET saved = id;
CREATE INDEX runs_by_saving ON runs (saved);
ALTER TABLE timeline_blocks ADD COLUMN first_slot INTEGER;
ALTER TABLE timeline_blocks ADD COLUMN last_slot INTEGER;
ALTER TABLE timeline_blocks ADD COLUMN checksum INTEGER;
CREATE INDEX timeline_blocks_by_slot ON timeline_blocks (series, first_slot, last_slot, checksum);
CREATE TABLE sources (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  samples INTEGER,
  started_ns INTEGER NOT NULL,
  ended_ns INTEGER NOT NULL,
  active_users_max INTEGER NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
)sql",
    // The slots of all requests may be narrower than those of endpoints; null: the same. What tools said of errors.
    R"sql(
ALTER TABLE runs ADD COLUMN all_interval_seconds INTEGER;
CREATE TABLE error_messages (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  error_type TEXT NOT NULL,
  message TEXT NOT NULL,
  count INTEGER NOT NULL,
  first_ns INTEGER NOT NULL,
  last_ns INTEGER NOT NULL,
  example TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
)sql",
    // What else a run knows; and what was found out about it, which is gone once the run is another: `checksum` is that
    // of the run that it is of.
    R"sql(
ALTER TABLE runs ADD COLUMN phase_seconds INTEGER;
CREATE TABLE environment (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE scenario_users (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  scenario TEXT NOT NULL,
  users BLOB NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE observed (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  series BLOB NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE tool_verdicts (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  subject TEXT NOT NULL,
  expected TEXT NOT NULL,
  passed INTEGER,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE digests (
  run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
  checksum INTEGER,
  digest BLOB NOT NULL
) STRICT;
CREATE TABLE judgements (
  run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
  checksum INTEGER,
  verdict TEXT NOT NULL,
  judgement TEXT NOT NULL
) STRICT;
)sql",
};

Result<std::int64_t> version_of(const Database& database, std::string_view file) {
  // The tables first: another process may be creating them, along with the two numbers, just now.
  const std::int64_t tables = TRY(database.number("SELECT count(*) FROM sqlite_schema")).value_or(0);
  const std::int64_t application = TRY(database.number("PRAGMA application_id")).value_or(0);
  const std::int64_t version = TRY(database.number("PRAGMA user_version")).value_or(0);
  if (tables > 0 && application != kApplicationId) {
    return fail(ErrorCode::usage, fmt::format("{} is a database of another program, not a run store", file));
  }
  if (version > schema_version()) {
    return fail(ErrorCode::usage,
                fmt::format("run store {} has schema version {}, this program knows versions up to {}: use a newer "
                            "omniwriter, or another file with --store",
                            file, version, kMigrations.size()));
  }
  return version;
}

Result<void> bring_to(const Database& database, std::int64_t from, std::int64_t to) {
  for (std::int64_t version = from; version < to; ++version) {
    TRY(database.execute(kMigrations[static_cast<std::size_t>(version)]));
  }
  const std::string stamp = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, to);
  return database.execute(stamp.c_str());
}

}  // namespace

Result<void> migrate(const Database& database, std::string_view file) {
  std::int64_t version = TRY(version_of(database, file));
  if (database.read_only()) {
    if (version == schema_version()) return {};
    return fail(ErrorCode::io, fmt::format("run store {} is of an older version, and can only be read: open it once "
                                           "where it can be written",
                                           file));
  }
  TRY(database.use_wal());
  if (version == schema_version()) return {};

  Transaction transaction = TRY(Transaction::begin(database));
  // Another process may have migrated while this one waited for the lock.
  version = TRY(version_of(database, file));
  TRY(bring_to(database, version, schema_version()));
  return transaction.commit();
}

std::int64_t schema_version() { return static_cast<std::int64_t>(kMigrations.size()); }

Result<void> create_schema(const Database& database, std::int64_t version) { return bring_to(database, 0, version); }

}  // namespace omniwriter
