#pragma once
/// SQLite with Result<T>: just what the store needs. One object is for one thread.

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "omniwriter/error.h"

namespace omniwriter {

/// Bytes to bind as a blob; a plain std::string_view is bound as text.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement. Must not outlive its database.
class Statement {
 public:
  /// Binds all parameters, in order. Texts and blobs must live until the statement has run. Unsigned numbers are stored
  /// as the signed ones of the same bits.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    sqlite3_reset(statement_.get());
    int position = 0;
    (bind_one(++position, values), ...);
    return *this;
  }
  /// Binds one, as bind() does; `position` from 1.
  template <typename Value>
  void bind_at(int position, const Value& value) {
    bind_one(position, value);
  }
  void bind_null_at(int position) { bind_null(position); }
  void reset() { sqlite3_reset(statement_.get()); }
  /// Moves to the next row; false after the last.
  [[nodiscard]] Result<bool> step();
  /// Binds, runs to the end and drops the rows.
  template <typename... Values>
  [[nodiscard]] Result<void> run(const Values&... values) {
    return bind(values...).finish();
  }

  [[nodiscard]] std::int64_t int_at(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  [[nodiscard]] std::uint64_t uint_at(int column) const { return static_cast<std::uint64_t>(int_at(column)); }
  [[nodiscard]] double double_at(int column) const { return sqlite3_column_double(statement_.get(), column); }
  [[nodiscard]] int type_at(int column) const { return sqlite3_column_type(statement_.get(), column); }
  [[nodiscard]] bool is_null(int column) const { return type_at(column) == SQLITE_NULL; }
  [[nodiscard]] std::optional<double> known_double_at(int column) const {
    return is_null(column) ? std::nullopt : std::optional(double_at(column));
  }
  [[nodiscard]] std::optional<std::uint64_t> known_uint_at(int column) const {
    return is_null(column) ? std::nullopt : std::optional(uint_at(column));
  }
  [[nodiscard]] int columns() const { return sqlite3_column_count(statement_.get()); }
  /// Text or blob, bytes as stored; a number as its digits. Valid until the next step.
  [[nodiscard]] std::string_view bytes_at(int column) const;
  [[nodiscard]] std::string_view name_at(int column) const { return sqlite3_column_name(statement_.get(), column); }
  [[nodiscard]] std::string text_at(int column) const { return std::string(bytes_at(column)); }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  [[nodiscard]] Result<void> finish();
  void bind_one(int position, std::string_view text);
  void bind_one(int position, Blob blob);
  void bind_one(int position, double value);
  template <typename Value>
  void bind_one(int position, const std::optional<Value>& value) {
    value ? bind_one(position, *value) : bind_null(position);
  }
  void bind_null(int position) { sqlite3_bind_null(statement_.get(), position); }
  void bind_one(int position, std::int64_t value);
  void bind_one(int position, std::uint64_t value) { bind_one(position, static_cast<std::int64_t>(value)); }

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  /// Opens or creates a file that only its owner can read. A statement waits up to 10 s for a lock. A file that is
  /// there and cannot be written, or whose folder cannot, is opened for reading: see read_only().
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& file);

  /// One of its own that is gone with the object; what does not fit in memory lies in a file without a name.
  [[nodiscard]] static Result<Database> open_temporary();

  [[nodiscard]] bool read_only() const { return sqlite3_db_readonly(handle_.get(), "main") == 1; }
  [[nodiscard]] Result<Statement> prepare(std::string_view sql) const;
  /// Runs statements without parameters and drops their rows.
  [[nodiscard]] Result<void> execute(const char* sql) const;
  /// Switches the file to write-ahead logging: readers and a writer do not hold each other up.
  [[nodiscard]] Result<void> use_wal() const;
  /// The first column of the first row; nothing where there is no row.
  [[nodiscard]] Result<std::optional<std::int64_t>> number(std::string_view sql) const;
  [[nodiscard]] std::int64_t last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }
  /// Rows that the last INSERT, UPDATE or DELETE changed.
  [[nodiscard]] int changes() const { return sqlite3_changes(handle_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
};

/// Begins at once as a writer, and rolls back unless committed.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(const Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;

  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(const Database& database) : database_(&database) {}
  const Database* database_;
};

}  // namespace omniwriter
