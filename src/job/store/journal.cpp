#include "job/store/journal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/store/checked_pages.hpp"

namespace headway::job {
namespace {

constexpr int application = 0x48647779;  // "Hdwy"
constexpr int version = static_cast<int>(checked_version);

// What was spent on a row before is still spent when it ends anew.
constexpr std::string_view put_row =
    "INSERT INTO rows VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,1) ON CONFLICT(number) DO UPDATE SET"
    " content_hash = excluded.content_hash, request_hash = excluded.request_hash, id_hash = excluded.id_hash,"
    " line = excluded.line, state = excluded.state, verdict = excluded.verdict, kind = excluded.kind,"
    " status = excluded.status, attempts = attempts + excluded.attempts, maybe_billed = excluded.maybe_billed,"
    " prompt_tokens = prompt_tokens + excluded.prompt_tokens,"
    " completion_tokens = completion_tokens + excluded.completion_tokens,"
    " cached_tokens = cached_tokens + excluded.cached_tokens,"
    " reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens, cost = CASE WHEN excluded.cost IS NULL THEN "
    "cost ELSE coalesce(cost, 0) + excluded.cost END,"
    " total_ns = excluded.total_ns, first_byte_ns = excluded.first_byte_ns, file = excluded.file,"
    " offset = excluded.offset, length = excluded.length, run = excluded.run,"
    " sendings = sendings + 1";

std::uint64_t inode_of(const std::filesystem::path& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

void make_tables(Database& database) {
  Transaction transaction(database);
  database.execute(definition_of_rows("rows").c_str());
  database.execute(
      "CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
      "CREATE TABLE files(file INTEGER PRIMARY KEY, start INTEGER, end INTEGER);"
      "CREATE TABLE sent(id INTEGER PRIMARY KEY, upto INTEGER, rows BLOB);"
      "CREATE TABLE waiting(number INTEGER PRIMARY KEY, text TEXT);"
      "CREATE TABLE runs(id INTEGER PRIMARY KEY, started REAL, ended REAL, pid INTEGER, host TEXT);");
  database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application, version).c_str());
  transaction.commit();
}

Database opened(const std::filesystem::path& path, Durability durability) {
  Database database(path.string(), path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  int reserved = checksum_bytes;
  sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (database.number("SELECT count(*) FROM sqlite_master") != 0) check_journal(database);
  database.execute("PRAGMA journal_mode = WAL");
  // NORMAL: without a sync at each commit the journal stays whole whatever happens, yet its end may be lost.
  database.execute(durability == Durability::power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  database.execute("PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000");
  if (database.number("SELECT count(*) FROM sqlite_master") == 0) make_tables(database);
  return database;
}

// What a disk leaves of pages is zeros. They have no checksum, and SQLite takes them for values: of a record NULL, of a text NUL.
constexpr std::string_view holes =
    "SELECT (SELECT count(*) FROM settings WHERE value IS NULL OR instr(CAST(value AS BLOB), x'00')) +"
    " (SELECT count(*) FROM files WHERE end IS NULL) +"
    " (SELECT count(*) FROM waiting WHERE text IS NULL OR instr(CAST(text AS BLOB), x'00')) +"
    " (SELECT count(*) FROM runs WHERE host IS NULL OR instr(CAST(host AS BLOB), x'00'))";
constexpr std::string_view holes_in_rows = "SELECT count(*) FROM rows WHERE state IS NULL OR sendings IS NULL";

bool sent_groups_are_whole(Database& database) {
  Statement groups(database, "SELECT upto, rows FROM sent");
  while (groups.next()) {
    const auto bytes = groups.bytes(1);
    std::vector<SentRow> rows(bytes.size() / sizeof(SentRow));
    std::memcpy(rows.data(), bytes.data(), rows.size() * sizeof(SentRow));
    if (rows.empty() || rows.back().number != groups.hash(0)) return false;
    if (std::ranges::find(rows, 0U, &SentRow::content_hash) != rows.end()) return false;
  }
  return true;
}

bool is_sound(Database& database) {
  Statement check(database, "PRAGMA quick_check(1)");
  return check.next() && check.bytes(0) == "ok" && database.number(holes_in_rows) == 0 &&
         sent_groups_are_whole(database);
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void check_journal(Database& database) {
  const auto& path = database.path();
  if (database.number("PRAGMA application_id") != application) {
    throw Error(ErrorKind::configuration, fmt::format("{} is not a journal of headway", path.string()));
  }
  const auto found = database.number("PRAGMA user_version");
  if (found == version) return;
  throw Error(
      ErrorKind::configuration,
      fmt::format("{} was written by another version of headway (its format is {}, this program knows {}): go on "
                  "with that version, or use --fresh",
                  path.string(), found, version));
}

void check_unchecked_pages(Database& database) {
  const bool hole = database.number(holes) != 0;
  if (hole || (database.has_unchecked_pages() && !is_sound(database))) database.fail_as_damaged();
}

std::string definition_of_rows(std::string_view name) {
  return fmt::format(
      "CREATE TABLE {}(number INTEGER PRIMARY KEY, content_hash INTEGER, request_hash INTEGER, id_hash INTEGER,"
      " line INTEGER, state INTEGER, verdict INTEGER, kind TEXT, status INTEGER, attempts INTEGER,"
      " maybe_billed INTEGER, prompt_tokens INTEGER, completion_tokens INTEGER, cached_tokens INTEGER,"
      " reasoning_tokens INTEGER, cost INTEGER, total_ns INTEGER, first_byte_ns INTEGER,"
      " file INTEGER, offset INTEGER, length INTEGER, run INTEGER, sendings INTEGER)",
      name);
}

Journal::Journal(const std::filesystem::path& path, Durability durability)
    : database_(std::make_unique<Database>(opened(path, durability))),
      inode_(inode_of(path)),
      run_(database_->number("SELECT coalesce(max(id), 0) + 1 FROM runs")),
      put_row_(*database_, put_row),
      put_file_(*database_, "INSERT OR REPLACE INTO files VALUES(?,?,?)"),
      put_sent_(*database_, "INSERT INTO sent(upto, rows) VALUES(?,?)"),
      put_waiting_(*database_, "INSERT OR REPLACE INTO waiting VALUES(?,?)"),
      find_waiting_(*database_, "SELECT r.file, w.text FROM waiting w JOIN rows r USING(number) WHERE w.number = ?"),
      put_place_(*database_, "UPDATE rows SET offset = ?, length = ? WHERE number = ?"),
      drop_waiting_(*database_, "DELETE FROM waiting WHERE number = ?") {}

std::string Journal::setting(std::string_view key) {
  Statement find(*database_, "SELECT value FROM settings WHERE key = ?");
  return find.bind(key).next() ? std::string(find.bytes(0)) : std::string();
}

void Journal::set_setting(std::string_view key, std::string_view value) {
  Statement(*database_, "INSERT OR REPLACE INTO settings VALUES(?,?)").run(key, value);
}

FileEnd Journal::file_end(OutputFile file) {
  Statement find(*database_, "SELECT start, end FROM files WHERE file = ?");
  if (!find.bind(static_cast<int>(file)).next()) return {};
  return {find.integer(0), find.integer(1)};
}

void Journal::set_file_end(OutputFile file, FileEnd end) {
  put_file_.run(static_cast<int>(file), end.start, end.end);
}

void Journal::put(const Record& r, OutputFile file, std::int64_t length, std::optional<std::int64_t> offset) {
  put_row_.run(r.number, r.content_hash, r.request_hash, r.id_hash, r.line, static_cast<int>(r.state),
               static_cast<int>(r.verdict), std::string_view(r.kind), r.status, r.attempts, r.maybe_billed ? 1 : 0,
               r.usage.prompt_tokens, r.usage.completion_tokens, r.usage.cached_tokens, r.usage.reasoning_tokens,
               r.cost_known ? std::optional(r.cost.picodollars()) : std::nullopt, std::int64_t{r.times.total().count()},
               std::int64_t{r.times.first_byte.count()}, static_cast<int>(file), offset, length, run_);
}

void Journal::put_waiting(std::uint64_t number, std::string_view text) {
  put_waiting_.run(number, text);
}

std::optional<WaitingLine> Journal::waiting(std::uint64_t number) {
  if (!find_waiting_.bind(number).next()) return {};
  WaitingLine line;
  line.file = static_cast<OutputFile>(find_waiting_.integer(0));
  line.text = find_waiting_.bytes(1);
  find_waiting_.reset();
  return line;
}

std::optional<std::int64_t> Journal::first_waiting(std::int64_t from) {
  Statement find(*database_, "SELECT min(number) FROM waiting WHERE number >= ?");
  if (!find.bind(from).next() || find.is_null(0)) return {};
  return find.integer(0);
}

void Journal::put_place(std::int64_t number, Place place) {
  put_place_.run(place.offset, place.length, number);
  drop_waiting_.run(number);
}

void Journal::put_sent(std::span<const SentRow> rows) {
  if (rows.empty()) return;
  static_assert(sizeof(SentRow) == 16 && std::endian::native == std::endian::little);
  const Blob blob{{reinterpret_cast<const char*>(rows.data()), rows.size_bytes()}};
  put_sent_.run(rows.back().number, blob);
}

std::int64_t Journal::last_sent() {
  return database_->number("SELECT coalesce(max(id), 0) FROM sent");
}

void Journal::forget_sent_after(std::int64_t mark) {
  Statement(*database_, "DELETE FROM sent WHERE id > ?").run(mark);
}

void Journal::start_run() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  Statement(*database_, "INSERT INTO runs(id, started, pid, host) VALUES(?,?,?,?)")
      .run(run_, now(), std::int64_t{::getpid()}, std::string_view(host.data()));
  set_setting("end", "");
  if (!setting("last_words").empty()) set_setting("last_words", "");
}

void Journal::end_run(std::string_view how) {
  set_setting("end", how);
  Statement(*database_, "UPDATE runs SET ended = ? WHERE id = ?").run(now(), run_);
}

void Journal::check_in_place() const {
  if (inode_of(database_->path()) == inode_) return;
  throw Error(ErrorKind::configuration,
              fmt::format("{} was moved or deleted while the run was writing it", database_->path().string()));
}

}  // namespace headway::job
