// The queue on the disk beside SQLite: records written in groups of 4 MiB, each flushed, and read back. The disk is
// that of the current folder.

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <filesystem>
#include <random>
#include <string>

#include "spool/queue.h"

namespace omniwriter {
namespace {

constexpr std::size_t kGroup = std::size_t{4} << 20;
constexpr std::size_t kTotal = std::size_t{256} << 20;
const std::filesystem::path kFolder = "spool_benchmark";

std::string payload(std::size_t bytes) {
  std::mt19937_64 random(1);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::unique_ptr<SpoolQueue> filled_queue(std::size_t record_bytes) {
  std::filesystem::remove_all(kFolder);
  auto queue = *SpoolQueue::open(system_disk(), kFolder, {.segment_bytes = std::uint64_t{64} << 20, .salt = 1});
  const SpoolRecord record{payload(record_bytes), 1, 0};
  for (std::size_t done = 0; done < kTotal; done += record_bytes) {
    queue->append(record);
    if (queue->uncommitted_bytes() >= kGroup && !queue->commit()) return nullptr;
  }
  return queue->commit() ? std::move(queue) : nullptr;
}

void write_queue(benchmark::State& state) {
  for (auto _ : state) {
    if (!filled_queue(static_cast<std::size_t>(state.range(0)))) state.SkipWithError("cannot write");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kTotal));
  std::filesystem::remove_all(kFolder);
}
BENCHMARK(write_queue)->Arg(300)->Arg(1024)->Arg(65536)->Unit(benchmark::kMillisecond)->UseRealTime();

void read_queue(benchmark::State& state) {
  const auto queue = filled_queue(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    auto reading = queue->read();
    while (*reading.next()) {
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kTotal));
  std::filesystem::remove_all(kFolder);
}
BENCHMARK(read_queue)->Arg(300)->Arg(65536)->Unit(benchmark::kMillisecond)->UseRealTime();

void write_sqlite(benchmark::State& state) {
  const std::string record = payload(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    std::filesystem::remove_all(kFolder);
    std::filesystem::create_directory(kFolder);
    sqlite3* database = nullptr;
    sqlite3_open((kFolder / "queue.db").c_str(), &database);
    sqlite3_exec(database,
                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                 "CREATE TABLE queue (number INTEGER PRIMARY KEY, record BLOB) STRICT",
                 nullptr, nullptr, nullptr);
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(database, "INSERT INTO queue (record) VALUES (?)", -1, &insert, nullptr);
    for (std::size_t done = 0; done < kTotal;) {
      sqlite3_exec(database, "BEGIN", nullptr, nullptr, nullptr);
      for (std::size_t group = 0; group < kGroup; group += record.size(), done += record.size()) {
        sqlite3_bind_blob(insert, 1, record.data(), static_cast<int>(record.size()), SQLITE_STATIC);
        sqlite3_step(insert);
        sqlite3_reset(insert);
      }
      if (sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK) state.SkipWithError("cannot write");
    }
    sqlite3_finalize(insert);
    sqlite3_close(database);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kTotal));
  std::filesystem::remove_all(kFolder);
}
BENCHMARK(write_sqlite)->Arg(300)->Arg(1024)->Arg(65536)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace omniwriter
