// A damaged journal: what is read of it is what was written, or an error that says so. Of the damages the input lists, each hits
// some bytes of the file; a page that then says of itself that it has no checksum, as another program's
// (src/job/store/checked_pages.hpp), is left out, unless whole sectors of it are zeros, as a disk leaves them.

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <headway/error.hpp>

#include "edits.hpp"
#include "files.hpp"
#include "input.hpp"
#include "job/store/checked_pages.hpp"
#include "job/store/journal.hpp"

namespace headway::fuzz {
namespace {

constexpr std::size_t page_size = 4096;

/// All that a journal says.
std::string content_of(const std::filesystem::path& path) {
  job::Database journal(path.string(), path, SQLITE_OPEN_READONLY);
  job::check_journal(journal);
  std::string content;
  for (const std::string table : {"rows", "settings", "files", "sent", "waiting", "runs"}) {
    job::Statement rows(journal, "SELECT * FROM " + table);
    while (rows.next()) {
      for (int i = 0; i < rows.columns(); ++i) content.append(rows.bytes(i)) += '|';
    }
  }
  job::check_unchecked_pages(journal);
  return content;
}

/// Of a run of 200 rows, one of which waits, with settings that go over several pages.
std::string made(const std::filesystem::path& path) {
  {
    job::Journal journal(path, job::Durability::process);
    job::Transaction transaction(journal.database());
    journal.start_run();
    for (std::uint64_t number = 0; number < 200; ++number) {
      job::Record record;
      record.number = number;
      record.line = number + 1;
      record.id_hash = record.content_hash = number * 0x9E3779B97F4A7C15;
      record.kind = number % 3 == 0 ? "server" : "";
      record.state = number % 3 == 0 ? job::RowState::failed : job::RowState::done;
      record.attempts = static_cast<int>(number % 5);
      journal.put(record, number % 3 == 0 ? job::OutputFile::errors : job::OutputFile::results, 100,
                  static_cast<std::int64_t>(number) * 101);
      const job::SentRow sent{number, record.content_hash};
      journal.put_sent({&sent, 1});
    }
    journal.put_waiting(7, std::string(300, 'w'));
    journal.set_setting("run", std::string(10'000, 's'));
    journal.set_file_end(job::OutputFile::results, {0, 20'000});
    journal.end_run("finished");
    transaction.commit();
  }
  return file_text(path);
}

void damage(const Edits::Edit& edit, std::string& file) {
  const auto at = edit.place % file.size();
  const auto page = edit.place / page_size % (file.size() / page_size) * page_size;
  const auto other = edit.value % (file.size() / page_size) * page_size;
  switch (edit.what % 7) {
    case 0:
      file[at] = static_cast<char>(file[at] ^ edit.value);
      break;
    case 1:
      std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(at),
                  std::min<std::size_t>(edit.value * 16, file.size() - at), static_cast<char>(edit.what));
      break;
    case 2:
      file.replace(page, page_size, file.substr(other, page_size));
      break;
    case 3:
      file.replace(page, page_size, std::string(page_size, '\0'));
      break;
    case 4:
      file.resize(std::max<std::size_t>(at, 1));
      break;
    case 5: {
      const auto sectors = at / 512 * 512;
      file.replace(sectors, 512, std::string(std::min<std::size_t>(512, file.size() - sectors), '\0'));
      break;
    }
    default:
      file.replace(at, std::min<std::size_t>(edit.value, file.size() - at),
                   file.substr(page, std::min<std::size_t>(edit.value, file.size() - at)));
  }
}

/// Whether a page says of itself that it has no checksum, and something else was done to it than that sectors became zeros.
bool is_another_programs(std::string_view page, std::string_view original) {
  constexpr std::size_t sector = 512;
  if (page.substr(page.size() - job::checksum_bytes).find_first_not_of('\0') != page.npos) return false;
  for (std::size_t at = 0; at < page.size(); at += sector) {
    const auto now = page.substr(at, sector);
    if (now != original.substr(at, sector) && now.find_first_not_of('\0') != now.npos) return true;
  }
  return false;
}

void fuzz(std::string_view bytes) {
  static const auto path = folder() / "run.journal";
  static const auto whole = made(path);
  static const auto content = content_of(path);
  auto damaged = whole;
  Edits edits(bytes);
  for (Edits::Edit edit{}; edits.next(edit) && damaged.size() >= page_size;) damage(edit, damaged);
  for (std::size_t at = 0; at + page_size <= damaged.size(); at += page_size) {
    if (is_another_programs(std::string_view(damaged).substr(at, page_size),
                            std::string_view(whole).substr(at, page_size)))
      return;
  }
  write_file(path, damaged);
  try {
    require(content_of(path) == content);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::configuration && std::string_view(error.what()).size() > 10);
  }
}

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  headway::fuzz::fuzz({reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 64)});
  return 0;
}
