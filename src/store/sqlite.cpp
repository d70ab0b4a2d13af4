#include "store/sqlite.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/try.h"

namespace omniwriter {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

Error error_of(sqlite3* handle) {
  const int code = sqlite3_errcode(handle);
  const bool busy = code == SQLITE_BUSY || code == SQLITE_LOCKED;
  const char* file = sqlite3_db_filename(handle, "main");
  return {busy ? ErrorCode::busy : ErrorCode::io,
          fmt::format("run store {}: {}", file == nullptr ? "" : file,
                      busy ? "another process has held it for 10 s; try again" : sqlite3_errmsg(handle)),
          busy};
}

}  // namespace

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(error_of(sqlite3_db_handle(statement_.get())));
}

Result<void> Statement::finish() {
  for (;;) {
    const Result<bool> row = step();
    sqlite3* const handle = sqlite3_db_handle(statement_.get());
    if (!row) {
      sqlite3_reset(statement_.get());
      return std::unexpected(row.error());
    }
    if (*row) continue;
    // The reset ends an implicit transaction, so it may fail where the step did not.
    if (sqlite3_reset(statement_.get()) != SQLITE_OK) return std::unexpected(error_of(handle));
    return {};
  }
}

std::string_view Statement::bytes_at(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string_view{}
                          : std::string_view{static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

// A bind can fail only where the position does not exist: a bug that every test of the statement would show.
void Statement::bind_one(int position, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), position, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}
void Statement::bind_one(int position, Blob blob) {
  sqlite3_bind_blob64(statement_.get(), position, blob.bytes.data(), blob.bytes.size(), SQLITE_STATIC);
}
void Statement::bind_one(int position, double value) { sqlite3_bind_double(statement_.get(), position, value); }
void Statement::bind_one(int position, std::int64_t value) { sqlite3_bind_int64(statement_.get(), position, value); }

namespace {

/// A log beside the file tells that some of it is there alone. Without one, nothing else is looked for, for SQLite
/// would make such a log to read.
std::string uri_for_reading(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02x}", static_cast<unsigned>(c));
    } else {
      uri += c;
    }
  }
  std::error_code error;
  const auto log_bytes = std::filesystem::file_size(file.string() + "-wal", error);
  return uri + (error || log_bytes == 0 ? "?immutable=1" : "?mode=ro");
}

bool can_write(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  return ::access(file.c_str(), W_OK) == 0 && ::access(folder.c_str(), W_OK) == 0;
}

}  // namespace

Result<Database> Database::open(const std::filesystem::path& file) {
  // SQLite would create the file with the umask's mode; its companions -wal and -shm take the mode of the file. Not
  // open() and close(): a close would drop the locks that this process holds on the file through another object.
  if (::mknod(file.c_str(), S_IFREG | 0600, 0) != 0 && errno != EEXIST) {
    return fail(ErrorCode::io, fmt::format("run store {}: {}", file.string(), std::generic_category().message(errno)));
  }
  sqlite3* handle = nullptr;
  const int code = can_write(file)
                       ? sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr)
                       : sqlite3_open_v2(uri_for_reading(file).c_str(), &handle,
                                         SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  if (handle == nullptr) return fail(ErrorCode::io, "run store: out of memory");
  Database database(handle);
  if (code != SQLITE_OK) return std::unexpected(error_of(handle));
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

Result<Database> Database::open_temporary() {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2("", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (handle == nullptr) return fail(ErrorCode::io, "run store: out of memory");
  Database database(handle);
  if (code != SQLITE_OK) return std::unexpected(error_of(handle));
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr) != SQLITE_OK) {
    return std::unexpected(error_of(handle_.get()));
  }
  return Statement(statement);
}

Result<void> Database::execute(const char* sql) const {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return std::unexpected(error_of(handle_.get()));
  }
  return {};
}

Result<void> Database::use_wal() const {
  // SQLite does not wait for the lock that this takes, as it does for all others.
  constexpr int kPauseMs = 10;
  for (int waited_ms = 0;; waited_ms += kPauseMs) {
    auto done = execute("PRAGMA journal_mode = WAL");
    if (done || !done.error().retryable || waited_ms >= kBusyTimeoutMs) return done;
    sqlite3_sleep(kPauseMs);
  }
}

Result<std::optional<std::int64_t>> Database::number(std::string_view sql) const {
  Statement statement = TRY(prepare(sql));
  return TRY(statement.step()) ? std::optional(statement.int_at(0)) : std::nullopt;
}

Result<Transaction> Transaction::begin(const Database& database) {
  TRY(database.execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  // The error that led here is already on its way to the caller; one of the rollback would add nothing.
  [[maybe_unused]] const auto ignored = database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace omniwriter
