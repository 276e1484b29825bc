#include "job/store/apply_resume.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "job/store/fault_points.hpp"
#include "job/store/posix_file.hpp"

namespace headway::job {
namespace {

/// Rows that the last start may have sent, and of which it has not recorded an end.
struct InDoubt {
  std::vector<SentRow> never_ended;
  std::vector<std::uint64_t> ended_before;  // by number: they had ended, and were sent once more
};

struct Ended {
  std::vector<bool> ever, in_last_start;
};

void mark(std::vector<bool>& rows, std::uint64_t number) {
  if (number >= rows.size()) rows.resize(number + 1);
  rows[number] = true;
}

bool is_marked(const std::vector<bool>& rows, std::uint64_t number) {
  return number < rows.size() && rows[number];
}

Ended ended_rows(Database& database) {
  Ended ended;
  Statement rows(database,
                 "SELECT number, run >= (SELECT max(id) FROM runs) FROM rows WHERE number >= 0 ORDER BY number");
  while (rows.next()) {
    mark(ended.ever, rows.hash(0));
    if (rows.integer(1) != 0) mark(ended.in_last_start, rows.hash(0));
  }
  return ended;
}

InDoubt rows_in_doubt(Database& database) {
  auto ended = ended_rows(database);
  InDoubt result;
  Statement groups(database, "SELECT rows FROM sent");
  while (groups.next()) {
    const auto blob = groups.bytes(0);
    for (std::size_t at = 0; at + sizeof(SentRow) <= blob.size(); at += sizeof(SentRow)) {
      SentRow row;
      std::memcpy(&row, blob.data() + at, sizeof row);
      if (is_marked(ended.in_last_start, row.number)) continue;
      mark(ended.in_last_start, row.number);  // it may stand in two groups
      if (is_marked(ended.ever, row.number)) {
        result.ended_before.push_back(row.number);
      } else {
        result.never_ended.push_back(row);
      }
    }
  }
  std::ranges::sort(result.ended_before);
  return result;
}

bool is_lost(const Recovery& recovery, std::int64_t number, std::int64_t offset) {
  if (offset >= 0) return std::ranges::binary_search(recovery.lost, number);
  return !std::ranges::binary_search(recovery.left, number, {}, &std::pair<std::int64_t, Place>::first);
}

std::function<std::optional<KnownRow>()> known_rows(Journal& journal, const Recovery& recovery,
                                                    std::vector<std::uint64_t> sent_again) {
  auto rows =
      std::make_shared<Statement>(journal.database(),
                                  "SELECT number, content_hash, request_hash, id_hash, state, cost / sendings, offset"
                                  " FROM rows ORDER BY number");
  return [rows, &recovery, sent_again = std::move(sent_again), at_end = false]() mutable -> std::optional<KnownRow> {
    if (at_end || !rows->next()) {
      at_end = true;
      return {};
    }
    KnownRow row;
    row.number = rows->integer(0);
    row.content_hash = rows->hash(1);
    row.request_hash = rows->hash(2);
    row.id_hash = rows->hash(3);
    row.state = static_cast<RowState>(rows->integer(4));
    row.cost = Money::of_picodollars(rows->integer(5));
    const auto offset = rows->integer(6);
    row.sent_again = std::ranges::binary_search(sent_again, static_cast<std::uint64_t>(row.number));
    row.lost = !rows->is_null(6) && is_lost(recovery, row.number, offset);
    return row;
  };
}

void keep_copy(const std::filesystem::path& path) {
  auto copy = path;
  copy += ".damaged";
  for (int n = 1; std::filesystem::exists(copy); ++n) copy = path.string() + fmt::format(".damaged.{}", n);
  std::filesystem::copy_file(path, copy);
}

void cut_ends(const StorePaths& paths, const Recovery& recovery) {
  for (const auto file : output_files) {
    auto output = PosixFile::open_existing(paths.of(file), O_RDWR);
    if (!output) continue;
    const auto end = recovery.ends[index_of(file)].end;
    const bool goes_on = output->size() > end;
    // Somebody has edited or damaged it: what stands there was paid for.
    if (recovery.has_strangers[index_of(file)] || (goes_on && !recovery.lost.empty())) keep_copy(paths.of(file));
    if (goes_on) output->truncate(end);
  }
}

void put_lost(Journal& journal, const Recovery& recovery) {
  Statement lose(journal.database(), "UPDATE rows SET offset = -1 WHERE number = ?");
  for (const auto number : recovery.lost) lose.run(number);
}

// Both tables anew in the new order, which is much faster than to move rows within them.
void renumber(Journal& journal, const ResumePlan& plan) {
  if (plan.moves().empty()) return;
  auto& database = journal.database();
  database.execute("CREATE TEMP TABLE moves(old INTEGER PRIMARY KEY, new INTEGER)");
  Statement insert(database, "INSERT INTO moves VALUES(?,?)");
  for (const auto& [before, after] : plan.moves()) insert.run(before, after);
  database.execute(definition_of_rows("moved_rows").c_str());
  database.execute(
      "CREATE TEMP TABLE places(new INTEGER PRIMARY KEY, old INTEGER);"
      "INSERT INTO places SELECT new, old FROM moves ORDER BY new;"
      "INSERT INTO places SELECT number, number FROM rows WHERE number NOT IN (SELECT old FROM moves);"
      "INSERT INTO moved_rows SELECT p.new, content_hash, request_hash, id_hash, line, state,"
      " verdict, kind, status, attempts, maybe_billed, prompt_tokens, completion_tokens, cached_tokens,"
      " reasoning_tokens, cost, total_ns, first_byte_ns, file, offset, length, run, sendings"
      " FROM places p CROSS JOIN rows r ON r.number = p.old ORDER BY p.new;"
      "DROP TABLE rows; ALTER TABLE moved_rows RENAME TO rows;"
      "CREATE TABLE moved_waiting(number INTEGER PRIMARY KEY, text TEXT);"
      "INSERT INTO moved_waiting SELECT coalesce(m.new, w.number), text"
      " FROM waiting w LEFT JOIN moves m ON m.old = w.number;"
      "DROP TABLE waiting; ALTER TABLE moved_waiting RENAME TO waiting;"
      "DROP TABLE moves; DROP TABLE places;");
}

Record record_of(const FoundLine& line, const std::string& kind) {
  Record record;
  record.line = line.line;
  record.id_hash = line.id_hash;
  record.kind = kind;
  record.status = line.status;
  record.usage.prompt_tokens = line.prompt_tokens;
  record.usage.completion_tokens = line.completion_tokens;
  if (line.file == OutputFile::errors) record.state = kind == "invalid" ? RowState::invalid : RowState::failed;
  return record;
}

void put_found(Journal& journal, const Recovery& recovery, const ResumePlan& plan) {
  auto gone = std::min<std::int64_t>(0, journal.database().number("SELECT min(number) FROM rows"));
  Statement not_waiting(journal.database(), "DELETE FROM waiting WHERE number = ?");
  for (std::size_t i = 0; i < recovery.found.size(); ++i) {
    const auto& line = recovery.found[i];
    auto record = record_of(line, recovery.kinds[line.kind]);
    if (const auto& row = plan.matched()[i]) {
      record.number = row->number;
      record.content_hash = row->content_hash;
      record.request_hash = row->request_hash;
      not_waiting.run(row->number);
    } else {
      record.number = static_cast<std::uint64_t>(--gone);
    }
    journal.put(record, line.file, line.length, line.offset);
  }
}

}  // namespace

ResumePlan make_plan(Journal& journal, const Recovery& recovery) {
  auto in_doubt = rows_in_doubt(journal.database());
  auto known = known_rows(journal, recovery, std::move(in_doubt.ended_before));
  check_unchecked_pages(journal.database());
  return {std::move(known), in_doubt.never_ended, recovery.found};
}

std::uint64_t count_in_doubt(Database& database) {
  const auto doubt = rows_in_doubt(database);
  return doubt.never_ended.size() + doubt.ended_before.size();
}

void apply_resume(Journal& journal, const StorePaths& paths, const Recovery& recovery, const ResumePlan& plan) {
  cut_ends(paths, recovery);
  fault_point("tail_cut");
  Transaction transaction(journal.database());
  put_lost(journal, recovery);
  for (const auto& [number, place] : recovery.left) journal.put_place(number, place);
  renumber(journal, plan);
  put_found(journal, recovery, plan);
  journal.database().execute("DELETE FROM sent");
  journal.put_sent(plan.maybe_sent());
  for (const auto file : output_files) journal.set_file_end(file, recovery.ends[index_of(file)]);
  journal.set_setting("began", "1");
  transaction.commit();
  fault_point("resume_applied");
}

}  // namespace headway::job
