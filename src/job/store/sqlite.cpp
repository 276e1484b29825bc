#include "job/store/sqlite.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/store/checked_pages.hpp"

namespace headway::job {
namespace {

constexpr std::string_view may_be_moved =
    "It may be moved away, with those of its name that end in -wal and -shm: the same command then makes it anew from "
    "the "
    "output, without attempts, costs and times, and not knowing which rows were in flight";

// SQLite would say that it cannot open the file.
void check_length(const std::filesystem::path& path) {
  constexpr std::size_t longest = 512 - 8;  // of its whole path, with "-journal" behind it
  std::error_code none;
  const auto length = std::filesystem::absolute(path, none).native().size();
  if (length <= longest) return;
  throw Error(ErrorKind::configuration,
              fmt::format("the journal's path has {} bytes, and SQLite takes {} at most: name an output with a shorter "
                          "path: {}",
                          length, longest, path.string()));
}

}  // namespace

Database::Database(const std::string& location, std::filesystem::path path, int flags) : path_(std::move(path)) {
  check_length(path_);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(location.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, checked_pages());
  handle_.reset(handle);
  if (code != SQLITE_OK) fail();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 5000);  // `headway status` may read meanwhile
}

void Database::execute(const char* sql) {
  errno = 0;
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

std::int64_t Database::number(std::string_view sql) {
  Statement statement(*this, sql);
  return statement.next() ? statement.integer(0) : 0;
}

bool Database::has_unchecked_pages() {
  std::int64_t unchecked = 0;
  sqlite3_file_control(handle(), "main", count_unchecked, &unchecked);
  return unchecked > 0;
}

void Database::fail_as_damaged() const {
  throw Error(ErrorKind::configuration, fmt::format("{} is damaged. {}", path_.string(), may_be_moved));
}

void Database::fail() const {
  const int last_error = errno;  // SQLite does not keep it for all it does
  const int code = sqlite3_errcode(handle()) & 0xff;
  if (code == SQLITE_NOTADB) {
    throw Error(ErrorKind::configuration,
                fmt::format("{} is not a journal of headway, or it is damaged. {}", path_.string(), may_be_moved));
  }
  if (code == SQLITE_CORRUPT || sqlite3_extended_errcode(handle()) == SQLITE_IOERR_DATA) fail_as_damaged();
  const bool by_system =
      code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL || code == SQLITE_READONLY;
  const std::string words = sqlite3_errmsg(handle());
  if (!by_system) throw Error(ErrorKind::configuration, fmt::format("{} cannot be used: {}", path_.string(), words));
  const int told = sqlite3_system_errno(handle());
  const int number = told != 0 ? told : last_error;
  const auto reason = number != 0 ? fmt::format(": {}", std::generic_category().message(number)) : "";
  throw Error(ErrorKind::configuration,
              fmt::format("{} cannot be used ({}){}. A journal needs a local disk with room, and leave to write there",
                          path_.string(), words, reason));
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  check(code);
}

bool Statement::next() {
  errno = 0;
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    sqlite3_reset(handle_.get());
    database_->fail();
  }
  sqlite3_reset(handle_.get());
  return false;
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

void Statement::bind_one(int index, std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  check(sqlite3_bind_text64(handle_.get(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_one(int index, Blob blob) {
  const char* data = blob.bytes.empty() ? "" : blob.bytes.data();
  check(sqlite3_bind_blob64(handle_.get(), index, data, blob.bytes.size(), SQLITE_STATIC));
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_->fail();
}

Transaction::~Transaction() {
  if (!database_ || sqlite3_get_autocommit(database_->handle()) != 0) return;
  sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_->execute("COMMIT");
  database_ = nullptr;
}

}  // namespace headway::job
