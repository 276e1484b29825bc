#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "job/record.hpp"
#include "job/store/paths.hpp"
#include "job/store/sqlite.hpp"

namespace headway::job {

/// A line's place in its file, without the line end.
struct Place {
  OutputFile file = OutputFile::results;
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

/// A row that is about to be sent. `content_hash` is Row's.
struct SentRow {
  std::uint64_t number = 0;
  std::uint64_t content_hash = 0;
};

/// A finished line of an ordered output whose turn has not come.
struct WaitingLine {
  WaitingLine() {}

  OutputFile file = OutputFile::results;
  std::string text;
};

/// Up to where all of an output file is journaled, and how much of it is no row: a header line.
struct FileEnd {
  std::int64_t start = 0;
  std::int64_t end = 0;
};

/// What a run has done, in SQLite (WAL) beside its output. Opening makes it if it is not there. For one thread at a time.
///
/// The table `rows` has one line for each row that ended, under its number. Numbers below 0 are of rows the input no
/// longer has. Attempts, tokens and cost are those of all its `sendings` together, the rest is of the last, in start
/// `run`. `offset` is where its line begins; NULL while the line waits for its turn (table `waiting`); -1 if it was
/// lost with its file. `sent` has one line for each group of rows that may have been sent by the last start.
class Journal {
 public:
  /// Throws an Error if the file is no journal, or one of a later version of headway.
  Journal(const std::filesystem::path& path, Durability durability);

  /// A setting, e.g. the run's own as JSON; empty if it was never set.
  std::string setting(std::string_view key);
  void set_setting(std::string_view key, std::string_view value);
  FileEnd file_end(OutputFile file);
  void set_file_end(OutputFile file, FileEnd end);

  /// How a row ended, in place of what was known of it; what it took is added. No place: its line waits.
  void put(const Record& record, OutputFile file, std::int64_t length, std::optional<std::int64_t> offset);
  void put_waiting(std::uint64_t number, std::string_view text);
  std::optional<WaitingLine> waiting(std::uint64_t number);
  /// The lowest number that waits, from `from` on.
  std::optional<std::int64_t> first_waiting(std::int64_t from);
  /// The line has left: it waits no more.
  void put_place(std::int64_t number, Place place);
  /// The row's line waits no more, if one did: it has ended anew.
  void drop_waiting(std::uint64_t number) { drop_waiting_.run(number); }
  void put_sent(std::span<const SentRow> rows);
  /// A mark for forget_sent_after().
  std::int64_t last_sent();
  /// Forgets the groups put since: of all their rows it is known by now how they ended, or that they were not sent.
  void forget_sent_after(std::int64_t mark);

  /// The run of this process: what is put is put by it.
  void start_run();
  /// `how` is for people: "stopped: its time is up".
  void end_run(std::string_view how);

  /// Throws an Error if the file was moved or deleted since it was opened: SQLite would not notice.
  void check_in_place() const;
  Database& database() { return *database_; }

 private:
  std::unique_ptr<Database> database_;  // statements point to it
  std::uint64_t inode_;
  std::int64_t run_;  // of this process, begun or not
  Statement put_row_;
  Statement put_file_;
  Statement put_sent_;
  Statement put_waiting_;
  Statement find_waiting_;
  Statement put_place_;
  Statement drop_waiting_;
};

/// Throws an Error if it is no journal, or one of another version of headway.
void check_journal(Database& database);

/// To be called when what is of interest was read: throws an Error if pages without a checksum were, and the journal is not sound.
/// See checked_pages().
void check_unchecked_pages(Database& database);

/// The definition of the table `rows`, under another name too while it is renumbered.
std::string definition_of_rows(std::string_view name);

}  // namespace headway::job
