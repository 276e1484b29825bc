#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

namespace headway::job {

/// A connection to SQLite for one thread at a time, with checked_pages(). All that fails throws an Error that names the
/// file.
class Database {
 public:
  /// `flags` as for sqlite3_open_v2. `location` is the path or a file: URI if SQLITE_OPEN_URI is among the flags.
  Database(const std::string& location, std::filesystem::path path, int flags);

  /// One or more statements without results.
  void execute(const char* sql);
  /// The first column of the first row, 0 if there is none.
  std::int64_t number(std::string_view sql);

  /// Whether pages were read that have no checksum. See checked_pages().
  bool has_unchecked_pages();

  [[noreturn]] void fail() const;
  [[noreturn]] void fail_as_damaged() const;
  sqlite3* handle() const { return handle_.get(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };

  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A BLOB to bind or one that was read.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement. Must not outlive its Database.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);

  /// Binds all parameters in order: numbers, text, Blob; an empty optional is NULL. What text refers to must stay until the
  /// statement is run or reset.
  template <class... Values>
  Statement& bind(const Values&... values) {
    sqlite3_reset(handle_.get());
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  /// Whether there is a further row. Resets itself at the end.
  bool next();
  /// Binds and runs to the end.
  template <class... Values>
  void run(const Values&... values) {
    bind(values...);
    while (next()) {
    }
  }
  void reset() { sqlite3_reset(handle_.get()); }
  int columns() const { return sqlite3_column_count(handle_.get()); }

  double real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::uint64_t hash(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  /// Of text or a BLOB; valid until the next step.
  std::string_view bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };

  void bind_one(int index, std::int64_t value) { check(sqlite3_bind_int64(handle_.get(), index, value)); }
  void bind_one(int index, std::uint64_t value) { bind_one(index, static_cast<std::int64_t>(value)); }
  void bind_one(int index, int value) { bind_one(index, std::int64_t{value}); }
  void bind_one(int index, double value) { check(sqlite3_bind_double(handle_.get(), index, value)); }
  void bind_one(int index, std::optional<std::int64_t> value) {
    check(value ? sqlite3_bind_int64(handle_.get(), index, *value) : sqlite3_bind_null(handle_.get(), index));
  }
  void bind_one(int index, std::string_view text);
  void bind_one(int index, Blob blob);
  void check(int code) const;

  Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// Undone unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(&database) { database.execute("BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database* database_;
};

}  // namespace headway::job
