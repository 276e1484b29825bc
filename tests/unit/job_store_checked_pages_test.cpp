#include <gtest/gtest.h>

#include <string>

#include "job/store/journal_view.hpp"
#include "job_store_tools.hpp"

namespace headway::job {
namespace {

/// All that a journal says, in one text.
std::string content_of(const std::filesystem::path& path) {
  std::string content;
  Database journal(path.string(), path, SQLITE_OPEN_READONLY);
  check_journal(journal);
  for (const std::string table : {"rows", "settings", "files", "sent", "waiting", "runs"}) {
    Statement rows(journal, "SELECT * FROM " + table);
    while (rows.next()) {
      for (int i = 0; i < rows.columns(); ++i) content.append(rows.bytes(i)) += '|';
    }
  }
  check_unchecked_pages(journal);
  return content;
}

std::string content_or_error(const std::filesystem::path& path) {
  try {
    return content_of(path);
  } catch (const Error& error) {
    return error.what();
  }
}

bool is_told(const std::string& said) {
  return said.find("is damaged") != said.npos || said.find("or it is damaged") != said.npos;
}

TEST(CheckedPages, NoDamageGoesUnseen) {
  StoreWorld world;
  const auto rows = make_rows(300);
  world.run(rows);
  const auto path = world.paths().journal;
  const auto whole = text_of(path);
  const auto content = content_of(path);
  ASSERT_GT(whole.size(), 30'000u);
  for (std::size_t at = 0; at < whole.size(); at += at < 120 ? 1 : 97) {
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    write_text(path, damaged);
    const auto said = content_or_error(path);
    EXPECT_TRUE(said == content || is_told(said)) << "byte " << at << ": " << said.substr(0, 200);
  }
  for (std::size_t at = 0; at < whole.size(); at += 4096) {
    auto damaged = whole;
    damaged.replace(at, 4096, std::string(4096, '\0'));
    write_text(path, damaged);
    EXPECT_TRUE(is_told(content_or_error(path))) << "page at " << at;
  }
}

// What a disk leaves of a page is zeros, from where a sector begins to where one ends, and then it has no checksum.
TEST(CheckedPages, NoHoleGoesUnseen) {
  StoreWorld world;
  world.run(make_rows(300));
  const auto path = world.paths().journal;
  {
    Journal journal(path, Durability::process);
    Transaction transaction(journal.database());
    journal.set_setting("run", std::string(10'000, 's'));
    journal.put_waiting(7, std::string(10'000, 'w'));
    std::vector<SentRow> sent;
    for (std::uint64_t i = 1; i < 1'000; ++i) sent.push_back({i, i});
    journal.put_sent(sent);
    transaction.commit();
  }
  const auto whole = text_of(path);
  const auto content = content_of(path);
  for (std::size_t page = 0; page < whole.size(); page += 4096) {
    for (std::size_t begin = 0; begin < 4096; begin += 512) {
      auto damaged = whole;
      damaged.replace(page + begin, 4096 - begin, std::string(4096 - begin, '\0'));
      write_text(path, damaged);
      const auto said = content_or_error(path);
      EXPECT_TRUE(said == content || is_told(said))
          << "page at " << page << " from " << begin << ": " << said.substr(0, 200);
    }
  }
}

TEST(CheckedPages, NoPageThatIsCutIsTakenForOneThatEndsInZeros) {
  StoreWorld world;
  world.run(make_rows(300));
  const auto path = world.paths().journal;
  const auto whole = text_of(path);
  const auto content = content_of(path);
  const auto last = whole.size() - 4096;
  for (std::size_t changed = last; changed < whole.size() - 97; changed += 97) {
    auto damaged = whole.substr(0, whole.size() - 97);
    damaged[changed] = static_cast<char>(damaged[changed] ^ 0x41);
    write_text(path, damaged);
    const auto said = content_or_error(path);
    EXPECT_TRUE(said == content || is_told(said)) << "byte " << changed << ": " << said.substr(0, 200);
  }
}

// They are those of the log that it found, and put into the file.
TEST(CheckedPages, PagesWithoutAChecksumAreTaken) {
  StoreWorld world;
  world.run(make_rows(50));
  auto pages = text_of(world.paths().journal);
  for (auto end = std::size_t{4096}; end <= pages.size(); end += 4096) pages.replace(end - 8, 8, std::string(8, '\0'));
  write_text(world.paths().journal, pages);
  EXPECT_EQ(read_status(world.paths()).by_state.at(RowState::done), 50u);
  EXPECT_EQ(world.run(make_rows(60)).size(), 10u);
}

TEST(CheckedPages, WhatAnotherProgramChangedIsNoJournalAnyMore) {
  StoreWorld world;
  world.run(make_rows(50));
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(world.paths().journal.c_str(), &other), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(other, "UPDATE rows SET attempts = 7", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_TRUE(is_told(content_or_error(world.paths().journal)));
}

TEST(CheckedPages, AnotherProgramsDatabaseIsLeftAsItIs) {
  test::TemporaryDirectory folder;
  const auto path = folder.path() / "other.db";
  {
    Database ours(path.string(), path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    ours.execute("CREATE TABLE t(x); INSERT INTO t VALUES(zeroblob(20000))");
  }
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  Database ours(path.string(), path, SQLITE_OPEN_READONLY);
  EXPECT_EQ(ours.number("SELECT sum(length(replace(hex(x), '0', ''))) FROM t"), 0);
  sqlite3_stmt* check = nullptr;
  sqlite3_prepare_v2(other, "PRAGMA integrity_check", -1, &check, nullptr);
  ASSERT_EQ(sqlite3_step(check), SQLITE_ROW);
  EXPECT_STREQ(reinterpret_cast<const char*>(sqlite3_column_text(check, 0)), "ok");
  sqlite3_finalize(check);
  sqlite3_close(other);
}

}  // namespace
}  // namespace headway::job
