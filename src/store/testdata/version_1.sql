-- A store as the first release wrote it. Never regenerate: it stands for the files that users have.
PRAGMA application_id = 1332571735;
PRAGMA user_version = 1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO runs VALUES(1,'release-1','checkout','jmeter',1795446856000000000,1795446858000000000,20,2,0.89978421425019206036,1,0,0,0,1,X'015590e1a2b00d0a0659f0a7');
CREATE TABLE tags (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
INSERT INTO tags VALUES(1,'branch','main');
CREATE TABLE files (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  file TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
INSERT INTO files VALUES(1,0,'results.jtl');
CREATE TABLE outcomes (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  status TEXT NOT NULL,
  error_type TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
INSERT INTO outcomes VALUES(1,0,'200','');
INSERT INTO outcomes VALUES(1,1,'500','http_500');
CREATE TABLE bad_record_reports (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
INSERT INTO bad_record_reports VALUES(1,0,'results.jtl',7,'not a number');
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  kind INTEGER NOT NULL,
  total BLOB NOT NULL,
  UNIQUE (run, position)
) STRICT;
INSERT INTO series VALUES(1,1,0,'GET /',0,X'01541b00f81e788407f33910e90500000200120102904e0013c9ae1f');
CREATE TABLE timeline_blocks (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
  position INTEGER NOT NULL,
  block BLOB NOT NULL,
  UNIQUE (series, position)
) STRICT;
INSERT INTO timeline_blocks VALUES(1,1,0,X'014c90e1a2b00d1b00bc0f788407f33907e805000200090101882700011b00bc0f788407f33907e805000200090101882700b426802c');
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
INSERT INTO ledger VALUES(1,0,'influxdb',18,0,2,1,3);
CREATE TABLE ledger_problems (
  run INTEGER NOT NULL,
  ledger_position INTEGER NOT NULL,
  position INTEGER NOT NULL,
  problem TEXT NOT NULL,
  PRIMARY KEY (run, ledger_position, position),
  FOREIGN KEY (run, ledger_position) REFERENCES ledger ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO ledger_problems VALUES(1,0,0,'timeout');
CREATE INDEX runs_by_start ON runs (started_ns);
COMMIT;
