#include "job/store/journal_view.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "job/store/apply_resume.hpp"
#include "job/store/journal.hpp"
#include "job/store/lock.hpp"

namespace headway::job {
namespace {

std::string immutable_uri(const std::filesystem::path& path) {
  std::string location = "file:";
  for (const char c : path.string()) {
    location +=
        c == '%' || c == '?' || c == '#' ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return location + "?immutable=1";
}

// A journal that was closed has no -wal, and is read as it lies: else SQLite would make one, and leave it.
Database open_to_read(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorKind::configuration,
                fmt::format("{} is not there: no run has written this output", path.string()));
  }
  const bool closed = !std::filesystem::exists(std::filesystem::path(path) += "-wal");
  Database database(closed ? immutable_uri(path) : path.string(), path,
                    closed ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READONLY);
  check_journal(database);
  return database;
}

void count_rows(Database& database, RunStatus& status) {
  // Most rows are usable answers: to group them would sort them all.
  constexpr std::string_view sums =
      "count(*), total(maybe_billed), total(prompt_tokens), total(completion_tokens), total(cached_tokens),"
      " total(reasoning_tokens), sum(cost), count(cost) FROM rows WHERE";
  Statement rows(database,
                 fmt::format("SELECT 1, 0, '', {0} number >= 0 AND state = 1 AND verdict = 0 UNION ALL "
                             "SELECT state, verdict, kind, {0} number >= 0 AND NOT (state = 1 AND verdict = 0)"
                             " GROUP BY 1, 2, 3 UNION ALL SELECT 0, 0, '', {0} number < 0",
                             sums));
  constexpr RowState gone{0};
  while (rows.next()) {
    const auto state = static_cast<RowState>(rows.integer(0));
    const auto count = rows.hash(3);
    if (count == 0) continue;
    if (state == gone) {
      status.gone = count;
    } else {
      status.by_state[state] += count;
      if (state == RowState::done) status.by_verdict[static_cast<Verdict>(rows.integer(1))] += count;
      if (state != RowState::done) status.failed_by_kind[std::string(rows.bytes(2))] += count;
      status.maybe_billed += rows.hash(4);
    }
    status.usage.prompt_tokens += rows.integer(5);
    status.usage.completion_tokens += rows.integer(6);
    status.usage.cached_tokens += rows.integer(7);
    status.usage.reasoning_tokens += rows.integer(8);
    status.cost += Money::of_picodollars(rows.integer(9));
    status.priced += rows.hash(10);
  }
  status.usage.total_tokens = status.usage.prompt_tokens + status.usage.completion_tokens;
  status.waiting = static_cast<std::uint64_t>(database.number("SELECT count(*) FROM waiting"));
}

void read_last_run(Database& database, RunStatus& status) {
  Statement run(database, "SELECT id, started, ended, pid, host FROM runs ORDER BY id DESC LIMIT 1");
  if (!run.next()) return;
  status.runs = run.hash(0);
  status.started = run.real(1);
  status.ended = run.real(2);
  status.has_ended = !run.is_null(2);
  status.pid = run.integer(3);
  status.host = run.bytes(4);
  Statement ended(database, "SELECT count(*) FROM rows WHERE run = ?");
  if (ended.bind(run.integer(0)).next()) status.ended_now = ended.hash(0);
}

std::string setting(Database& database, std::string_view key) {
  Statement find(database, "SELECT value FROM settings WHERE key = ?");
  return find.bind(key).next() ? std::string(find.bytes(0)) : std::string();
}

}  // namespace

RunStatus read_status(const StorePaths& paths) {
  auto database = open_to_read(paths.journal);
  RunStatus status;
  count_rows(database, status);
  read_last_run(database, status);
  Statement sent(database, "SELECT max(upto) FROM sent");
  if (sent.next() && !sent.is_null(0)) status.sent_upto = sent.hash(0);
  status.run_settings = setting(database, "run");
  status.end = setting(database, "end");
  status.last_words = setting(database, "last_words");
  const auto rows = setting(database, "rows");
  std::from_chars(rows.data(), rows.data() + rows.size(), status.rows);
  status.alive = is_locked(paths.lock) || is_locked(paths.results) || is_locked(paths.errors);
  if (!status.alive) status.in_doubt = count_in_doubt(database);
  check_unchecked_pages(database);
  return status;
}

}  // namespace headway::job
