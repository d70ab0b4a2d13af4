#include "store/stored_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/stable_hash.h"
#include "base/try.h"
#include "formats/run_codec/run_codec.h"
#include "store/rows.h"
#include "store/timeline_file.h"

namespace omniwriter {
namespace {

// What is told of all requests together lies among the series, as of these kinds.
constexpr std::int64_t kReportedTotal = 3;
constexpr std::int64_t kAllRequests = 4;
// The first kinds of samples are stored as they are, the others from here on.
constexpr std::int64_t kFirstPhase = 10;

std::int64_t stored_kind(SampleKind kind) {
  const auto number = static_cast<std::int64_t>(kind);
  return number < kReportedTotal ? number : number - kReportedTotal + kFirstPhase;
}

std::optional<SampleKind> kind_stored(std::int64_t number) {
  if (number >= kReportedTotal && number < kFirstPhase) return std::nullopt;
  const std::int64_t kind = number < kReportedTotal ? number : number - kFirstPhase + kReportedTotal;
  if (kind < 0 || kind >= static_cast<std::int64_t>(kSampleKinds)) return std::nullopt;
  return static_cast<SampleKind>(kind);
}

constexpr std::array kHead{"run_id",
                           "test_name",
                           "tool",
                           "started_ns",
                           "ended_ns",
                           "interval_seconds",
                           "unattributed_received",
                           "unattributed_sent",
                           "other_samples",
                           "bad_records",
                           "active_users",
                           "reported",
                           "reported_rps",
                           "knows_received",
                           "knows_sent",
                           "vitals",
                           "all_interval_seconds",
                           "phase_seconds"};

Result<std::int64_t> write_head(const Database& database, const Run& run) {
  // Of these, what `runs list` shows.
  constexpr std::array kShown{"samples", "errors", "p95_seconds"};
  const Tally total = run.total();
  const std::string users = encode_active_users(run.active_users);
  const std::string vitals = encode_vitals(run.vitals);
  std::string updates;
  std::string marks;
  for (const auto& columns : {std::span<const char* const>(kHead), std::span<const char* const>(kShown)}) {
    for (const char* const column : columns) {
      updates += fmt::format("{0} = excluded.{0}, ", column);
      marks += "?, ";
    }
  }
  const std::string sql = fmt::format(
      "INSERT INTO runs ({}, {}, read_ns, saved) VALUES ({}unixepoch() * 1000000000, (SELECT coalesce(max(saved), 0) + "
      "1"
      " FROM runs)) ON CONFLICT (run_id) DO UPDATE SET {}read_ns = excluded.read_ns, saved = excluded.saved",
      fmt::join(kHead, ", "), fmt::join(kShown, ", "), marks, updates);
  TRY(run_once(database, sql, run.info.run_id, run.info.test_name, run.info.tool, run.started_ns, run.ended_ns,
               run.interval_seconds, run.unattributed_received, run.unattributed_sent, run.other_samples,
               run.bad_records, Blob{users}, std::int64_t{run.reported.has_value()},
               run.reported ? run.reported->throughput_rps : std::nullopt, std::int64_t{run.knows_received},
               std::int64_t{run.knows_sent}, Blob{vitals}, run.all_interval_seconds, run.phase_seconds, total.samples(),
               run.errors(total), total.quantile(0.95)));
  std::int64_t row = 0;
  TRY(for_each_row(
      database, "SELECT id FROM runs WHERE run_id = ?",
      [&](const Statement& from) -> Result<void> {
        row = from.int_at(0);
        return {};
      },
      run.info.run_id));
  return row;
}

Result<void> write_details(const Database& database, std::int64_t row, const Run& run) {
  for (const char* const table : {"tags", "files", "outcomes", "bad_record_reports", "remarks", "sources",
                                  "error_messages", "environment", "scenario_users", "observed", "tool_verdicts"}) {
    TRY(run_once(database, fmt::format("DELETE FROM {} WHERE run = ?", table), row));
  }
  TRY(insert_all(database, "INSERT INTO tags VALUES (?, ?, ?)", run.info.tags,
                 [&](Statement& into, std::int64_t, const auto& tag) { return into.run(row, tag.first, tag.second); }));
  TRY(insert_all(database, "INSERT INTO files VALUES (?, ?, ?)", run.info.files,
                 [&](Statement& into, std::int64_t at, const std::string& file) { return into.run(row, at, file); }));
  TRY(insert_all(database, "INSERT INTO outcomes VALUES (?, ?, ?, ?)", run.outcomes,
                 [&](Statement& into, std::int64_t at, const Outcome& outcome) {
                   return into.run(row, at, outcome.status, outcome.error_type);
                 }));
  TRY(insert_all(database, "INSERT INTO bad_record_reports VALUES (?, ?, ?, ?, ?)", run.bad_record_reports,
                 [&](Statement& into, std::int64_t at, const BadRecordReport& report) {
                   return into.run(row, at, report.file, report.line, report.reason);
                 }));
  TRY(insert_all(database, "INSERT INTO remarks VALUES (?, ?, ?, ?, ?, ?, ?)", run.remarks,
                 [&](Statement& into, std::int64_t at, const Remark& remark) {
                   return into.run(row, at, static_cast<std::int64_t>(remark.kind), remark.count, remark.file,
                                   remark.line, remark.example);
                 }));
  TRY(insert_all(database, "INSERT INTO error_messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", run.error_messages,
                 [&](Statement& into, std::int64_t at, const ErrorMessage& message) {
                   return into.run(row, at, message.endpoint, message.error_type, message.message, message.count,
                                   message.first_ns, message.last_ns, message.example);
                 }));
  TRY(insert_all(
      database, "INSERT INTO environment VALUES (?, ?, ?, ?)", run.info.environment,
      [&](Statement& into, std::int64_t at, const auto& one) { return into.run(row, at, one.first, one.second); }));
  TRY(insert_all(database, "INSERT INTO scenario_users VALUES (?, ?, ?, ?)", run.users_by_scenario,
                 [&](Statement& into, std::int64_t at, const auto& scenario) {
                   const std::string users = encode_active_users(scenario.second);
                   return into.run(row, at, scenario.first, Blob{users});
                 }));
  TRY(insert_all(database, "INSERT INTO observed VALUES (?, ?, ?)", run.observed,
                 [&](Statement& into, std::int64_t at, const ObservedSeries& observed) {
                   const std::string series = encode_observed(observed);
                   return into.run(row, at, Blob{series});
                 }));
  TRY(insert_all(database, "INSERT INTO tool_verdicts VALUES (?, ?, ?, ?, ?)", run.tool_verdicts,
                 [&](Statement& into, std::int64_t at, const ToolVerdict& verdict) {
                   const auto passed = verdict.passed ? std::optional<std::int64_t>(*verdict.passed) : std::nullopt;
                   return into.run(row, at, verdict.subject, verdict.expected, passed);
                 }));
  return insert_all(database, "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)", run.sources,
                    [&](Statement& into, std::int64_t at, const Source& source) {
                      return into.run(row, at, source.name, source.samples, source.started_ns, source.ended_ns,
                                      std::uint64_t{source.active_users_max});
                    });
}

/// A stretch of a timeline, as it is stored.
struct StoredBlock {
  SlotRange slots;
  std::uint64_t id;
  std::function<std::string()> bytes;
};
using VisitBlock = std::function<Result<void>(const StoredBlock&)>;

/// Encodes slots, ascending, to blocks. These end at round slots, so that a slot that changes changes one of them.
class BlockEncoder {
 public:
  explicit BlockEncoder(const VisitBlock& visit) : visit_(visit) {}

  Result<void> add(std::int64_t slot, const Tally& tally) {
    constexpr std::int64_t kRound = 16;
    constexpr std::size_t kLeastBytes = kTimelineBlockBytes / 16;
    if (out_) {
      const bool round = slot / kRound != (slots_.end - 1) / kRound;
      if (out_->size() >= (round ? kLeastBytes : kTimelineBlockBytes)) TRY(finish());
    }
    if (!out_) {
      out_.emplace();
      slots_.first = slot;
    }
    slots_.end = slot + 1;
    out_->add(slot, tally);
    return {};
  }
  Result<void> finish() {
    if (!out_) return {};
    std::string bytes = std::move(*out_).seal();
    out_.reset();
    const std::uint64_t id = id_of_timeline_block(bytes);
    return visit_({slots_, id, [&] { return std::move(bytes); }});
  }

 private:
  const VisitBlock& visit_;
  std::optional<TimelineBlockWriter> out_;
  SlotRange slots_;
};

Result<void> for_each_block(const Timeline& timeline, const VisitBlock& visit) {
  BlockEncoder encoder(visit);
  const auto* blocks = timeline.blocks();
  if (blocks == nullptr) {
    for (const auto& [slot, tally] : timeline) TRY(encoder.add(slot, tally));
    return encoder.finish();
  }
  for (const auto& block : *blocks) {
    if (const auto* encoded = dynamic_cast<const EncodedBlock*>(block.get())) {
      TRY(visit({{encoded->first(), encoded->last() + 1}, encoded->id(), [&] { return encoded->bytes(); }}));
      continue;
    }
    for (const auto reader = block->read(); reader->next();) TRY(encoder.add(reader->slot(), reader->tally()));
    TRY(encoder.finish());
  }
  return {};
}

/// Writes the series of a run in the place of those that are there.
class SeriesWriter {
 public:
  static Result<SeriesWriter> open(const Database& database, std::int64_t row) {
    SeriesWriter writer(
        database, row,
        TRY(database.prepare("INSERT INTO series (run, position, endpoint, kind, total) VALUES (?, ?, ?, ?, ?)")),
        TRY(database.prepare("UPDATE series SET position = ?, total = ? WHERE id = ?")),
        TRY(database.prepare("SELECT id, first_slot, last_slot, checksum FROM timeline_blocks WHERE series = ?")),
        TRY(database.prepare(
            "INSERT INTO timeline_blocks (series, position, first_slot, last_slot, checksum, block)"
            " VALUES (?, (SELECT coalesce(max(position), -1) + 1 FROM timeline_blocks WHERE series = ?1),"
            " ?, ?, ?, ?)")),
        TRY(database.prepare("DELETE FROM timeline_blocks WHERE id = ?")));
    // Their order changes; no two may be at the same position meanwhile.
    TRY(run_once(database, "UPDATE series SET position = -1 - position WHERE run = ?", row));
    TRY(for_each_row(
        database, "SELECT id, endpoint, kind FROM series WHERE run = ?",
        [&](const Statement& from) -> Result<void> {
          writer.there_.emplace(std::pair(from.text_at(1), from.int_at(2)), from.int_at(0));
          return {};
        },
        row));
    return writer;
  }

  Result<void> write(const std::string& endpoint, std::int64_t kind, const Tally& tally, const Timeline& timeline) {
    const std::string total = encode_tally(tally);
    const std::int64_t position = position_++;
    if (const auto known = there_.extract(std::pair(endpoint, kind))) {
      TRY(update_.run(position, Blob{total}, known.mapped()));
      return write_timeline(known.mapped(), timeline);
    }
    TRY(insert_.run(row_, position, endpoint, kind, Blob{total}));
    return write_timeline(database_->last_insert_id(), timeline);
  }

  /// Removes what is there no more.
  Result<void> finish() {
    for (const auto& [key, id] : there_) TRY(run_once(*database_, "DELETE FROM series WHERE id = ?", id));
    return {};
  }

 private:
  SeriesWriter(const Database& database, std::int64_t row, Statement insert, Statement update, Statement blocks,
               Statement insert_block, Statement remove_block)
      : database_(&database),
        row_(row),
        insert_(std::move(insert)),
        update_(std::move(update)),
        blocks_(std::move(blocks)),
        insert_block_(std::move(insert_block)),
        remove_block_(std::move(remove_block)) {}

  Result<void> write_timeline(std::int64_t series, const Timeline& timeline) {
    using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
    std::multimap<Key, std::int64_t> stale;
    blocks_.bind(series);
    while (TRY(blocks_.step())) {
      // What an older version wrote has no checksum here, and is written anew.
      const Key key(blocks_.int_at(1), blocks_.int_at(2), blocks_.int_at(3));
      stale.emplace(key, blocks_.int_at(0));
    }
    TRY(for_each_block(timeline, [&](const StoredBlock& block) -> Result<void> {
      const Key key(block.slots.first, block.slots.end - 1, static_cast<std::int64_t>(block.id));
      if (stale.extract(key)) return {};
      const std::string bytes = block.bytes();
      return insert_block_.run(series, std::get<0>(key), std::get<1>(key), std::get<2>(key), Blob{bytes});
    }));
    for (const auto& [key, id] : stale) TRY(remove_block_.run(id));
    return {};
  }

  const Database* database_;
  std::int64_t row_;
  std::int64_t position_ = 0;
  std::multimap<std::pair<std::string, std::int64_t>, std::int64_t> there_;  // endpoint and kind: row
  Statement insert_;
  Statement update_;
  Statement blocks_;
  Statement insert_block_;
  Statement remove_block_;
};

Result<void> write_series(const Database& database, std::int64_t row, const Run& run) {
  SeriesWriter writer = TRY(SeriesWriter::open(database, row));
  for (const Series& series : run.series) {
    TRY(writer.write(series.endpoint, stored_kind(series.kind), series.total, series.timeline));
  }
  if (run.reported) {
    TRY(writer.write({}, kReportedTotal, run.reported->total, Timeline(run.reported->timeline)));
  }
  if (!run.all_requests.empty()) TRY(writer.write({}, kAllRequests, {}, run.all_requests));
  return writer.finish();
}

/// Over all that makes up the run; of its timeline, over the checksums of its blocks. Tags are no part of it: they may
/// be changed.
Result<std::uint64_t> checksum_of(const Database& database, std::int64_t row) {
  StableHash hash;
  const auto add = [&](const Statement& from) -> Result<void> {
    for (int column = 0; column < from.columns(); ++column) hash.add(from.bytes_at(column));
    return {};
  };
  constexpr int kOfVersion7 = 16;  // what came later is no part of the checksums of that version
  const auto add_head = [&](const Statement& from) -> Result<void> {
    for (int column = 0; column < from.columns(); ++column) {
      if (column < kOfVersion7 || !from.is_null(column)) hash.add(from.bytes_at(column));
    }
    return {};
  };
  TRY(for_each_row(database, fmt::format("SELECT {} FROM runs WHERE id = ?", fmt::join(kHead, ", ")), add_head, row));
  const auto add_table = [&](std::string_view table) -> Result<void> {
    hash.add(table);
    return for_each_row(database, fmt::format("SELECT * FROM {} WHERE run = ? ORDER BY position", table), add, row);
  };
  for (const std::string_view table : {"files", "outcomes", "bad_record_reports", "remarks", "sources"}) {
    TRY(add_table(table));
  }
  // Runs of the versions before these tables have none.
  for (const std::string_view table :
       {"error_messages", "environment", "scenario_users", "observed", "tool_verdicts"}) {
    const auto rows = TRY(database.number(fmt::format("SELECT count(*) FROM {} WHERE run = {}", table, row)));
    if (rows.value_or(0) != 0) TRY(add_table(table));
  }
  TRY(for_each_row(database, "SELECT position, endpoint, kind, total FROM series WHERE run = ? ORDER BY position", add,
                   row));
  TRY(for_each_row(
      database,
      "SELECT series.position, first_slot, last_slot, checksum FROM series JOIN timeline_blocks ON series = series.id"
      " WHERE run = ? ORDER BY series.position, first_slot, last_slot, checksum",
      add, row));
  return hash.value();
}

Result<void> check(const Database& database, std::int64_t row) {
  const auto stored = TRY(checksum_in(database, row));
  // Runs that an older version saved have none.
  if (stored && static_cast<std::uint64_t>(*stored) != TRY(checksum_of(database, row))) {
    return std::unexpected(damaged("it is not what was saved; remove it, and read its files again"));
  }
  return {};
}

Result<void> read_head(const Database& database, std::int64_t row, Run& run) {
  return for_each_row(
      database, fmt::format("SELECT {} FROM runs WHERE id = ?", fmt::join(kHead, ", ")),
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
        if (!from.is_null(17)) run.phase_seconds = from.int_at(17);
        run.all_interval_seconds = from.is_null(16) ? run.interval_seconds : from.int_at(16);
        if (run.all_interval_seconds < 1 || run.interval_seconds < run.all_interval_seconds ||
            run.interval_seconds % run.all_interval_seconds != 0) {
          return std::unexpected(damaged("the time interval makes no sense"));
        }
        run.active_users = TRY(decode_active_users(from.bytes_at(10)));
        if (from.int_at(11) != 0) run.reported.emplace().throughput_rps = from.known_double_at(12);
        run.knows_received = from.int_at(13) != 0;
        run.knows_sent = from.int_at(14) != 0;
        if (!from.is_null(15)) run.vitals = TRY(decode_vitals(from.bytes_at(15)));
        return {};
      },
      row);
}

Result<void> read_details(const Database& database, std::int64_t row, Run& run) {
  const auto for_each = [&](std::string_view sql, const std::function<void(const Statement&)>& visit) {
    return for_each_row(
        database, sql,
        [&](const Statement& from) -> Result<void> {
          visit(from);
          return {};
        },
        row);
  };
  TRY(for_each("SELECT key, value FROM tags WHERE run = ?",
               [&](const Statement& from) { run.info.tags.emplace(from.text_at(0), from.text_at(1)); }));
  TRY(for_each("SELECT file FROM files WHERE run = ? ORDER BY position",
               [&](const Statement& from) { run.info.files.push_back(from.text_at(0)); }));
  TRY(for_each("SELECT status, error_type FROM outcomes WHERE run = ? ORDER BY position",
               [&](const Statement& from) { run.outcomes.push_back({from.text_at(0), from.text_at(1)}); }));
  TRY(for_each("SELECT file, line, reason FROM bad_record_reports WHERE run = ? ORDER BY position",
               [&](const Statement& from) {
                 run.bad_record_reports.push_back({from.text_at(0), from.uint_at(1), from.text_at(2)});
               }));
  TRY(
      for_each("SELECT name, samples, started_ns, ended_ns, active_users_max FROM sources WHERE run = ?"
               " ORDER BY position",
               [&](const Statement& from) {
                 run.sources.push_back({from.text_at(0), from.known_uint_at(1), from.int_at(2), from.int_at(3),
                                        static_cast<std::uint32_t>(from.uint_at(4))});
               }));
  TRY(
      for_each("SELECT endpoint, error_type, message, count, first_ns, last_ns, example FROM error_messages"
               " WHERE run = ? ORDER BY position",
               [&](const Statement& from) {
                 run.error_messages.push_back({from.text_at(0), from.text_at(1), from.text_at(2), from.uint_at(3),
                                               from.int_at(4), from.int_at(5), from.text_at(6)});
               }));
  TRY(for_each("SELECT name, value FROM environment WHERE run = ?",
               [&](const Statement& from) { run.info.environment.emplace(from.text_at(0), from.text_at(1)); }));
  TRY(for_each("SELECT subject, expected, passed FROM tool_verdicts WHERE run = ? ORDER BY position",
               [&](const Statement& from) {
                 const auto passed = from.is_null(2) ? std::nullopt : std::optional(from.int_at(2) != 0);
                 run.tool_verdicts.push_back({from.text_at(0), from.text_at(1), passed});
               }));
  const auto add_users = [&](const Statement& from) -> Result<void> {
    run.users_by_scenario.emplace(from.text_at(0), TRY(decode_active_users(from.bytes_at(1))));
    return {};
  };
  TRY(for_each_row(database, "SELECT scenario, users FROM scenario_users WHERE run = ?", add_users, row));
  const auto add_observed = [&](const Statement& from) -> Result<void> {
    run.observed.push_back(TRY(decode_observed(from.bytes_at(0))));
    return {};
  };
  TRY(for_each_row(database, "SELECT series FROM observed WHERE run = ? ORDER BY position", add_observed, row));
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

/// Reads the series of a run that has its head and its outcomes.
class SeriesReader {
 public:
  static Result<void> read(const Database& database, std::int64_t row, Timelines timelines,
                           const std::filesystem::path& folder, Run& run) {
    SeriesReader reader(
        TRY(database.prepare("SELECT first_slot, last_slot, checksum, block FROM timeline_blocks WHERE series = ?"
                             " ORDER BY position")),
        folder, run);
    if (timelines == Timelines::of_all_requests) {
      const auto known = TRY(database.number(
          fmt::format("SELECT 1 FROM series WHERE run = {} AND kind IN ({}, {})", row, kReportedTotal, kAllRequests)));
      if (!known) timelines = Timelines::of_endpoints;
    }
    return for_each_row(
        database, "SELECT id, endpoint, kind, total FROM series WHERE run = ? ORDER BY position",
        [&](const Statement& from) { return reader.add(from, timelines); }, row);
  }

 private:
  SeriesReader(Statement blocks, const std::filesystem::path& folder, Run& run)
      : blocks_(std::move(blocks)), file_(folder), run_(run) {}

  Result<void> add(const Statement& from, Timelines timelines) {
    const std::int64_t kind = from.int_at(2);
    const std::optional<SampleKind> of_endpoint = kind_stored(kind);
    if (!of_endpoint && kind != kAllRequests && !(kind == kReportedTotal && run_.reported)) {
      return std::unexpected(damaged("a series is of an unknown kind"));
    }
    Tally total = TRY(decode_tally(from.bytes_at(3), run_.outcomes.size()));
    Timeline timeline;
    if (timelines == Timelines::of_endpoints || (timelines == Timelines::of_all_requests && !of_endpoint)) {
      timeline =
          TRY(timeline_of(from.int_at(0), kind == kAllRequests ? run_.all_interval_seconds : run_.interval_seconds));
    }
    if (of_endpoint) {
      run_.series.push_back({from.text_at(1), *of_endpoint, std::move(total), std::move(timeline)});
    } else if (kind == kAllRequests) {
      run_.all_requests = std::move(timeline);
    } else {
      run_.reported->total = std::move(total);
      for (const auto& [slot, tally] : timeline) run_.reported->timeline.emplace(slot, tally);
    }
    return {};
  }

  Result<Timeline> timeline_of(std::int64_t series, std::int64_t interval_seconds) {
    Timeline timeline;
    blocks_.bind(series);
    while (TRY(blocks_.step())) {
      std::string bytes = blocks_.text_at(3);
      SlotRange slots{blocks_.int_at(0), blocks_.int_at(1)};
      if (blocks_.is_null(2)) {  // of an older version
        const auto found = TRY(check_timeline_block(bytes, run_.outcomes.size()));
        slots = {found.first, found.second};
      } else if (!is_timeline_block(bytes, blocks_.uint_at(2))) {
        return std::unexpected(
            damaged("a part of its timeline is not what was saved; remove it, and read its files again"));
      }
      // Slots count in intervals: all must lie within the time that nanoseconds in 64 bits can tell.
      const std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 / interval_seconds;
      if (slots.first < -most || slots.end >= most || slots.first > slots.end) {
        return std::unexpected(damaged("the time interval makes no sense"));
      }
      ++slots.end;
      timeline.add(file_.keep_encoded(std::move(bytes), slots, run_.outcomes.size()));
    }
    return timeline;
  }

  Statement blocks_;
  TimelineFile file_;
  Run& run_;
};

}  // namespace

Result<std::int64_t> write_run(const Database& database, const Run& run) {
  const std::int64_t row = TRY(write_head(database, run));
  TRY(write_details(database, row, run));
  TRY(write_series(database, row, run));
  const std::uint64_t checksum = TRY(checksum_of(database, row));
  TRY(run_once(database, "UPDATE runs SET checksum = ? WHERE id = ?", checksum, row));
  return row;
}

Result<Run> read_run(const Database& database, std::int64_t row, Timelines timelines,
                     const std::filesystem::path& folder) {
  TRY(check(database, row));
  Run run;
  TRY(read_head(database, row, run));
  TRY(read_details(database, row, run));
  TRY(SeriesReader::read(database, row, timelines, folder, run));
  return run;
}

Result<std::optional<std::int64_t>> checksum_in(const Database& database, std::int64_t row) {
  return database.number(fmt::format("SELECT checksum FROM runs WHERE id = {} AND checksum IS NOT NULL", row));
}

Result<std::optional<RunDigest>> read_digest(const Database& database, std::int64_t row) {
  std::optional<RunDigest> digest;
  TRY(for_each_row(
      database, "SELECT digest FROM digests JOIN runs ON run = id AND digests.checksum IS runs.checksum WHERE run = ?",
      [&](const Statement& from) { return decode_digest(from.bytes_at(0), digest.emplace()); }, row));
  if (!digest) return digest;
  TRY(check(database, row));
  Run run;
  TRY(read_head(database, row, run));
  TRY(read_details(database, row, run));
  digest->info = std::move(run.info);
  digest->started_ns = run.started_ns;
  digest->ended_ns = run.ended_ns;
  return digest;
}

Result<void> write_digest(const Database& database, std::int64_t row, const RunDigest& digest,
                          std::optional<std::int64_t> checksum) {
  const std::string bytes = encode_digest(digest);
  return run_once(database,
                  "INSERT OR REPLACE INTO digests SELECT id, checksum, ? FROM runs WHERE id = ? AND checksum IS ?",
                  Blob{bytes}, row, checksum);
}

}  // namespace omniwriter
