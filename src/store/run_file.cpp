#include "store/run_file.h"

#include <fmt/format.h>
#include <isa-l/crc.h>
#include <sqlite3.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/packing.h"
#include "base/try.h"
#include "base/usage.h"
#include "base/utf8.h"
#include "formats/run_codec/run_codec.h"
#include "store/rows.h"
#include "store/run_store_impl.h"
#include "store/schema.h"
#include "store/stored_run.h"

namespace omniwriter {

/// What makes a store of a file, and a file of a store.
struct RunFiles {
  static const RunStore::Impl& of(const RunStore& store) { return *store.impl_; }
  static std::unique_ptr<RunStore> store_of(Database database) {
    return std::unique_ptr<RunStore>(
        new RunStore(std::make_unique<RunStore::Impl>(std::move(database), std::filesystem::temp_directory_path())));
  }
};

namespace {

// magic version header_length:u32 header crc:u32 chunk* 0 chunk* 0
// header: schema run_id test_name started verdict
// chunk: packed_length:u32 crc:u32 zstd(table columns column{columns} (cell{columns})*)
// The first group of chunks holds all but the timelines.
constexpr std::string_view kMagic = "OmniWriter run\r\n\x1a\n";  // changed by whatever takes it for a text
constexpr std::uint8_t kVersion = 1;
constexpr int kCompressionLevel = 9;
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxChunkBytes = std::size_t{256} << 20;  // one row alone may be larger than kChunkBytes
constexpr std::size_t kMaxHeaderBytes = std::size_t{64} << 10;
enum class Cell : std::uint8_t { null, integer, real, text, blob };

struct Header {
  std::int64_t schema = 0;
  RunFileHead head;
};

std::uint32_t checksum(std::string_view bytes) {
  return crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

void append_u32(std::string& out, std::size_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(static_cast<std::uint8_t>(number >> shift));
}

void add_cell(PackWriter& out, const Statement& from, int column) {
  const int type = from.type_at(column);
  if (type == SQLITE_INTEGER) {
    out.byte(static_cast<std::uint8_t>(Cell::integer));
    out.varint(zigzag(from.int_at(column)));
  } else if (type == SQLITE_FLOAT) {
    out.byte(static_cast<std::uint8_t>(Cell::real));
    out.number(from.double_at(column));
  } else if (type == SQLITE_NULL) {
    out.byte(static_cast<std::uint8_t>(Cell::null));
  } else {
    out.byte(static_cast<std::uint8_t>(type == SQLITE_TEXT ? Cell::text : Cell::blob));
    out.text(from.bytes_at(column));
  }
}

Result<void> add_chunk(std::string& out, std::string_view raw) {
  if (raw.size() > kMaxChunkBytes) return fail(ErrorCode::io, "a part of the run is too large for a file");
  std::string packed(ZSTD_compressBound(raw.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), raw.data(), raw.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0) return fail(ErrorCode::io, "the run cannot be compressed");
  packed.resize(size);
  append_u32(out, packed.size());
  append_u32(out, checksum(packed));
  out += packed;
  return {};
}

/// Adds the rows of a table, as chunks.
Result<void> add_rows(std::string& out, const Database& database, std::string_view table, std::string_view condition,
                      std::int64_t row) {
  Statement from = TRY(database.prepare(fmt::format("SELECT * FROM {} WHERE {}", table, condition)));
  from.bind(row);
  std::optional<PackWriter> raw;
  while (TRY(from.step())) {
    if (!raw) {
      raw.emplace();
      raw->text(table);
      raw->varint(static_cast<std::uint64_t>(from.columns()));
      for (int column = 0; column < from.columns(); ++column) raw->text(from.name_at(column));
    }
    for (int column = 0; column < from.columns(); ++column) add_cell(*raw, from, column);
    if (raw->size() < kChunkBytes) continue;
    TRY(add_chunk(out, raw->bytes()));
    raw.reset();
  }
  return raw ? add_chunk(out, raw->bytes()) : Result<void>();
}

/// Parts of a timeline are looked at when somebody needs them; what leaves the store has to be whole.
Result<void> check_blocks(const Database& database, std::int64_t row) {
  return for_each_row(
      database,
      "SELECT timeline_blocks.checksum, block FROM timeline_blocks JOIN series ON series = series.id"
      " WHERE run = ? AND timeline_blocks.checksum IS NOT NULL",
      [](const Statement& from) -> Result<void> {
        if (is_timeline_block(from.bytes_at(1), from.uint_at(0))) return {};
        return std::unexpected(damaged("a part of its timeline is not what was saved"));
      },
      row);
}

Result<std::string> run_as_bytes(const Database& database, std::int64_t row) {
  PackWriter header;
  header.varint(static_cast<std::uint64_t>(schema_version()));
  TRY(for_each_row(
      database,
      "SELECT run_id, test_name, started_ns,"
      " (SELECT verdict FROM judgements WHERE run = id AND judgements.checksum IS runs.checksum)"
      " FROM runs WHERE id = ?",
      [&](const Statement& from) -> Result<void> {
        header.text(from.bytes_at(0));
        header.text(from.bytes_at(1));
        header.varint(zigzag(from.int_at(2)));
        header.text(from.bytes_at(3));
        return {};
      },
      row));
  std::string out(kMagic);
  out += static_cast<char>(kVersion);
  append_u32(out, header.size());
  out += header.bytes();
  append_u32(out, checksum(header.bytes()));
  TRY(add_rows(out, database, "runs", "id = ?", row));
  for (const std::string_view table :
       {"tags", "files", "outcomes", "bad_record_reports", "remarks", "sources", "error_messages", "environment",
        "scenario_users", "observed", "tool_verdicts", "ledger", "ledger_problems", "series"}) {
    TRY(add_rows(out, database, table, "run = ?", row));
  }
  for (const std::string_view table : {"digests", "judgements"}) {
    TRY(add_rows(out, database, table, "run = ?1 AND checksum IS (SELECT checksum FROM runs WHERE id = ?1)", row));
  }
  append_u32(out, 0);
  TRY(check_blocks(database, row));
  // Sorted, so that blocks of one series, which look alike, are neighbours.
  TRY(add_rows(out, database, "timeline_blocks",
               "series IN (SELECT id FROM series WHERE run = ?) ORDER BY series, position", row));
  append_u32(out, 0);
  return out;
}

/// Reads a file piece by piece.
class FileReader {
 public:
  static Result<FileReader> open(const std::filesystem::path& file) {
    FileReader reader(file);
    if (!reader.in_) return std::unexpected(reader.wrong("cannot be opened"));
    const std::string start = TRY(reader.read(kMagic.size()));
    if (start != kMagic) return std::unexpected(reader.wrong("is no exported run"));
    const std::string last = TRY(reader.read(1));
    if (const auto version = static_cast<std::uint8_t>(last.front()); version != kVersion) {
      return std::unexpected(reader.newer(version, kVersion));
    }
    const std::size_t length = TRY(reader.read_u32());
    if (length > kMaxHeaderBytes) return std::unexpected(reader.is_damaged());
    const std::string bytes = TRY(reader.read(length));
    if (TRY(reader.read_u32()) != checksum(bytes)) return std::unexpected(reader.is_damaged());
    PackReader in(bytes);
    reader.header_.schema = static_cast<std::int64_t>(in.varint_up_to(std::numeric_limits<std::int32_t>::max()));
    reader.header_.head.run_id = in.text();
    reader.header_.head.test_name = in.text();
    reader.header_.head.started_ns = unzigzag(in.varint());
    reader.header_.head.verdict = in.text();
    if (!in.ok()) return std::unexpected(reader.is_damaged());
    if (reader.header_.schema > schema_version()) {
      return std::unexpected(reader.newer(reader.header_.schema, schema_version()));
    }
    return reader;
  }

  [[nodiscard]] const Header& header() const { return header_; }
  /// The rows of the next chunk; empty at the end of a group.
  Result<std::string> next_chunk() {
    const std::size_t length = TRY(read_u32());
    if (length == 0) return std::string();
    const std::uint32_t crc = TRY(read_u32());
    if (length > kMaxChunkBytes) return std::unexpected(is_damaged());
    const std::string packed = TRY(read(length));
    const auto raw_size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (checksum(packed) != crc || raw_size == 0 || raw_size > kMaxChunkBytes) return std::unexpected(is_damaged());
    std::string raw(static_cast<std::size_t>(raw_size), '\0');
    const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size());
    if (size != raw.size()) return std::unexpected(is_damaged());
    return raw;
  }
  [[nodiscard]] bool at_end() { return in_.peek() == std::char_traits<char>::eof(); }

  [[nodiscard]] Error is_damaged() const {
    return wrong("is a damaged exported run: not all of it is as it was written");
  }

 private:
  explicit FileReader(const std::filesystem::path& file)
      : name_(clean_utf8(file.string(), 4096)), in_(file, std::ios::binary) {}

  [[nodiscard]] Error wrong(std::string_view what) const {
    return {ErrorCode::input, fmt::format("{} {}", name_, what), false};
  }
  [[nodiscard]] Error newer(std::int64_t version, std::int64_t known) const {
    return wrong(
        fmt::format("was exported by a newer omniwriter (version {}, this program reads up to {})", version, known));
  }
  Result<std::string> read(std::size_t length) {
    // In pieces: what a damaged length asks for may not be there.
    std::string bytes;
    while (bytes.size() < length) {
      const std::size_t before = bytes.size();
      bytes.resize(std::min(length, before + kChunkBytes));
      in_.read(bytes.data() + before, static_cast<std::streamsize>(bytes.size() - before));
      if (!in_)
        return std::unexpected(
            wrong(before == 0 && !header_read_ ? "is no exported run" : "is an exported run that was cut off"));
    }
    header_read_ = true;
    return bytes;
  }
  Result<std::uint32_t> read_u32() {
    const std::string bytes = TRY(read(sizeof(std::uint32_t)));
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      number |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
    }
    return number;
  }

  std::string name_;
  std::ifstream in_;
  Header header_;
  bool header_read_ = false;
};

bool is_identifier(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9'); });
}

/// Inserts the rows of a chunk. False where they make no sense.
Result<bool> insert_rows(const Database& database, std::string_view chunk) {
  constexpr std::uint64_t kMaxColumns = 100;
  PackReader in(chunk);
  const std::string table(in.text());
  std::string columns;
  std::string marks;
  const std::uint64_t count = in.varint_up_to(kMaxColumns);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view column = in.text();
    if (!is_identifier(column)) return false;
    columns += fmt::format("{}{}", i == 0 ? "" : ", ", column);
    marks += i == 0 ? "?" : ", ?";
  }
  if (!in.ok() || count == 0 || !is_identifier(table)) return false;
  auto into = database.prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", table, columns, marks));
  if (!into) return false;  // of a table that there is not
  while (!in.done()) {
    into->reset();
    for (int at = 1; at <= static_cast<int>(count); ++at) {
      switch (static_cast<Cell>(in.byte())) {
        case Cell::null:
          into->bind_null_at(at);
          break;
        case Cell::integer:
          into->bind_at(at, unzigzag(in.varint()));
          break;
        case Cell::real:
          into->bind_at(at, in.any_number());
          break;
        case Cell::text:
          into->bind_at(at, in.text());
          break;
        case Cell::blob:
          into->bind_at(at, Blob{in.text()});
          break;
        default:
          return false;
      }
    }
    if (!in.ok()) return false;
    const auto stepped = into->step();
    if (!stepped) return false;
  }
  return true;
}

Result<void> insert_group(const Database& database, FileReader& reader) {
  while (true) {
    const Result<std::string> chunk = reader.next_chunk();
    if (!chunk) return std::unexpected(chunk.error());
    if (chunk->empty()) return {};
    const bool sound = TRY(insert_rows(database, *chunk));
    if (!sound) return std::unexpected(reader.is_damaged());
  }
}

}  // namespace

bool is_run_file(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return false;
  constexpr std::string_view kName = kMagic.substr(0, kMagic.find('\r'));  // even where it was sent as text
  std::array<char, kName.size()> start{};
  std::ifstream in(file, std::ios::binary);
  in.read(start.data(), start.size());
  return in && std::string_view(start.data(), start.size()) == kName;
}

Result<void> export_run(const RunStore& store, std::string_view run_id, const std::filesystem::path& file) {
  TRY(store.load_digest(run_id));  // so that the file has one
  const Database& database = RunFiles::of(store).database;
  const auto read = [&]() -> Result<std::string> {
    const std::int64_t row = TRY(row_of(database, run_id));
    TRY(read_run(database, row, Timelines::none, {}));  // an error where it is damaged
    return run_as_bytes(database, row);
  };
  TRY(database.execute("BEGIN"));
  const Result<std::string> bytes = read();
  const auto ended = database.execute("COMMIT");
  if (!bytes) return std::unexpected(bytes.error());
  TRY(ended);
  return write_file_atomically(file, *bytes);
}

Result<RunFileHead> read_run_file_head(const std::filesystem::path& file) {
  const FileReader reader = TRY(FileReader::open(file));
  return reader.header().head;
}

Result<std::unique_ptr<RunStore>> open_run_file(const std::filesystem::path& file, Timelines timelines) {
  FileReader reader = TRY(FileReader::open(file));
  Database database = TRY(Database::open_temporary());
  TRY(database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN"));
  TRY(create_schema(database, reader.header().schema));
  TRY(insert_group(database, reader));
  if (timelines != Timelines::none) {
    TRY(insert_group(database, reader));
    if (!reader.at_end()) return std::unexpected(reader.is_damaged());
  }
  if (timelines == Timelines::none) {
    // The checksum of the run is over its timeline, too; what was read has one of its own.
    TRY(
        database.execute("UPDATE runs SET checksum = NULL; UPDATE digests SET checksum = NULL;"
                         "UPDATE judgements SET checksum = NULL"));
  }
  TRY(database.execute("COMMIT"));
  TRY(migrate(database, file.string()));
  auto store = RunFiles::store_of(std::move(database));
  const auto runs = TRY(store->list());
  if (runs.size() != 1 || runs.front().run_id != reader.header().head.run_id) {
    return std::unexpected(reader.is_damaged());
  }
  return store;
}

Result<std::string> import_run(RunStore& store, const std::filesystem::path& file) {
  const auto from = TRY(open_run_file(file));
  const RunFileHead head = TRY(read_run_file_head(file));
  const Run run = TRY(from->load(head.run_id));
  const RunDigest digest = TRY(from->load_digest(head.run_id));
  const auto judgement = TRY(from->load_judgement(head.run_id));
  auto ledger = TRY(from->load_ledger(head.run_id));
  for (LedgerEntry& entry : ledger) entry.settled = true;
  const Database& source = RunFiles::of(*from).database;
  const Database& database = RunFiles::of(store).database;
  if (store.check_id_is_free(head.run_id)) {
    TRY(store.save(run, ledger));
    const std::int64_t row = TRY(row_of(database, head.run_id));
    const auto checksum = TRY(checksum_in(database, row));
    TRY(write_digest(database, row, digest, checksum));
    if (judgement) TRY(store.save_judgement(head.run_id, *judgement));
    return head.run_id;
  }
  const std::int64_t there = TRY(row_of(database, head.run_id));
  const std::int64_t here = TRY(row_of(source, head.run_id));
  auto checksum = TRY(checksum_in(source, here));
  if (!checksum) {  // of an older version: as it will have been saved
    TRY(from->save(run));
    checksum = TRY(checksum_in(source, here));
  }
  if (checksum == TRY(checksum_in(database, there))) return head.run_id;
  return fail_with_hint(ErrorCode::conflict,
                        fmt::format("run {} of {} is in the store with other results, which stay as they are",
                                    head.run_id, clean_utf8(file.string(), 4096)),
                        fmt::format("to have those of the file: omniwriter runs rm {}", head.run_id));
}

}  // namespace omniwriter
